// SPDX-License-Identifier: Apache-2.0
// The entries of a ZIP archive as PyTorch writes it: stored as they are, never compressed. Nothing
// is ever inflated, so no archive is larger inside than outside.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace u2net::engine {

using ZipEntries = std::map<std::string_view, std::span<const std::byte>>;

// By name; they borrow from `bytes`. Throws kModelParams, or kModelUnsupported for compression and
// encryption; messages start with `where`.
ZipEntries read_zip(std::span<const std::byte> bytes, const std::string& where);

}  // namespace u2net::engine
