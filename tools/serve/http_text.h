// SPDX-License-Identifier: Apache-2.0
// The texts of HTTP: targets, queries, values of fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/serve/http.h"

namespace u2net::serve {

// Splits a request's target into path and query; false where it is none for a server like this.
bool split_target(std::string target, Request& request);

// "%41+b" as "A b"; nothing where a '%' is no escape.
std::optional<std::string> url_decoded(std::string_view text);

// "a=1&b" as {a, 1}, {b, ""}, decoded. Nothing where it cannot be.
using Fields = std::vector<std::pair<std::string, std::string>>;
std::optional<Fields> query_fields(std::string_view query);

// "multipart/form-data" of "Multipart/Form-Data; boundary=x", in lower case.
std::string media_type(std::string_view content_type);
// The value of a parameter behind it: "x" of boundary; empty where there is none.
std::string header_parameter(std::string_view header, std::string_view name);

std::string lower(std::string_view text);

}  // namespace u2net::serve
