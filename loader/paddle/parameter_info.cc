// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/parameter_info.h"

#include <cstdint>
#include <string_view>

namespace u2net::engine {
namespace {

using namespace std::string_view_literals;

// Opcodes of pickle protocol 2.
constexpr std::string_view kProtocol = "\x80\x02"sv;
constexpr char kEmptyDict = '}', kMark = '(', kSetItems = 'u', kUnicode = 'X', kTrue = '\x88',
               kFalse = '\x89', kStop = '.';

void append_text(std::string_view text, std::string& bytes) {
  bytes += kUnicode;
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(size >> shift & 0xFF);
  bytes += text;
}

}  // namespace

std::string write_parameter_info(std::span<const ParameterInfo> infos) {
  std::string bytes(kProtocol);
  bytes += {kEmptyDict, kMark};
  for (const ParameterInfo& info : infos) {
    append_text(info.name, bytes);
    bytes += {kEmptyDict, kMark};
    append_text("structured_name", bytes);
    append_text(info.structured_name, bytes);
    append_text("stop_gradient", bytes);
    bytes += info.trainable ? kFalse : kTrue;
    append_text("trainable", bytes);
    bytes += info.trainable ? kTrue : kFalse;
    bytes += kSetItems;
  }
  bytes += {kSetItems, kStop};
  return bytes;
}

}  // namespace u2net::engine
