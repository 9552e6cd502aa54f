// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/http_text.h"

#include <algorithm>
#include <charconv>

namespace u2net::serve {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The first of the parts between `mark`s, which is taken off; marks in quotes are none.
std::string_view take_part(std::string_view& rest, char mark) {
  std::size_t at = 0;
  for (bool quoted = false; at < rest.size() && (quoted || rest[at] != mark); ++at) {
    if (rest[at] == '"') quoted = !quoted;
    if (rest[at] == '\\' && quoted && at + 1 < rest.size()) ++at;
  }
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

Response text_response(std::string_view type, std::string_view text) {
  Response response{.type = std::string(type)};
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  response.body.assign(bytes, bytes + text.size());
  return response;
}

bool split_target(std::string target, Request& request) {
  if (target.starts_with("http://")) {  // as for a proxy, which a server has to understand
    const std::size_t slash = target.find('/', 7);
    target = slash == target.npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/') && target != "*") return false;
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != target.npos) request.query = target.substr(mark + 1);
  return true;
}

std::optional<std::string> url_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    unsigned value = 0;
    const char* end = text.data() + i + 3;
    const auto [at, error] = std::from_chars(end - 2, end, value, 16);
    if (error != std::errc() || at != end) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

std::optional<Fields> query_fields(std::string_view query) {
  Fields fields;
  while (!query.empty()) {
    std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    const auto name = url_decoded(field.substr(0, equals));
    const auto value = url_decoded(field.substr(std::min(equals + 1, field.size())));
    if (!name || !value) return std::nullopt;
    fields.emplace_back(*name, *value);
  }
  return fields;
}

std::string media_type(std::string_view content_type) {
  return lower(trimmed(take_part(content_type, ';')));
}

std::string header_parameter(std::string_view header, std::string_view name) {
  take_part(header, ';');
  while (!header.empty()) {
    std::string_view part = trimmed(take_part(header, ';'));
    const std::size_t equals = part.find('=');
    if (equals != part.npos && lower(trimmed(part.substr(0, equals))) == name)
      return unquoted(trimmed(part.substr(equals + 1)));
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace u2net::serve
