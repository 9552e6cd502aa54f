// SPDX-License-Identifier: Apache-2.0
// openapi.json, made of the lists that requests are read by.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace u2net::serve {

struct RouteInfo {
  std::string_view method, path;
  std::string_view summary;
  std::string_view type;       // of what comes back
  bool takes_picture = false;  // and says with parameters what becomes of it
};

// OpenAPI 3.0, as one line of JSON.
std::string openapi_document(std::span<const RouteInfo> routes, std::size_t max_body);

}  // namespace u2net::serve
