// SPDX-License-Identifier: Apache-2.0
// Files that are sound byte for byte and whose parts do not fit: fields of a message taken out,
// doubled, exchanged for others of the same or of another file, numbers set to what no program
// needs. See damaged.h for what may come out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "tests/loader/damaged.h"
#include "tests/loader/wire_bytes.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

enum Wire { kVarint = 0, kEight = 1, kBytes = 2, kFour = 5 };

// A field by its bytes alone; `parts` where what it holds looks like a message.
struct Field {
  int number = 0, wire = kVarint;
  std::uint64_t varint = 0;
  std::string bytes = {};
  std::vector<Field> parts = {};
};

std::optional<std::uint64_t> read_varint(std::string_view& text) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && !text.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<std::vector<Field>> read_fields(std::string_view text);

std::optional<Field> read_field(std::string_view& text) {
  const std::optional<std::uint64_t> key = read_varint(text);
  if (!key || *key < 8 || *key > 1 << 12) return std::nullopt;
  Field field{.number = static_cast<int>(*key >> 3), .wire = static_cast<int>(*key & 7)};
  if (field.wire == kVarint) {
    const std::optional<std::uint64_t> value = read_varint(text);
    field.varint = value.value_or(0);
    return value ? std::optional(field) : std::nullopt;
  }
  const std::optional<std::uint64_t> length = field.wire == kEight   ? 8
                                              : field.wire == kFour  ? 4
                                              : field.wire == kBytes ? read_varint(text)
                                                                     : std::nullopt;
  if (!length || *length > text.size()) return std::nullopt;
  field.bytes = text.substr(0, *length);
  text.remove_prefix(*length);
  const bool is_text = std::all_of(field.bytes.begin(), field.bytes.end(),
                                   [](unsigned char c) { return std::isprint(c) != 0; });
  if (field.wire == kBytes && !is_text)
    field.parts = read_fields(field.bytes).value_or(std::vector<Field>());
  return field;
}

std::optional<std::vector<Field>> read_fields(std::string_view text) {
  std::vector<Field> fields;
  while (!text.empty()) {
    std::optional<Field> field = read_field(text);
    if (!field) return std::nullopt;
    fields.push_back(std::move(*field));
  }
  return fields;
}

std::string to_bytes(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& f : fields) {
    const std::string bytes = f.parts.empty() ? f.bytes : to_bytes(f.parts);
    text += varint(static_cast<std::uint64_t>(f.number) << 3 | static_cast<std::uint64_t>(f.wire));
    if (f.wire == kVarint) text += varint(f.varint);
    if (f.wire == kBytes) text += varint(bytes.size());
    text += bytes;
  }
  return text;
}

struct Place {
  std::vector<Field>* fields;
  std::size_t at;
  Field& field() const { return (*fields)[at]; }
};

void add_places(std::vector<Field>& fields, std::vector<Place>& places) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    places.push_back({&fields, i});
    add_places(fields[i].parts, places);
  }
}

using Places = std::vector<Place>;

Places places_of(std::vector<Field>& fields) {
  Places places;
  add_places(fields, places);
  return places;
}

const Place& any(Random& random, const Places& places) {
  return places[static_cast<std::size_t>(random.integer(0, std::ssize(places) - 1))];
}

void set_number(Random& random, Field& field) {
  constexpr std::int64_t kNumbers[] = {0,
                                       1,
                                       2,
                                       -1,
                                       -2,
                                       127,
                                       65536,
                                       std::numeric_limits<std::int32_t>::max(),
                                       std::numeric_limits<std::int32_t>::min(),
                                       std::int64_t{1} << 32,
                                       std::int64_t{1} << 40,
                                       std::int64_t{1} << 62,
                                       std::numeric_limits<std::int64_t>::max(),
                                       std::numeric_limits<std::int64_t>::min()};
  if (field.wire == kVarint) {
    field.varint =
        static_cast<std::uint64_t>(random.one_of(std::span<const std::int64_t>(kNumbers)));
  } else {
    field.parts.clear();
    if (field.wire == kBytes) field.bytes.resize(field.bytes.size() / 2);
    for (char& byte : field.bytes) byte = '\xff';
  }
}

// By a field that is written alike; half of them have its number, too.
void exchange(Random& random, Field& field, const Places& places) {
  const bool alike = random.integer(0, 1) == 0;
  for (int tries = 0; tries < 20; ++tries) {
    Field other = any(random, places).field();
    if (other.wire != field.wire || (alike && other.number != field.number)) continue;
    other.number = field.number;
    field = std::move(other);
    return;
  }
}

void splice(Random& random, std::vector<Field>& message, const Places& others) {
  const Places places = places_of(message);
  if (places.empty()) return;
  const Place place = any(random, places);
  Field& field = place.field();
  switch (random.integer(0, 4)) {
    case 0:
      return set_number(random, field);
    case 1:
      place.fields->erase(place.fields->begin() + static_cast<std::ptrdiff_t>(place.at));
      return;
    case 2:
      return place.fields->push_back(Field(field));
    case 3:
      return exchange(random, field, places);
    default:
      return exchange(random, field, others);
  }
}

// A program that gets parts of another one.
class SplicedProgram : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(SplicedProgram, LoadsOrIsRefused) {
  const auto& [name, other_name] = GetParam();
  Files files = files_of(name);
  const std::optional<std::vector<Field>> whole = read_fields(files.program);
  std::optional<std::vector<Field>> other = read_fields(files_of(other_name).program);
  ASSERT_TRUE(whole && other);
  ASSERT_EQ(to_bytes(*whole), files.program);
  const Places others = places_of(*other);
  Outcomes outcomes;
  for (int number = 0; number < 250; ++number) {
    Random random(name, static_cast<std::uint64_t>(number));
    std::vector<Field> message = *whole;
    for (std::int64_t times = random.integer(1, 3); times > 0; --times)
      splice(random, message, others);
    files.program = to_bytes(message);
    try_one(files, random.repro(), outcomes);
  }
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 25);
  EXPECT_GT(outcomes.loaded, 5);
}

INSTANTIATE_TEST_SUITE_P(Models, SplicedProgram,
                         testing::Values(std::pair("jit_branches", "jit_loops"),
                                         std::pair("jit_loops", "einsum_masks"),
                                         std::pair("einsum_masks", "reshape2_shape_tensor_list"),
                                         std::pair("scatter_sum", "put_along_axis_mean"),
                                         std::pair("top_k_v2_largest", "slice_by_tensor_lists"),
                                         std::pair("slim_fake", "interp_size_from_shape"),
                                         std::pair("onnx/slices", "onnx/einsums"),
                                         std::pair("onnx/einsums", "onnx/creation"),
                                         std::pair("onnx/scatters", "onnx/gathers_in_batches"),
                                         std::pair("onnx/creation", "onnx/quantized_conv"),
                                         std::pair("onnx/quantized_conv", "onnx/resize_axes"),
                                         std::pair("onnx/resize_axes", "onnx/chain")),
                         [](const auto& info) {
                           std::string name = info.param.first;
                           for (char& c : name) c = c == '/' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace u2net::engine::test
