// SPDX-License-Identifier: Apache-2.0
// The model that is compiled into the library with U2NET_BUNDLE_MODEL.
#pragma once

#include <cstddef>
#include <span>

namespace u2net {
inline namespace v1 {

struct BundledModel {
  std::span<const std::byte> program, parameters;  // empty where there is none
};

BundledModel bundled_model();

}  // namespace v1
}  // namespace u2net
