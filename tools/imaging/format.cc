// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/format.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace u2net::imaging {
namespace {

using namespace std::string_view_literals;

constexpr const char* kConvert = "convert it to PNG or JPEG first";

struct Magic {
  std::size_t at;
  std::string_view bytes;
  Sniffed is;
};

// In order: the first match wins. Bytes before `at` are free.
constexpr auto kMagics = std::to_array<Magic>({
    {0, "\xFF\xD8\xFF"sv, {Format::kJpeg, "JPEG"}},
    {0, "\x89PNG\r\n\x1A\n"sv, {Format::kPng, "PNG"}},
    {0, "BM"sv, {Format::kBmp, "BMP"}},
    {0, "P5"sv, {Format::kPnm, "PNM"}},
    {0, "P6"sv, {Format::kPnm, "PNM"}},
    {0, "P1"sv, {Format::kOther, "PBM", kConvert}},
    {0, "P2"sv, {Format::kOther, "plain-text PGM", kConvert}},
    {0, "P3"sv, {Format::kOther, "plain-text PPM", kConvert}},
    {0, "P4"sv, {Format::kOther, "PBM", kConvert}},
    {0, "P7"sv, {Format::kOther, "PAM", kConvert}},
    {4, "ftypavi"sv, {Format::kAvif, "AVIF", kConvert}},
    {4, "ftyphe"sv, {Format::kHeif, "HEIF", kConvert}},
    {4, "ftypmif1"sv, {Format::kHeif, "HEIF", kConvert}},
    {4, "ftypmsf1"sv, {Format::kHeif, "HEIF", kConvert}},
    {4, "ftyp"sv, {Format::kNoPicture, "MP4", "extract a frame as PNG or JPEG first"}},
    {8, "WEBP"sv, {Format::kWebp, "WebP", kConvert}},
    {0, "GIF8"sv, {Format::kGif, "GIF", kConvert}},
    {0, "II*\0"sv, {Format::kTiff, "TIFF", kConvert}},
    {0, "MM\0*"sv, {Format::kTiff, "TIFF", kConvert}},
    {0, "\0\0\0\x0CJXL "sv, {Format::kOther, "JPEG XL", kConvert}},
    {0, "\xFF\x0A"sv, {Format::kOther, "JPEG XL", kConvert}},
    {0, "\0\0\0\x0CjP  "sv, {Format::kOther, "JPEG 2000", kConvert}},
    {0, "8BPS"sv, {Format::kNoPicture, "PSD", kConvert}},
    {0, "%PDF"sv, {Format::kNoPicture, "PDF", kConvert}},
    {0,
     "version https://git-lfs.github.com/spec/"sv,
     {Format::kOther, "Git LFS pointer", "fetch the real file with `git lfs pull`"}},
});

// The first characters in lower case, without a byte order mark and leading blanks.
std::string leading_text(Bytes data) {
  std::string text;
  for (std::byte b : data.first(std::min<std::size_t>(data.size(), 1024))) {
    const char c = static_cast<char>(b);
    text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

Sniffed sniff_markup(Bytes data) {
  const std::string text = leading_text(data);
  if (text.starts_with("<!doctype html") || text.starts_with("<html")) {
    return {Format::kNoPicture, "HTML", "this is a web page, perhaps of a failed download"};
  }
  const bool xml = text.starts_with("<?xml") || text.starts_with("<!--");
  if (text.starts_with("<svg") || text.starts_with("<!doctype svg") ||
      (xml && text.find("<svg") != std::string::npos)) {
    return {Format::kNoPicture, "SVG", kConvert};
  }
  return {};
}

}  // namespace

bool is_picture_format(const Sniffed& sniffed) {
  return sniffed.name != nullptr && sniffed.format != Format::kNoPicture;
}

Sniffed sniff_format(Bytes data) {
  for (const Magic& magic : kMagics) {
    if (has_text(data, magic.at, magic.bytes)) return magic.is;
  }
  return sniff_markup(data);
}

}  // namespace u2net::imaging
