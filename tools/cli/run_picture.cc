// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/run_picture.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/base/atomic_file.h"
#include "models/picture/compose.h"
#include "models/picture/image.h"
#include "models/picture/postprocess.h"
#include "models/picture/preprocess.h"
#include "tools/cli/stopwatch.h"
#include "tools/imaging/colour_profile.h"
#include "tools/imaging/encode.h"

namespace u2net::cli {
using namespace engine;
namespace {

using imaging::Image;

// Makes the pictures one at a time: a large one has to fit into memory with its panel only.
class Composer {
 public:
  Composer(const Image& picture, const Image& mask, const imaging::Finish& finish)
      : picture_(picture), mask_(mask), finish_(finish) {}

  // Valid until the next call.
  const Image& make(OutputKind kind) {
    switch (kind) {
      case OutputKind::kMask:
        return mask_;
      case OutputKind::kCutout:
        return scratch_ = in_its_colours(imaging::cutout(subject(), mask_, finish_.hidden));
      case OutputKind::kResult:
        return result();
      case OutputKind::kPanel:
        break;
    }
    return scratch_ = in_its_colours(imaging::panel(picture_, mask_, result()));
  }

 private:
  const Image& result() {
    scratch_ = Image();
    if (!result_) result_ = in_its_colours(imaging::on_background(subject(), mask_));
    return *result_;
  }

  const Image& subject() {
    if (!cleaned_) cleaned_ = imaging::finish_colours(picture_, mask_, finish_);
    return cleaned_ ? *cleaned_ : picture_;
  }

  Image in_its_colours(Image image) const {
    image.icc = picture_.icc;
    return image;
  }

  const Image& picture_;
  const Image& mask_;
  const imaging::Finish& finish_;
  std::optional<Image> cleaned_;  // without the background's colours
  std::optional<Image> result_;
  Image scratch_;
};

}  // namespace

void run_picture(const PictureJob& job, const imaging::DecodeLimits& limits,
                 const imaging::Finish& finish, PictureNetwork& network, PictureResult& result) {
  Stopwatch watch;
  const Image picture = imaging::load_image(job.input, limits);
  result.width = picture.width;
  result.height = picture.height;
  result.decode_ms = watch.lap();

  network.fit(picture.height, picture.width);
  result.network_height = network.height();
  result.network_width = network.width();
  const std::vector<float> input =
      imaging::preprocess(picture, network.height(), network.width(), network.preset().pixels,
                          imaging::to_srgb(picture.icc));
  result.preprocess_ms = watch.lap();
  const PictureNetwork::Prediction prediction = network.run(input);
  result.infer_ms = watch.lap();

  imaging::Mask mask = imaging::make_mask(prediction.values, prediction.height, prediction.width,
                                          picture.width, picture.height);
  result.raw_min = mask.raw_min;
  result.raw_max = mask.raw_max;
  result.flat = mask.flat;
  result.finite = std::all_of(prediction.values.begin(), prediction.values.end(),
                              [](float value) { return std::isfinite(value); });
  result.constant = result.finite && mask.raw_min == mask.raw_max;
  if (!mask.flat) imaging::finish_mask(picture, finish, mask.image);
  Composer composer(picture, mask.image, finish);
  result.compose_ms = watch.lap();
  for (const auto& [kind, path] : job.outputs) {
    const Image& image = composer.make(kind);
    result.compose_ms += watch.lap();
    write_file_atomically(path, imaging::encode_png(image));
    result.encode_ms += watch.lap();
    result.written.emplace_back(kind, path);
  }
}

}  // namespace u2net::cli
