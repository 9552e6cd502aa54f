// SPDX-License-Identifier: Apache-2.0
#include "tests/support/source_folder.h"

namespace u2net::engine::test {

std::filesystem::path source_folder() { return U2NET_SOURCE_FOLDER; }

}  // namespace u2net::engine::test
