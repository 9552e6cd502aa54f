// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/backend_table.h"

namespace u2net::engine {

const Backend* find_backend(std::string_view name) {
  const Backend* const backends[] = {
      &native_backend(),
      &reference_backend(),
#ifdef U2NET_HAS_ONEDNN
      &onednn_backend(),
#endif
  };
  for (const Backend* backend : backends) {
    if (backend->name() == name) return backend;
  }
  return nullptr;
}

}  // namespace u2net::engine
