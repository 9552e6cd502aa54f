// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/encode.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/base/error.h"
#include "tools/imaging/bytes.h"
#include "tools/imaging/deflate.h"
#include "tools/imaging/in_order.h"
#include "tools/imaging/png_filter.h"
#include "tools/imaging/png_profile.h"

namespace u2net::imaging {
using namespace engine;
namespace {

using Output = std::vector<std::byte>;

constexpr std::size_t kBandBytes = std::size_t{1} << 20;
// Of smaller pictures every byte counts for more than the time that it costs.
constexpr std::size_t kSmallPicture = std::size_t{1} << 17;
constexpr std::size_t kMaxRowBytes = std::size_t{1} << 30;  // a band is at least a row

void check_encodable(const PictureRows& picture) {
  const bool is_picture =
      picture.width >= 1 && picture.height >= 1 && picture.channels >= 1 && picture.channels <= 4;
  if (is_picture && static_cast<std::size_t>(picture.width) * 4 <= kMaxRowBytes) return;
  throw Error(ErrorCode::kOutput, "cannot encode a picture of " + std::to_string(picture.width) +
                                      "x" + std::to_string(picture.height) + "x" +
                                      std::to_string(picture.channels) + " as PNG");
}

void append_be32(Output& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(value >> shift));
}

// A chunk is begun, then filled, then ended. Returns where it began.
std::size_t begin_chunk(Output& out, std::string_view type) {
  const std::size_t at = out.size();
  append_be32(out, 0);
  append_text(out, type);
  return at;
}

void end_chunk(Output& out, std::size_t at) {
  const auto length = static_cast<std::uint32_t>(out.size() - at - 8);
  for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<std::byte>(length >> (24 - 8 * i));
  append_be32(out, crc32(std::span(out).subspan(at + 4)));
}

void append_header(Output& out, const PictureRows& picture) {
  constexpr std::uint8_t kColourTypes[] = {0, 4, 2, 6};
  append_text(out, "\x89PNG\r\n\x1a\n");
  const std::size_t at = begin_chunk(out, "IHDR");
  append_be32(out, static_cast<std::uint32_t>(picture.width));
  append_be32(out, static_cast<std::uint32_t>(picture.height));
  out.push_back(std::byte{8});
  out.push_back(std::byte{kColourTypes[picture.channels - 1]});
  for (int i = 0; i < 3; ++i) out.push_back(std::byte{0});  // deflate, its filters, not interlaced
  end_chunk(out, at);
}

void append_texts(Output& out, const PngOptions& options) {
  for (const auto& [keyword, text] : options.texts) {
    const std::size_t at = begin_chunk(out, "tEXt");
    append_text(out, keyword);
    out.push_back(std::byte{0});
    append_text(out, text);
    end_chunk(out, at);
  }
}

void append_profile(Output& out, Bytes icc) {
  if (icc.empty()) return;
  const std::vector<std::byte> body = iccp_body(icc);
  const std::size_t at = begin_chunk(out, "iCCP");
  out.insert(out.end(), body.begin(), body.end());
  end_chunk(out, at);
}

std::size_t row_bytes(const PictureRows& picture) {
  return static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.channels);
}

// Rows of a picture, filtered. For one thread at a time.
class Filtered {
 public:
  explicit Filtered(const PictureRows& picture) : picture_(picture) {}

  // Valid until the next call.
  const std::vector<std::uint8_t>& rows(std::size_t first, std::size_t count) {
    const std::size_t bytes = row_bytes(picture_), above = first > 0 ? 1 : 0;
    rows_.assign((count + 1) * bytes, 0);
    filtered_.resize(count * (bytes + 1));
    std::uint8_t* row = rows_.data() + bytes;
    picture_.make(static_cast<int>(first - above), static_cast<int>(count + above),
                  above ? rows_.data() : row);
    std::uint8_t* out = filtered_.data();
    for (std::size_t y = 0; y < count; ++y, row += bytes, out += bytes + 1)
      filter_row(row, row - bytes, bytes, static_cast<std::size_t>(picture_.channels), out);
    return filtered_;
  }

 private:
  const PictureRows& picture_;
  std::vector<std::uint8_t> rows_, filtered_;  // rows_: one above, then those that are asked for
};

struct Bands {
  std::size_t height, line;  // line: bytes of a filtered row
  std::size_t rows;          // of a band; the last one may have fewer
  std::size_t count;

  explicit Bands(const PictureRows& picture)
      : height(static_cast<std::size_t>(picture.height)),
        line(row_bytes(picture) + 1),
        rows(std::clamp<std::size_t>(kBandBytes / line, 1, height)),
        count((height + rows - 1) / rows) {}

  std::size_t rows_of(std::size_t band) const { return std::min(rows, height - band * rows); }
};

// Whether zlib makes clearly less of the picture: of a few rows here and there, at most a quarter.
Effort choose_effort(const PictureRows& picture, const Bands& bands) {
  if (bands.height * bands.line <= kSmallPicture) return Effort::kSmall;
  constexpr std::size_t kSamples = 4, kSampleBytes = std::size_t{1} << 16;
  const std::size_t rows = std::clamp<std::size_t>(kSampleBytes / bands.line, 1,
                                                   std::max<std::size_t>(bands.height / 16, 1));
  Filtered filtered(picture);
  Deflater fast(Effort::kFast), dense(Effort::kZlib);
  Output by_fast, by_dense;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const auto& sample = filtered.rows((bands.height - rows) * (2 * i + 1) / (2 * kSamples), rows);
    fast.piece(sample, true, by_fast);
    dense.piece(sample, true, by_dense);
  }
  return by_dense.size() * 16 < by_fast.size() * 15 ? Effort::kZlib : Effort::kFast;
}

// What one thread needs, band after band.
struct BandEncoder {
  Filtered filtered;
  Deflater deflater;

  BandEncoder(const PictureRows& picture, Effort effort) : filtered(picture), deflater(effort) {}
};

struct Band {
  Output chunk;
  std::uint32_t adler = 1;  // of what is in it

  // The first chunk has the head of the zlib stream; the last one is not ended: the stream's end is
  // missing.
  void encode(BandEncoder& encoder, const Bands& bands, std::size_t i) {
    const bool is_last = i + 1 == bands.count;
    const auto& rows = encoder.filtered.rows(i * bands.rows, bands.rows_of(i));
    adler = adler32(rows);
    const std::size_t at = begin_chunk(chunk, "IDAT");
    if (i == 0) append_text(chunk, "\x78\x5e");
    encoder.deflater.piece(rows, is_last, chunk);
    if (!is_last) end_chunk(chunk, at);
  }
};

void append_pixels(Output& out, const PictureRows& picture, int threads) {
  const Bands bands(picture);
  const Effort effort = choose_effort(picture, bands);
  std::vector<std::unique_ptr<BandEncoder>> encoders(static_cast<std::size_t>(threads));
  std::vector<Band> made(bands.count);
  std::uint32_t adler = 1;
  std::size_t last_chunk = 0;
  in_order(
      bands.count, threads, 2 * static_cast<std::size_t>(threads),
      [&](std::size_t i, int worker) {
        auto& encoder = encoders[static_cast<std::size_t>(worker)];
        if (!encoder) encoder = std::make_unique<BandEncoder>(picture, effort);
        made[i].encode(*encoder, bands, i);
      },
      [&](std::size_t i) {
        adler = adler32_combined(adler, made[i].adler, bands.rows_of(i) * bands.line);
        last_chunk = out.size();
        out.insert(out.end(), made[i].chunk.begin(), made[i].chunk.end());
        made[i].chunk = Output();
      });
  append_be32(out, adler);
  end_chunk(out, last_chunk);
}

}  // namespace

PictureRows rows_of(const Image& image) {
  return {image.width, image.height, image.channels,
          [&image](int first, int count, std::uint8_t* out) {
            std::copy_n(image.row(first), static_cast<std::size_t>(count) * image.row_bytes(), out);
          },
          image.is_grey() ? Bytes() : Bytes(image.icc)};
}

std::vector<std::byte> encode_png(const PictureRows& picture, const PngOptions& options) {
  check_encodable(picture);
  Output out;
  append_header(out, picture);
  append_texts(out, options);
  append_profile(out, picture.icc);
  append_pixels(out, picture, std::max(options.threads, 1));
  end_chunk(out, begin_chunk(out, "IEND"));
  return out;
}

std::vector<std::byte> encode_png(const Image& image, const PngOptions& options) {
  if (image.height >= 0 &&
      image.pixels.size() != image.row_bytes() * static_cast<std::size_t>(image.height)) {
    throw Error(ErrorCode::kOutput, "cannot encode a picture with " +
                                        std::to_string(image.pixels.size()) + " bytes of pixels");
  }
  return encode_png(rows_of(image), options);
}

}  // namespace u2net::imaging
