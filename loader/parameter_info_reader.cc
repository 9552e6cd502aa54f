// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string_view>
#include <utility>

#include "engine/error.h"
#include "loader/byte_stream.h"
#include "loader/limits.h"
#include "loader/parameter_info.h"
#include "loader/pickle_reader.h"

namespace u2net {
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

}  // namespace

std::vector<ParameterInfo> read_parameter_info(const std::filesystem::path& path) {
  ByteStream stream = ByteStream::open(path, kMaxProgramFileBytes);
  const std::vector<std::byte> bytes = stream.read_all();
  const Pickle pickle = read_pickle(bytes, stream.name());
  const PickleValue& root = pickle[pickle.root];
  if (root.kind != PickleKind::kDict) {
    throw Error(ErrorCode::kModelParams,
                "cannot load parameters '" + stream.name() + "': the pickle is " +
                    std::string(pickle_kind_name(root.kind)) + ", expected a dict");
  }
  std::vector<ParameterInfo> infos;
  for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
    const PickleValue& name = pickle[root.items[i]];
    const PickleValue& entry = pickle[root.items[i + 1]];
    if (entry.kind != PickleKind::kDict) continue;
    const PickleValue* structured = find(pickle, entry, "structured_name");
    if (!is_name(&name) || !is_name(structured)) continue;
    const PickleValue* trainable = find(pickle, entry, "trainable");
    infos.push_back({.name = std::string(name.text),
                     .structured_name = std::string(structured->text),
                     .trainable = !trainable || trainable->integer != 0});
  }
  return infos;
}

}  // namespace u2net
