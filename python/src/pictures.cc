// SPDX-License-Identifier: Apache-2.0
// Picture files to arrays and back, masks, and what is made of them: as the command does it.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "models/picture/compose.h"
#include "models/picture/finish.h"
#include "models/picture/foreground.h"
#include "module.h"
#include "tools/imaging/colour_profile.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/output_format.h"

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

std::span<const std::byte> bytes_of(const nb::bytes& data) {
  return {static_cast<const std::byte*>(data.data()), data.size()};
}

// Pixels and the profile that goes with them, which may be empty.
using Profiled = std::tuple<Result, nb::bytes>;

template <class Make>
Profiled profiled(Make&& make) {
  Image image;
  {
    const nb::gil_scoped_release released;
    image = make();
  }
  nb::bytes icc(image.icc.data(), image.icc.size());
  return {array_of(std::move(image)), std::move(icc)};
}

Image copied(const PixelView& view) {
  Image image{view.width, view.height, view.channels, {}};
  image.pixels.assign(view.pixels,
                      view.pixels + view.stride * static_cast<std::size_t>(view.height));
  return image;
}

Profiled read(const nb::bytes& data, const std::string& name) {
  return profiled(
      [&data, &name, file = bytes_of(data)] { return imaging::decode_image(file, name); });
}

Profiled load(const nb::bytes& path) {
  return profiled(
      [name = std::string(path.c_str(), path.size())] { return imaging::load_image(name); });
}

Result decode(const nb::bytes& data, const std::string& name) {
  return std::get<0>(read(data, name));
}

// Of pixels from elsewhere: as those of a file with this profile.
Profiled with_profile(const Pixels& pixels, const nb::bytes& icc) {
  return profiled([view = view_of(pixels), profile = bytes_of(icc)] {
    Image image = copied(view);
    imaging::apply_profile(image, {profile.begin(), profile.end()});
    return image;
  });
}

// What the network is to see of colours with this profile.
Result to_srgb(const Pixels& pixels, const nb::bytes& icc) {
  return std::get<0>(profiled([view = view_of(pixels), profile = bytes_of(icc)] {
    Image image = copied(view);
    const imaging::ToSrgb convert = imaging::to_srgb(profile);
    const auto step = static_cast<std::size_t>(image.channels);
    if (!convert || step < 3) return image;
    if (step == 3) {
      convert(image.pixels.data(), image.pixels.size() / 3);
      return image;
    }
    std::vector<std::uint8_t> row(3 * static_cast<std::size_t>(image.width));
    for (int y = 0; y < image.height; ++y) {
      std::uint8_t* pixel = image.row(y);
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = pixel[i / 3 * 4 + i % 3];
      convert(row.data(), row.size() / 3);
      for (std::size_t i = 0; i < row.size(); ++i) pixel[i / 3 * 4 + i % 3] = row[i];
    }
    return image;
  }));
}

// Inverted ink to sRGB; nothing where the profile says nothing of ink.
std::optional<Result> cmyk_to_srgb(const Pixels& pixels, const nb::bytes& icc) {
  const PixelView view = view_of(pixels);
  const auto profile = bytes_of(icc);
  if (view.channels != 4) return {};
  Image image;
  bool done = false;
  {
    const nb::gil_scoped_release released;
    image = imaging::blank_image(view.width, view.height, 3);
    done =
        imaging::cmyk_to_srgb(profile, view.pixels, image.pixels.data(), image.pixels.size() / 3);
  }
  if (!done) return {};
  return array_of(std::move(image));
}

// A file of the pixels; `mark` as in tools/imaging/result_mark.h.
nb::bytes encode(const Pixels& pixels, const nb::bytes& icc, const std::string& format, int quality,
                 const std::string& mark) {
  const PixelView view = view_of(pixels);
  std::vector<std::byte> file;
  {
    const nb::gil_scoped_release released;
    const auto make = [&view](int first, int count, std::uint8_t* out) {
      std::copy_n(view.row(first), static_cast<std::size_t>(count) * view.stride, out);
    };
    const imaging::Bytes profile = view.channels < 3 ? imaging::Bytes() : bytes_of(icc);
    file = imaging::encode({view.width, view.height, view.channels, make, profile},
                           {.format = imaging::find_output_format(format),
                            .quality = quality,
                            .threads = 1,
                            .mark = mark});
  }
  return nb::bytes(file.data(), file.size());
}

nb::bytes encode_png(const Pixels& pixels, const nb::bytes& icc) {
  return encode(pixels, icc, "png", 0, {});
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

Result cutout(const Pixels& picture, const Pixels& mask, bool keep_hidden) {
  const auto hidden = keep_hidden ? imaging::Hidden::kKept : imaging::Hidden::kCleared;
  return composed(
      [p = view_of(picture), m = view_of(mask), hidden] { return imaging::cutout(p, m, hidden); });
}

Result foreground(const Pixels& picture, const Pixels& mask) {
  return composed([p = view_of(picture), m = view_of(mask)] {
    imaging::check_mask(p, m);
    return imaging::foreground(p, m);
  });
}

Result finish_mask(const Pixels& picture, const Pixels& mask, bool refine, bool post_process) {
  return composed([p = view_of(picture), m = view_of(mask), refine, post_process] {
    imaging::check_mask(p, m);
    Image made = copied(m);
    imaging::finish_mask(p, {.refine = refine, .post_process = post_process}, made);
    return made;
  });
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
  module.def("read", &read, nb::arg("data"), nb::arg("name") = "picture",
             "The same, and the profile that its colours have.");
  module.def("load", &load, nb::arg("path"), "The same from a file.");
  module.def("with_profile", &with_profile, nb::arg("pixels"), nb::arg("icc"),
             "Pixels and profile as those of a file that has it.");
  module.def("to_srgb", &to_srgb, nb::arg("pixels"), nb::arg("icc"));
  module.def("cmyk_to_srgb", &cmyk_to_srgb, nb::arg("inverted"), nb::arg("icc"));
  module.def("encode_png", &encode_png, nb::arg("pixels"), nb::arg("icc") = nb::bytes("", 0));
  module.def("encode", &encode, nb::arg("pixels"), nb::arg("icc"), nb::arg("format") = "png",
             nb::arg("quality") = 0, nb::arg("mark") = "");
  module.def("cutout", &cutout, nb::arg("picture"), nb::arg("mask"),
             nb::arg("keep_hidden") = false);
  module.def("foreground", &foreground, nb::arg("picture"), nb::arg("mask"),
             "The picture without its background's colours under soft edges.");
  module.def("finish_mask", &finish_mask, nb::arg("picture"), nb::arg("mask"),
             nb::arg("refine") = false, nb::arg("post_process") = false);
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
