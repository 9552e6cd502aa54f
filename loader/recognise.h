// SPDX-License-Identifier: Apache-2.0
// Tells by their first bytes what files are that people hand in by mistake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace u2net::engine {

inline constexpr std::size_t kRecognisedBytes = 256;  // as many of the first bytes as are looked at

enum class FileRole { kProgram, kParameters, kStateDict };

struct Recognised {
  std::string what;  // "an ONNX model"
  std::string hint;
};

// Nothing for what may be a file of that role.
std::optional<Recognised> recognise_mistake(std::span<const std::byte> head, std::uint64_t size,
                                            FileRole role);

// An object in JSON, if anything: no protobuf message begins like that.
bool looks_like_json(std::span<const std::byte> head);
// An ONNX model, if anything: no program of Paddle's begins like that.
bool looks_like_onnx(std::span<const std::byte> head);
// A packed model, if anything: nothing else begins like that.
bool looks_like_u2n(std::span<const std::byte> head);

}  // namespace u2net::engine
