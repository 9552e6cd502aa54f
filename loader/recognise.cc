// SPDX-License-Identifier: Apache-2.0
#include "loader/recognise.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "loader/u2n/u2n_format.h"

namespace u2net::engine {
namespace {

struct Magic {
  std::string_view bytes;
  const char* what;
  const char* hint;
};

using namespace std::string_view_literals;

constexpr std::string_view kLfsStart = "version https://git-lfs";

constexpr std::string_view kZip = "PK\x03\x04";

constexpr Magic kMagic[] = {
    {kLfsStart, "a Git LFS pointer, not data", "fetch the file itself with: git lfs pull"},
    {kZip, "a ZIP archive", "unpack it and give the .pdmodel or .json inside"},
    {"\x1f\x8b"sv, "a gzip archive", "unpack it and give the .pdmodel or .json inside"},
    {"\x7f"
     "ELF"sv,
     "an executable", ""},
    {"\x89PNG"sv, "a PNG picture", ""},
    {"\xff\xd8\xff"sv, "a JPEG picture", ""},
};

constexpr std::string_view kRecordStart("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  return text;
}

bool looks_like_pickle(std::string_view head) {
  return head.size() > 2 && head[0] == '\x80' && head[1] >= '\x02' && head[1] <= '\x05';
}

constexpr const char* kStateDictHint =
    "give the .pdparams file that paddle.save(model.state_dict(), path) wrote, or torch.save's";

std::optional<Recognised> recognise_no_state_dict(std::string_view head, std::uint64_t size) {
  if (size == 0) return Recognised{"an empty file", ""};
  for (const Magic& magic : kMagic) {
    if (magic.bytes == kZip) continue;  // PyTorch's are
    if (!head.starts_with(magic.bytes)) continue;
    return Recognised{magic.what, magic.bytes == kLfsStart ? magic.hint : kStateDictHint};
  }
  if (head.starts_with(kRecordStart)) {
    return Recognised{"a Paddle parameter file (.pdiparams)", kStateDictHint};
  }
  if (head.starts_with('\x0a')) {
    return Recognised{"a Paddle program (.pdmodel)", kStateDictHint};
  }
  if (trimmed(head).starts_with('<')) {
    return Recognised{"an HTML or XML page", "download the raw file instead"};
  }
  return std::nullopt;
}

}  // namespace

bool looks_like_json(std::span<const std::byte> head) {
  std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return trimmed(text).starts_with('{');
}

// ModelProto of ONNX: field 1 (ir_version) is a small varint, then another field of it follows.
bool looks_like_onnx(std::span<const std::byte> head) {
  constexpr std::string_view kNextTags = "\x12\x1a\x22\x28\x32\x3a\x42";
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  return text.size() > 4 && text[0] == '\x08' && static_cast<unsigned char>(text[1]) < 0x20 &&
         kNextTags.find(text[2]) != std::string_view::npos;
}

bool looks_like_u2n(std::span<const std::byte> head) {
  return std::string_view(reinterpret_cast<const char*>(head.data()), head.size())
      .starts_with(kU2nMagic);
}

std::optional<Recognised> recognise_mistake(std::span<const std::byte> head, std::uint64_t size,
                                            FileRole role) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (role != FileRole::kProgram && looks_like_u2n(head))
    return Recognised{"a packed model (.u2n)", "give it as the model, alone"};
  if (role == FileRole::kStateDict) return recognise_no_state_dict(text, size);
  if (size == 0) return Recognised{"an empty file", ""};
  for (const Magic& magic : kMagic) {
    if (text.starts_with(magic.bytes)) return Recognised{magic.what, magic.hint};
  }
  if (trimmed(text).starts_with('<'))
    return Recognised{"an HTML or XML page", "download the raw file instead"};
  if (role == FileRole::kParameters && looks_like_json(head)) {
    return Recognised{"a JSON file: a Paddle 3 program, if anything",
                      "program and parameters were probably swapped"};
  }
  if (looks_like_pickle(text)) {
    return Recognised{"a pickle: a .pdparams state_dict, if anything",
                      "export the model with paddle.jit.save and give its .pdmodel or .json"};
  }
  if (role == FileRole::kProgram) {
    if (text.starts_with(kRecordStart)) {
      return Recognised{"a Paddle parameter file", "program and parameters were probably swapped"};
    }
  } else if (text.starts_with('\x0a')) {
    return Recognised{"a Paddle program", "program and parameters were probably swapped"};
  }
  return std::nullopt;
}

}  // namespace u2net::engine
