// SPDX-License-Identifier: Apache-2.0
// A model that takes one picture (float32, NCHW, 3 channels) and gives a map as its first output.
#pragma once

#include <memory>
#include <span>

#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"
#include "engine/run/session.h"

namespace u2net::engine {

class PictureNetwork {
 public:
  struct Size {
    int height = 0, width = 0;    // 0: as declared, 320x320 where any is allowed
    bool of_the_picture = false;  // each picture at its own size, but at least 32x32
  };

  // Plans at once, so that a model which cannot be used is found before any picture is read. Throws
  // Error with a code of the model's family, or kInputShape for a size that it does not take.
  explicit PictureNetwork(std::unique_ptr<Session> session, const Size& size = {0, 0, false});

  // To be called before a picture of this size is prepared.
  void fit(int picture_height, int picture_width);
  // What preprocess() has to deliver.
  int height() const { return height_; }
  int width() const { return width_; }
  int threads() const { return session_->threads(); }
  // Null for a network that runs without one. Valid until the next run.
  const Plan* plan();

  struct Prediction {
    std::span<const float> values;  // [height][width], valid until the next run
    int height = 0;
    int width = 0;
  };
  // `picture` is [3][height()][width()].
  Prediction run(std::span<const float> picture);

 private:
  TensorView input(const float* picture) const;

  std::unique_ptr<Session> session_;
  Size size_;
  int height_ = 0, width_ = 0;
};

}  // namespace u2net::engine
