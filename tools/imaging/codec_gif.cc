// SPDX-License-Identifier: Apache-2.0
// GIF by giflib: the first frame, on a canvas that is transparent where the frame does not reach.
#ifdef U2NET_HAS_GIF

#include <gif_lib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "tools/imaging/codecs.h"

namespace u2net::imaging {
namespace {

struct GifSource {
  Bytes data;
  std::size_t at = 0;

  static int read(GifFileType* gif, GifByteType* out, int wanted) {
    auto& file = *static_cast<GifSource*>(gif->UserData);
    const std::size_t count =
        std::min(file.data.size() - file.at, static_cast<std::size_t>(std::max(wanted, 0)));
    if (count > 0) std::memcpy(out, file.data.data() + file.at, count);
    file.at += count;
    return static_cast<int>(count);
  }
};

struct GifClose {
  void operator()(GifFileType* gif) const { ::DGifCloseFile(gif, nullptr); }
};
using Gif = std::unique_ptr<GifFileType, GifClose>;

Gif open_gif(GifSource& source, const std::string& name) {
  Gif gif(::DGifOpen(&source, GifSource::read, nullptr));
  if (!gif) fail_damaged(name, "GIF", "bad header");
  return gif;
}

Header read_gif_header(Bytes data, const std::string& name) {
  if (data.size() < 13) fail_damaged(name, "GIF", "bad header");
  return size_only(le16(data, 6), le16(data, 8), "GIF", name);
}

// Reads up to the first frame. Returns the index of the transparent colour, or -1.
int skip_to_frame(GifFileType* gif, const std::string& name) {
  int transparent = NO_TRANSPARENT_COLOR;
  for (;;) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (::DGifGetRecordType(gif, &type) == GIF_ERROR) fail_damaged(name, "GIF", "bad record");
    if (type == IMAGE_DESC_RECORD_TYPE) return transparent;
    if (type == TERMINATE_RECORD_TYPE) fail_damaged(name, "GIF", "no frame");
    int code = 0;
    GifByteType* block = nullptr;
    int result = ::DGifGetExtension(gif, &code, &block);
    while (result != GIF_ERROR && block != nullptr) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE &&
          ::DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        transparent = control.TransparentColor;
      result = ::DGifGetExtensionNext(gif, &block);
    }
    if (result == GIF_ERROR) fail_damaged(name, "GIF", "bad extension");
  }
}

// The rows of an interlaced frame come in four rounds.
std::vector<int> row_order(int height, bool interlaced) {
  std::vector<int> order;
  constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
  for (int round = 0; interlaced && round < 4; ++round) {
    for (int y = kFirst[round]; y < height; y += kStep[round]) order.push_back(y);
  }
  for (int y = 0; !interlaced && y < height; ++y) order.push_back(y);
  return order;
}

Image decode_gif(Bytes data, const Header& header, const std::string& name) {
  GifSource source{data};
  const Gif gif = open_gif(source, name);
  const int transparent = skip_to_frame(gif.get(), name);
  if (::DGifGetImageDesc(gif.get()) == GIF_ERROR) fail_damaged(name, "GIF", "bad frame");
  const GifImageDesc& frame = gif->Image;
  const ColorMapObject* map = frame.ColorMap ? frame.ColorMap : gif->SColorMap;
  if (map == nullptr) fail_damaged(name, "GIF", "no colours");
  const bool inside = frame.Left >= 0 && frame.Top >= 0 && frame.Width > 0 && frame.Height > 0 &&
                      frame.Left + frame.Width <= header.width &&
                      frame.Top + frame.Height <= header.height;
  if (!inside) fail_damaged(name, "GIF", "a frame beyond the picture");
  const bool whole = frame.Width == header.width && frame.Height == header.height;
  const int channels = whole && transparent == NO_TRANSPARENT_COLOR ? 3 : 4;
  Image image =
      blank_image(static_cast<int>(header.width), static_cast<int>(header.height), channels);
  std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
  for (const int y : row_order(frame.Height, frame.Interlace)) {
    if (::DGifGetLine(gif.get(), line.data(), frame.Width) == GIF_ERROR)
      fail_damaged(name, "GIF", "bad data");
    std::uint8_t* out = image.row(frame.Top + y) + frame.Left * channels;
    for (const GifPixelType index : line) {
      const GifColorType colour =
          index < map->ColorCount ? map->Colors[index] : GifColorType{0, 0, 0};
      const std::uint8_t pixel[] = {colour.Red, colour.Green, colour.Blue,
                                    static_cast<std::uint8_t>(index == transparent ? 0 : 255)};
      out = std::copy_n(pixel, channels, out);
    }
  }
  return image;
}

}  // namespace

const Codec kGifCodec = {read_gif_header, decode_gif};

}  // namespace u2net::imaging

#endif  // U2NET_HAS_GIF
