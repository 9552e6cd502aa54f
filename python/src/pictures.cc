// SPDX-License-Identifier: Apache-2.0
// Picture files to arrays and back, masks, and what is made of them: as the command does it.
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <array>
#include <tuple>

#include "models/picture/compose.h"
#include "module.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/encode.h"

namespace u2net::python {
namespace {

using imaging::Image;
using imaging::PixelView;
using Pixels = nb::ndarray<const std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Result = nb::ndarray<nb::numpy, std::uint8_t>;

PixelView view_of(const Pixels& pixels) {
  constexpr std::size_t kMaxSide = 1 << 20;
  const std::size_t channels = pixels.shape(2);
  if (pixels.shape(0) < 1 || pixels.shape(1) < 1 || pixels.shape(0) > kMaxSide ||
      pixels.shape(1) > kMaxSide || channels < 1 || channels > 4) {
    throw api::Error(api::ErrorCode::kInputShape,
                     "a picture of shape [" + std::to_string(pixels.shape(0)) + "," +
                         std::to_string(pixels.shape(1)) + "," + std::to_string(channels) +
                         "], expected [height,width,1 to 4]");
  }
  const auto width = static_cast<int>(pixels.shape(1));
  return {pixels.data(),
          width,
          static_cast<int>(pixels.shape(0)),
          static_cast<int>(channels),
          pixels.shape(1) * channels,
          false};
}

Result array_of(Image&& image) {
  const auto height = static_cast<std::size_t>(image.height),
             width = static_cast<std::size_t>(image.width);
  return owning(std::move(image.pixels), {height, width, static_cast<std::size_t>(image.channels)});
}

Result decode(const nb::bytes& data, const std::string& name) {
  Image image;
  {
    const nb::gil_scoped_release released;
    image = imaging::decode_image({static_cast<const std::byte*>(data.data()), data.size()}, name);
  }
  return array_of(std::move(image));
}

Result load(const std::string& path) {
  Image image;
  {
    const nb::gil_scoped_release released;
    image = imaging::load_image(path);
  }
  return array_of(std::move(image));
}

nb::bytes encode_png(const Pixels& pixels) {
  const PixelView view = view_of(pixels);
  std::vector<std::byte> png;
  {
    const nb::gil_scoped_release released;
    Image image{view.width, view.height, view.channels, {}};
    image.pixels.assign(view.pixels,
                        view.pixels + view.stride * static_cast<std::size_t>(view.height));
    png = imaging::encode_png(image);
  }
  return nb::bytes(png.data(), png.size());
}

template <class Make>
Result composed(Make&& make) {
  Image image;
  {
    const nb::gil_scoped_release released;
    image = make();
  }
  return array_of(std::move(image));
}

Result cutout(const Pixels& picture, const Pixels& mask) {
  return composed([p = view_of(picture), m = view_of(mask)] { return imaging::cutout(p, m); });
}

Result on_background(const Pixels& picture, const Pixels& mask,
                     const std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>& colour) {
  const auto [red, green, blue] = colour;
  return composed(
      [p = view_of(picture), m = view_of(mask), background = std::array{red, green, blue}] {
        return imaging::on_background(p, m, background);
      });
}

Result panel(const Pixels& picture, const Pixels& mask, const Pixels& result) {
  return composed([p = view_of(picture), m = view_of(mask), r = view_of(result)] {
    return imaging::panel(p, m, r);
  });
}

// The mask, and what the prediction ranged over.
std::tuple<Result, float, float, bool> segment(api::Segmenter& segmenter, const Pixels& picture) {
  const PixelView view = view_of(picture);
  constexpr api::PixelFormat kFormats[] = {api::PixelFormat::kGray8, api::PixelFormat::kGray8,
                                           api::PixelFormat::kRgb8, api::PixelFormat::kRgba8};
  if (view.channels == 2) {
    throw api::Error(api::ErrorCode::kInputShape, "a picture of grey and alpha",
                     "repeat the grey channel: [height,width,4]");
  }
  api::Mask mask;
  {
    const nb::gil_scoped_release released;
    mask = segmenter.segment({view.pixels, view.width, view.height, kFormats[view.channels - 1]});
  }
  const auto height = static_cast<std::size_t>(mask.height),
             width = static_cast<std::size_t>(mask.width);
  return {owning(std::move(mask.pixels), {height, width}), mask.info.raw_min, mask.info.raw_max,
          mask.info.flat};
}

}  // namespace

void define_pictures(nb::module_& module) {
  module.def("decode", &decode, nb::arg("data"), nb::arg("name") = "picture",
             "JPEG, PNG, BMP or PNM, upright, as [height,width,channels].");
  module.def("load", &load, nb::arg("path"), "The same from a file.");
  module.def("encode_png", &encode_png, nb::arg("pixels"));
  module.def("cutout", &cutout, nb::arg("picture"), nb::arg("mask"));
  module.def("on_background", &on_background, nb::arg("picture"), nb::arg("mask"),
             nb::arg("colour") = std::make_tuple(255, 255, 255));
  module.def("panel", &panel, nb::arg("picture"), nb::arg("mask"), nb::arg("result"));

  nb::class_<api::Segmenter>(module, "Segmenter", "Pictures to masks; for one thread at a time.")
      .def(
          "__init__",
          [](api::Segmenter* self, const api::Model& model) { new (self) api::Segmenter(model); },
          nb::arg("model"))
      .def("segment", &segment, nb::arg("picture"));
}

}  // namespace u2net::python
