// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/multipart.h"

#include <algorithm>
#include <string_view>

#include "tools/serve/errors.h"
#include "tools/serve/http_text.h"

namespace u2net::serve {
namespace {

constexpr std::size_t kMaxParts = 64;
constexpr std::size_t kMaxPartHead = 8 << 10;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046

[[noreturn]] void fail(const std::string& what) { throw Malformed("the form: " + what); }

// One line of a part's head, taken off with its end.
std::string_view take_line(std::string_view& head) {
  const std::size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  head.remove_prefix(end == head.npos ? head.size() : end + 2);
  return line;
}

Part read_head(std::string_view head) {
  Part part;
  bool is_named = false;
  while (!head.empty()) {
    const std::string_view line = take_line(head);
    const std::size_t colon = line.find(':');
    if (colon == line.npos) fail("a part's head has a line without a colon");
    const std::string field = lower(line.substr(0, colon));
    const std::string_view value = line.substr(colon + 1);
    if (field == "content-type") part.content_type = media_type(value);
    if (field == "content-transfer-encoding") {
      const std::string encoding = media_type(value);
      if (encoding != "binary" && encoding != "8bit" && encoding != "7bit")
        fail("parts encoded as '" + encoding + "' are not taken");
    }
    if (field != "content-disposition") continue;
    if (media_type(value) != "form-data") fail("a part is no form-data");
    part.name = header_parameter(value, "name");
    part.is_file = lower(value).find("filename") != std::string::npos;
    is_named = true;
  }
  if (!is_named) fail("a part has no Content-Disposition");
  return part;
}

}  // namespace

std::vector<Part> parse_multipart(std::span<const std::byte> body, const std::string& boundary) {
  if (boundary.empty() || boundary.size() > kMaxBoundary)
    fail("its boundary has " + std::to_string(boundary.size()) + " characters, 1 to " +
         std::to_string(kMaxBoundary) + " are known");
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  const std::string delimiter = "\r\n--" + boundary;
  std::vector<Part> parts;
  std::size_t at =
      text.starts_with(delimiter.substr(2)) ? delimiter.size() - 2 : text.find(delimiter);
  if (at == text.npos) fail("its boundary is nowhere in it");
  if (!text.starts_with(delimiter.substr(2))) at += delimiter.size();
  for (;;) {  // behind a delimiter
    if (text.substr(at).starts_with("--")) return parts;
    const std::size_t line = text.find("\r\n", at);
    if (line == text.npos || text.find_first_not_of(" \t", at) != line)
      fail("a boundary's line does not end");
    if (parts.size() == kMaxParts) fail("more than " + std::to_string(kMaxParts) + " parts");
    const std::size_t head = line + 2;
    const bool is_empty = text.substr(head).starts_with("\r\n");
    const std::size_t head_end =
        is_empty
            ? head
            : text.substr(0, std::min(text.size(), head + kMaxPartHead)).find("\r\n\r\n", head);
    if (head_end == text.npos)
      fail("a part's head does not end within " + std::to_string(kMaxPartHead) + " bytes");
    const std::size_t first = head_end + (is_empty ? 2 : 4);
    // A part without bytes: its delimiter begins with the line's end before it.
    const std::size_t end = text.find(delimiter, first - 2);
    if (end == text.npos) fail("it ends inside of a part");
    Part part = read_head(text.substr(head, head_end - head));
    part.bytes = body.subspan(first, end > first ? end - first : 0);
    parts.push_back(std::move(part));
    at = end + delimiter.size();
  }
}

}  // namespace u2net::serve
