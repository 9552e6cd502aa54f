// SPDX-License-Identifier: Apache-2.0
// The backends of this build, by name.
#pragma once

#include <string_view>

#include "engine/plan/backend.h"

namespace u2net::engine {

// Null when this build does not contain it.
const Backend* find_backend(std::string_view name);

const Backend& native_backend();
const Backend& reference_backend();
const Backend& onednn_backend();  // where the build has oneDNN

}  // namespace u2net::engine
