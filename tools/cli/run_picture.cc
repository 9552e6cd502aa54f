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
#include "tools/imaging/encode.h"

namespace u2net::cli {
using namespace engine;
namespace {

using imaging::Image;

// Makes the pictures one at a time: a large one has to fit into memory with its panel only.
class Composer {
 public:
  Composer(const Image& picture, const Image& mask) : picture_(picture), mask_(mask) {}

  // Valid until the next call.
  const Image& make(OutputKind kind) {
    switch (kind) {
      case OutputKind::kMask:
        return mask_;
      case OutputKind::kCutout:
        return scratch_ = imaging::cutout(picture_, mask_);
      case OutputKind::kResult:
        return result();
      case OutputKind::kPanel:
        break;
    }
    return scratch_ = imaging::panel(picture_, mask_, result());
  }

 private:
  const Image& result() {
    scratch_ = Image();
    if (!result_) result_ = imaging::on_background(picture_, mask_);
    return *result_;
  }

  const Image& picture_;
  const Image& mask_;
  std::optional<Image> result_;
  Image scratch_;
};

}  // namespace

void run_picture(const PictureJob& job, const imaging::DecodeLimits& limits,
                 PictureNetwork& network, PictureResult& result) {
  Stopwatch watch;
  const Image picture = imaging::load_image(job.input, limits);
  result.width = picture.width;
  result.height = picture.height;
  result.decode_ms = watch.lap();

  network.fit(picture.height, picture.width);
  result.network_height = network.height();
  result.network_width = network.width();
  const std::vector<float> input =
      imaging::preprocess(picture, network.height(), network.width(), network.preset().pixels);
  result.preprocess_ms = watch.lap();
  const PictureNetwork::Prediction prediction = network.run(input);
  result.infer_ms = watch.lap();

  const imaging::Mask mask = imaging::make_mask(prediction.values, prediction.height,
                                                prediction.width, picture.width, picture.height);
  result.raw_min = mask.raw_min;
  result.raw_max = mask.raw_max;
  result.flat = mask.flat;
  result.finite = std::all_of(prediction.values.begin(), prediction.values.end(),
                              [](float value) { return std::isfinite(value); });
  Composer composer(picture, mask.image);
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
