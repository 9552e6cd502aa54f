// SPDX-License-Identifier: Apache-2.0
#include "tests/imaging/profiles.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace u2net::imaging {
namespace {

using namespace std::string_view_literals;
using Xyz = std::array<double, 3>;
using Tags = std::vector<std::pair<std::string_view, File>>;

constexpr Xyz kWhite = {0.9642, 1.0, 0.8249};  // D50
// Columns: what the primaries have under D50.
constexpr std::array<Xyz, 3> kAdobe = {
    {{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}};
constexpr std::array<Xyz, 3> kSrgb = {
    {{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.71410}}};
// XYZ to the light of sRGB's primaries.
constexpr double kToSrgb[3][3] = {{3.1338561, -1.6168667, -0.4906146},
                                  {-0.9787684, 1.9161415, 0.0334540},
                                  {0.0719453, -0.2289914, 1.4052427}};
constexpr double kAdobeGamma = 563 / 256.0;

void append_be16(File& file, std::uint32_t value) {
  file.push_back(static_cast<std::byte>(value >> 8));
  file.push_back(static_cast<std::byte>(value));
}

void append_fixed(File& file, double value) {
  append_be32(file,
              static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(value * 65536))));
}

File xyz(const Xyz& value) {
  File tag = from_text("XYZ \0\0\0\0"sv);
  for (double part : value) append_fixed(tag, part);
  return tag;
}

File curve(double gamma) {
  File tag = from_text("curv\0\0\0\0\0\0\0\1"sv);
  append_be16(tag, static_cast<std::uint32_t>(std::lround(gamma * 256)));
  return tag;
}

double srgb_light(double level) {
  const double v = level / 255;
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

File srgb_curve() {
  constexpr int kEntries = 4096;
  File tag = from_text("curv\0\0\0\0"sv);
  append_be32(tag, kEntries);
  for (int i = 0; i < kEntries; ++i)
    append_be16(tag, static_cast<std::uint32_t>(
                         std::lround(65535 * srgb_light(255.0 * i / (kEntries - 1)))));
  return tag;
}

File text(std::string_view words) {
  File tag = from_text("text\0\0\0\0"sv);
  append(tag, words);
  tag.push_back(std::byte{0});
  return tag;
}

File description() {
  File tag = from_text("desc\0\0\0\0\0\0\0\5test\0"sv);
  tag.resize(tag.size() + 78);
  return tag;
}

File profile(std::string_view kind, std::string_view space, Tags tags) {
  tags.insert(tags.begin(),
              {{"desc", description()}, {"cprt", text("CC0")}, {"wtpt", xyz(kWhite)}});
  File table, body;
  const std::size_t start = 132 + 12 * tags.size();
  for (auto& [name, data] : tags) {
    data.resize((data.size() + 3) / 4 * 4);
    append(table, name);
    append_be32(table, static_cast<std::uint32_t>(start + body.size()));
    append_be32(table, static_cast<std::uint32_t>(data.size()));
    append(body, data);
  }
  File file;
  append_be32(file, static_cast<std::uint32_t>(start + body.size()));
  append(file, "none\x02\x10\0\0"sv);
  append(file, kind);
  append(file, space);
  append(file, "XYZ "sv);
  for (std::uint32_t part : {2024u, 1u, 1u, 0u, 0u, 0u}) append_be16(file, part);
  append(file, "acsp"sv);
  file.resize(68);
  for (double part : kWhite) append_fixed(file, part);
  file.resize(128);
  append_be32(file, static_cast<std::uint32_t>(tags.size()));
  append(file, table);
  append(file, body);
  return file;
}

File of_primaries(const std::array<Xyz, 3>& primaries, const File& curve_tag) {
  return profile("mntr", "RGB ",
                 {{"rXYZ", xyz(primaries[0])},
                  {"gXYZ", xyz(primaries[1])},
                  {"bXYZ", xyz(primaries[2])},
                  {"rTRC", curve_tag},
                  {"gTRC", curve_tag},
                  {"bTRC", curve_tag}});
}

Xyz sum_of(const std::array<Xyz, 3>& primaries, const std::array<double, 3>& light) {
  Xyz sum{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < 3; ++i) sum[i] += primaries[c][i] * light[c];
  }
  return sum;
}

}  // namespace

double srgb_level(double linear) {
  const double v = std::clamp(linear, 0.0, 1.0);
  return 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055);
}

File rgb_profile() { return of_primaries(kAdobe, curve(kAdobeGamma)); }
File srgb_profile() { return of_primaries(kSrgb, srgb_curve()); }
File grey_profile(double gamma) { return profile("mntr", "GRAY", {{"kTRC", curve(gamma)}}); }

std::array<double, 3> srgb_of_rgb_profile(const std::array<std::uint8_t, 3>& colour) {
  std::array<double, 3> light{}, level{};
  for (std::size_t c = 0; c < 3; ++c) light[c] = std::pow(colour[c] / 255.0, kAdobeGamma);
  const Xyz sum = sum_of(kAdobe, light);
  for (std::size_t c = 0; c < 3; ++c)
    level[c] = srgb_level(kToSrgb[c][0] * sum[0] + kToSrgb[c][1] * sum[1] + kToSrgb[c][2] * sum[2]);
  return level;
}

File ink_profile() {
  // A table of two points an ink, the last ink's next to each other.
  File table = from_text("mft2\0\0\0\0\4\3\2\0"sv);
  for (int i = 0; i < 9; ++i) append_fixed(table, i % 4 == 0 ? 1 : 0);
  for (int i = 0; i < 2; ++i) append_be16(table, 2);
  const auto append_line = [&table] {
    append_be16(table, 0);
    append_be16(table, 0xFFFF);
  };
  for (int ink = 0; ink < 4; ++ink) append_line();
  constexpr double kInks[4][3] = {{0, 110, 200}, {255, 0, 255}, {255, 255, 0}, {0, 0, 0}};
  for (unsigned corner = 0; corner < 16; ++corner) {
    std::array<double, 3> level = {255, 255, 255};
    for (unsigned ink = 0; ink < 4; ++ink) {
      if ((corner >> (3 - ink) & 1) == 0) continue;
      for (std::size_t c = 0; c < 3; ++c) level[c] *= kInks[ink][c] / 255;
    }
    for (double part :
         sum_of(kSrgb, {srgb_light(level[0]), srgb_light(level[1]), srgb_light(level[2])}))
      append_be16(table, static_cast<std::uint32_t>(std::lround(part * 32768)));
  }
  for (int i = 0; i < 3; ++i) append_line();
  return profile("prtr", "CMYK", {{"A2B0", table}});
}

File iccp_chunk(const File& icc) {
  if (icc.empty()) return {};
  File body = from_text("name\0\0"sv);
  append(body, zlib_stored(icc));
  return png_chunk("iCCP", body);
}

File with_profile(const File& jpeg, const File& icc, std::size_t part) {
  File file = jpeg;
  const std::size_t count = (icc.size() + part - 1) / part;
  for (std::size_t i = 0; i < count; ++i) {
    File body = from_text("ICC_PROFILE\0"sv);
    body.push_back(static_cast<std::byte>(i + 1));
    body.push_back(static_cast<std::byte>(count));
    append(body, std::span<const std::byte>(icc).subspan(i * part,
                                                         std::min(part, icc.size() - i * part)));
    file = with_segment(file, 0xE2, body);
  }
  return file;
}

}  // namespace u2net::imaging
