// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/byte_stream.h"
#include "loader/limits.h"
#include "loader/paddle/parameter_info.h"
#include "loader/state_dict/pickle_reader.h"

namespace u2net::engine {
namespace {

const PickleValue* find(const Pickle& pickle, const PickleValue& dict, std::string_view key) {
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const PickleValue& name = pickle[dict.items[i]];
    if (name.kind == PickleKind::kText && name.text == key) return &pickle[dict.items[i + 1]];
  }
  return nullptr;
}

bool is_name(const PickleValue* value) {
  return value && value->kind == PickleKind::kText && !value->text.empty() &&
         value->text.size() <= kMaxPickleNameBytes;
}

struct Entry {
  const PickleValue *structured_name = nullptr, *trainable = nullptr;
};

Entry read_entry(const Pickle& pickle, const PickleValue& dict) {
  return {find(pickle, dict, "structured_name"), find(pickle, dict, "trainable")};
}

// A name may be that of the parameter and of its place in the code.
constexpr std::uint64_t kNamesOfByte = 2;

}  // namespace

std::vector<ParameterInfo> read_parameter_info(const std::filesystem::path& path) {
  ByteStream stream = ByteStream::open(path, kMaxProgramFileBytes);
  const std::vector<std::byte> bytes = stream.read_all();
  const Pickle pickle = read_pickle(bytes, stream.name());
  const PickleValue& root = pickle[pickle.root];
  if (root.kind != PickleKind::kDict) {
    throw_error(ErrorCode::kModelParams, "cannot load parameters '", stream.name(),
                "': the pickle is ", pickle_kind_name(root.kind), ", expected a dict");
  }
  // A pickle may name a long text, or a large dict, again and again in a few bytes.
  std::vector<ParameterInfo> infos;
  std::unordered_map<PickleRef, Entry> entries;
  std::uint64_t room = kNamesOfByte * bytes.size();
  for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
    const PickleValue& name = pickle[root.items[i]];
    const PickleRef at = root.items[i + 1];
    if (pickle[at].kind != PickleKind::kDict) continue;
    const auto [known, is_new] = entries.try_emplace(at);
    if (is_new) known->second = read_entry(pickle, pickle[at]);
    const auto& [structured, trainable] = known->second;
    if (!is_name(&name) || !is_name(structured)) continue;
    const std::uint64_t length = name.text.size() + structured->text.size();
    if (length > room) {
      throw_error(ErrorCode::kModelLimit, "cannot load parameters '", stream.name(),
                  "': the names in it are larger than the file");
    }
    room -= length;
    infos.push_back({.name = std::string(name.text),
                     .structured_name = std::string(structured->text),
                     .trainable = !trainable || trainable->integer != 0});
  }
  return infos;
}

}  // namespace u2net::engine
