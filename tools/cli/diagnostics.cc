// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/diagnostics.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "tools/cli/standard_streams.h"

namespace u2net::cli {
namespace {

// The length of the well-formed UTF-8 sequence at the front of `text`, or 0; and its code point.
std::size_t decode_utf8(std::string_view text, std::uint32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80       ? 1
                             : lead >> 5 == 6  ? 2
                             : lead >> 4 == 14 ? 3
                             : lead >> 3 == 30 ? 4
                                               : 0;
  if (length == 0 || length > text.size()) return 0;
  code = length == 1 ? lead : lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return 0;
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < kSmallest[length] || code > 0x10ffff || surrogate ? 0 : length;
}

// Control characters, and those that turn the direction of writing.
bool is_unsafe(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(c));
      out += escape;
    }
  }
}

constexpr const char* kOutOfMemoryHint =
    "end other programs, raise the limit (ulimit -v, or memory.max of the control group), or give "
    "a smaller input";

Error unexpected(const char* what) {
  return {ErrorCode::kInternal, std::string("unexpected failure: ") + what,
          "this is a bug: please report it"};
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= max_bytes) return out + " ...";
    std::uint32_t code = 0;
    const std::size_t length = decode_utf8(text, code);
    const std::string_view piece = text.substr(0, length == 0 ? 1 : length);
    if (length == 0 || is_unsafe(code)) {
      append_escaped(out, piece);
    } else {
      out += piece;
    }
    text.remove_prefix(piece.size());
  }
  return out;
}

void print_error(const Error& error) {
  std::string text = "u2net: error: " + printable(error.what()) + " [" +
                     std::string(error_name(error.code())) + "]\n";
  if (!error.hint().empty()) text += "  hint: " + printable(error.hint()) + "\n";
  write_stderr(text);
}

void print_warning(std::string_view message) {
  write_stderr("u2net: warning: " + printable(message) + "\n");
}

void print_note(std::string_view message) { write_stderr("u2net: " + printable(message) + "\n"); }

Error current_error() {
  try {
    throw;
  } catch (const Error& e) {
    return e;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kOutOfMemory, std::string(kOutOfMemoryMessage), kOutOfMemoryHint};
  } catch (const std::system_error& e) {
    if (is_lack_of_threads(e)) return lack_of_threads();
    return unexpected(e.what());
  } catch (const std::exception& e) {
    return unexpected(e.what());
  } catch (...) {
    return unexpected("something was thrown that is no exception");
  }
}

void Progress::show(std::size_t done, std::string_view what) {
  if (!enabled_) return;
  clear();
  constexpr std::size_t kWidth = 20;
  const std::size_t filled = kWidth * done / total_;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  const double rate = static_cast<double>(done) / std::max(elapsed.count(), 1e-6);
  char text[96];
  std::snprintf(text, sizeof text, "] %zu/%zu, %.1f a second, %.0f s left  ", done, total_, rate,
                static_cast<double>(total_ - done) / std::max(rate, 1e-6));
  write_stderr("[" + std::string(filled, '#') + std::string(kWidth - filled, '.') +
               (done > 0 ? text : "] ") + printable(what, 40));
  shown_ = true;
}

void Progress::clear() {
  if (shown_) write_stderr("\r\x1b[K");
  shown_ = false;
}

}  // namespace u2net::cli
