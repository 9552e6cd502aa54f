// SPDX-License-Identifier: Apache-2.0
#include "loader/u2n/xxh64.h"

#include <bit>
#include <cstring>

namespace u2net::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "XXH64 reads little-endian words");

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F,
                        kPrime3 = 0x165667B19E3779F9, kPrime4 = 0x85EBCA77C2B2AE63,
                        kPrime5 = 0x27D4EB2F165667C5;

template <class T>
std::uint64_t word(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

// Four lanes of eight bytes each, as far as there are 32 bytes more; then all in one.
std::uint64_t stripes(const std::byte*& at, const std::byte* end) {
  std::uint64_t a = kPrime1 + kPrime2, b = kPrime2, c = 0, d = 0 - kPrime1;
  for (; end - at >= 32; at += 32) {
    a = round(a, word<std::uint64_t>(at));
    b = round(b, word<std::uint64_t>(at + 8));
    c = round(c, word<std::uint64_t>(at + 16));
    d = round(d, word<std::uint64_t>(at + 24));
  }
  std::uint64_t hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
  for (std::uint64_t lane : {a, b, c, d}) hash = (hash ^ round(0, lane)) * kPrime1 + kPrime4;
  return hash;
}

std::uint64_t avalanche(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace

std::uint64_t xxh64(std::span<const std::byte> bytes) {
  const std::byte *at = bytes.data(), *end = at + bytes.size();
  std::uint64_t hash = bytes.size() >= 32 ? stripes(at, end) : kPrime5;
  hash += bytes.size();
  for (; end - at >= 8; at += 8)
    hash = std::rotl(hash ^ round(0, word<std::uint64_t>(at)), 27) * kPrime1 + kPrime4;
  for (; end - at >= 4; at += 4)
    hash = std::rotl(hash ^ word<std::uint32_t>(at) * kPrime1, 23) * kPrime2 + kPrime3;
  for (; at != end; ++at) hash = std::rotl(hash ^ word<std::uint8_t>(at) * kPrime5, 11) * kPrime1;
  return avalanche(hash);
}

}  // namespace u2net::engine
