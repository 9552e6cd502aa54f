// SPDX-License-Identifier: Apache-2.0
// Pieces of pickles, for tests of what no Python would write.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace u2net::engine::test {

using namespace std::string_literals;

template <class T>
std::string little_endian(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline std::string text(std::string_view value) {
  return 'X' + little_endian(static_cast<std::uint32_t>(value.size())) + std::string(value);
}

inline std::string bytes(std::string_view value) {
  return 'B' + little_endian(static_cast<std::uint32_t>(value.size())) + std::string(value);
}

inline std::string integer(std::int32_t value) { return 'J' + little_endian(value); }

inline std::string global(std::string_view module, std::string_view name) {
  return 'c' + std::string(module) + '\n' + std::string(name) + '\n';
}

inline std::string tuple(std::initializer_list<std::string> items) {
  std::string all = "(";
  for (const std::string& item : items) all += item;
  return all + 't';
}

inline std::string shape(std::initializer_list<std::int32_t> dims) {
  std::string all = "(";
  for (const std::int32_t dim : dims) all += integer(dim);
  return all + 't';
}

inline std::string list(std::initializer_list<std::string> items) {
  std::string all = "](";
  for (const std::string& item : items) all += item;
  return all + 'e';
}

inline std::string dict(std::initializer_list<std::string> keys_and_values) {
  std::string all = "}(";
  for (const std::string& item : keys_and_values) all += item;
  return all + 'u';
}

inline std::string protocol(char number, std::string_view body) {
  return "\x80"s + number + std::string(body) + '.';
}

inline std::string pickle(std::string_view body) { return protocol(3, body); }

inline std::string state_dict(std::initializer_list<std::string> keys_and_values) {
  return pickle(dict(keys_and_values));
}

inline std::string dtype_with_state(std::string_view name, const std::string& state) {
  return global("numpy", "dtype") + tuple({text(name), "\x89", "\x88"}) + 'R' + state + 'b';
}

inline std::string dtype(std::string_view name, std::string_view order = "<") {
  return dtype_with_state(
      name, tuple({integer(3), text(order), "N", "N", "N", integer(-1), integer(-1), integer(0)}));
}

inline std::string empty_array() {
  return global("numpy.core.multiarray", "_reconstruct") +
         tuple({global("numpy", "ndarray"), shape({0}), bytes("b")}) + 'R';
}

inline std::string array_with_state(const std::string& state) {
  return empty_array() + state + 'b';
}

inline std::string array(const std::string& shape, const std::string& dtype,
                         std::string_view data) {
  return array_with_state(tuple({integer(1), shape, dtype, "\x89", bytes(data)}));
}

}  // namespace u2net::engine::test
