// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/background.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "models/picture/compose.h"

namespace u2net::cli {
using namespace engine;
namespace {

using Colour = std::array<std::uint8_t, 3>;

struct NamedColour {
  std::string_view name;
  Colour colour;
};

// The sixteen of HTML 4, and the green of screens.
constexpr NamedColour kColours[] = {
    {"aqua", {0, 255, 255}},    {"black", {0, 0, 0}},        {"blue", {0, 0, 255}},
    {"fuchsia", {255, 0, 255}}, {"gray", {128, 128, 128}},   {"green", {0, 128, 0}},
    {"grey", {128, 128, 128}},  {"lime", {0, 255, 0}},       {"maroon", {128, 0, 0}},
    {"navy", {0, 0, 128}},      {"olive", {128, 128, 0}},    {"purple", {128, 0, 128}},
    {"red", {255, 0, 0}},       {"silver", {192, 192, 192}}, {"teal", {0, 128, 128}},
    {"white", {255, 255, 255}}, {"yellow", {255, 255, 0}},
};

std::optional<std::uint8_t> channel_level(std::string_view text, int base) {
  std::uint8_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::optional<Colour> hex_colour(std::string_view digits) {
  if (digits.size() != 3 && digits.size() != 6) return std::nullopt;
  const std::size_t each = digits.size() / 3;
  Colour colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    const auto value = channel_level(digits.substr(c * each, each), 16);
    if (!value) return std::nullopt;
    colour[c] = static_cast<std::uint8_t>(each == 1 ? *value * 17 : *value);
  }
  return colour;
}

std::optional<Colour> decimal_colour(std::string_view text) {
  Colour colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t comma = c < 2 ? text.find(',') : text.size();
    if (comma == std::string_view::npos) return std::nullopt;
    const auto value = channel_level(text.substr(0, comma), 10);
    if (!value) return std::nullopt;
    colour[c] = *value;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return colour;
}

// Two neighbours of a background, of which `weight` of 256 parts are the second.
struct Between {
  int low, high, weight;
};

// Where pixel `i` of `length` lies in a background of `size`, of which `scale` times `length` is
// seen, from the middle.
struct Axis {
  double scale, start;
  int size;

  Axis(int background, int length, double its_scale)
      : scale(its_scale), start((background - length * its_scale) / 2), size(background) {}
  Between at(int i) const {
    const double x = std::clamp(start + (i + 0.5) * scale - 0.5, 0.0, size - 1.0);
    const int low = static_cast<int>(x);
    return {low, std::min(low + 1, size - 1), static_cast<int>((x - low) * 256)};
  }
};

int level(const imaging::Image& image, int x, int y, int c) {
  const std::uint8_t* pixel = image.row(y) + x * image.channels;
  return pixel[image.is_grey() ? 0 : c];
}

// Both of them show: c = (c_s a_s + c_g a_g (1 - a_s)) / a, a = a_s + a_g (1 - a_s).
imaging::Image before_clear_colour(const imaging::PixelView& picture,
                                   const imaging::PixelView& mask, const Background& background) {
  imaging::Image out = imaging::cutout(picture, mask);
  for (std::size_t i = 0; i < out.pixels.size(); i += 4) {
    std::uint8_t* pixel = &out.pixels[i];
    const int subject = 255 * pixel[3], ground = background.alpha * (255 - pixel[3]);
    const int sum = subject + ground;  // of 255 * 255
    for (std::size_t c = 0; c < 3 && sum > 0; ++c) {
      const int both = pixel[c] * subject + background.colour[c] * ground;
      pixel[c] = static_cast<std::uint8_t>((both + sum / 2) / sum);
    }
    pixel[3] = static_cast<std::uint8_t>((sum + 127) / 255);
  }
  return out;
}

}  // namespace

std::optional<Colour> parse_colour(std::string_view text) {
  if (text.starts_with('#')) return hex_colour(text.substr(1));
  for (const NamedColour& named : kColours) {
    if (named.name == text) return named.colour;
  }
  return decimal_colour(text);
}

Background picture_background(imaging::Image picture) {
  if (!picture.has_alpha()) return {.picture = std::move(picture)};
  const imaging::Image opaque = imaging::blank_image(picture.width, picture.height, 1, 255);
  return {.picture = imaging::on_background(picture, opaque)};
}

Background parse_background(const std::string& text, const imaging::DecodeLimits& limits) {
  if (const auto colour = parse_colour(text)) return {*colour};
  std::error_code ignored;
  if (!std::filesystem::exists(text, ignored)) {
    throw Error(ErrorCode::kUsage,
                "--background: '" + text + "' is neither a colour nor the path of a picture",
                "colours are #rgb, #rrggbb, r,g,b or one of HTML's names, such as white");
  }
  return picture_background(imaging::load_image(text, limits));
}

imaging::Image before_background(const imaging::PixelView& picture, const imaging::PixelView& mask,
                                 const Background& background, int height, int first) {
  const imaging::Image& behind = background.picture;
  if (behind.pixels.empty() && background.alpha < 255)
    return before_clear_colour(picture, mask, background);
  if (behind.pixels.empty()) return imaging::on_background(picture, mask, background.colour);
  const imaging::Image subject = imaging::cutout(picture, mask);
  imaging::Image out = imaging::blank_image(picture.width, picture.height, 3);
  const double scale = std::min(static_cast<double>(behind.width) / picture.width,
                                static_cast<double>(behind.height) / height);
  const Axis across(behind.width, picture.width, scale), down(behind.height, height, scale);
  std::vector<Between> columns;  // the same for every row
  columns.reserve(static_cast<std::size_t>(out.width));
  for (int x = 0; x < out.width; ++x) columns.push_back(across.at(x));
  for (int y = 0; y < out.height; ++y) {
    const auto [top, bottom, below] = down.at(first + y);
    const std::uint8_t* from = subject.row(y);
    std::uint8_t* to = out.row(y);
    for (const auto [left, right, beside] : columns) {
      for (int c = 0; c < 3; ++c) {
        const int upper =
            level(behind, left, top, c) * (256 - beside) + level(behind, right, top, c) * beside;
        const int lower = level(behind, left, bottom, c) * (256 - beside) +
                          level(behind, right, bottom, c) * beside;
        const int ground = (upper * (256 - below) + lower * below + (1 << 15)) >> 16;
        to[c] =
            static_cast<std::uint8_t>((from[c] * from[3] + ground * (255 - from[3]) + 127) / 255);
      }
      from += 4;
      to += 3;
    }
  }
  return out;
}

}  // namespace u2net::cli
