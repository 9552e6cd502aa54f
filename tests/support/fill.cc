// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fill.h"

#include <cstdlib>

namespace u2net::engine::test {
namespace {

std::uint64_t base_seed() {
  const char* text = std::getenv("U2NET_TEST_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;
}

}  // namespace

Random::Random(std::string_view name, std::uint64_t number)
    : state_(base_seed() * 0x9E3779B97F4A7C15U + number),
      repro_("U2NET_TEST_SEED=" + std::to_string(base_seed()) + " " + std::string(name) + ":" +
             std::to_string(number)) {
  for (char c : name) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
}

std::uint64_t Random::next() {  // splitmix64
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

std::int64_t Random::integer(std::int64_t low, std::int64_t high) {
  const auto choices = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(next() % choices);
}

double Random::real(double low, double high) {
  return low + (high - low) * (static_cast<double>(next() >> 11) / 9007199254740992.0);  // 2^53
}

std::string Random::repro() const { return repro_; }

void fill_integers(Random& random, std::span<float> values, int low, int high) {
  for (float& value : values) value = static_cast<float>(random.integer(low, high));
}

void fill_uniform(Random& random, std::span<float> values, double low, double high) {
  for (float& value : values) value = static_cast<float>(random.real(low, high));
}

Tensor integers(Random& random, Shape shape, int low, int high) {
  Tensor tensor(DType::kFloat32, std::move(shape));
  fill_integers(random, tensor.values<float>(), low, high);
  return tensor;
}

Tensor uniform(Random& random, Shape shape, double low, double high) {
  Tensor tensor(DType::kFloat32, std::move(shape));
  fill_uniform(random, tensor.values<float>(), low, high);
  return tensor;
}

}  // namespace u2net::engine::test
