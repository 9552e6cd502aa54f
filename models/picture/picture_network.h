// SPDX-License-Identifier: Apache-2.0
// A model that takes one picture (float32, NCHW, 3 channels) and gives a map as its first output,
// or one a class.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"
#include "engine/run/session.h"
#include "models/picture/presets.h"

namespace u2net::engine {

class PictureNetwork {
 public:
  struct Size {
    int height = 0, width = 0;    // 0: as declared, 320x320 where any is allowed
    bool of_the_picture = false;  // each picture at its own size, but at least 32x32
  };

  // What the network is.
  struct Kind {
    const imaging::NetworkPreset* preset = nullptr;  // null: as the shapes tell
    int subject = 0;  // of several classes, the one that the mask is of; 0: all but the background
  };

  // Plans at once, so that a model which cannot be used is found before any picture is read. Throws
  // Error with a code of the model's family, or kInputShape for a size that it does not take.
  explicit PictureNetwork(std::unique_ptr<Session> session, const Size& size = {0, 0, false},
                          const Kind& kind = {nullptr, 0});

  // How pictures are to be prepared.
  const imaging::NetworkPreset& preset() const { return *kind_.preset; }

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
  // `picture` is [3][height()][width()]. Of a network with classes the values are 1 where the
  // subject has the largest score, else 0.
  Prediction run(std::span<const float> picture);

 private:
  TensorView input(const float* picture) const;
  std::span<const float> mask_of(const TensorView& scores);

  std::unique_ptr<Session> session_;
  Size size_;
  Kind kind_;
  std::vector<float> mask_;  // made of classes
  int height_ = 0, width_ = 0;
};

}  // namespace u2net::engine
