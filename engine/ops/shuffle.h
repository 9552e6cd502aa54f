// SPDX-License-Identifier: Apache-2.0
// Images whose channels and pixels change places: pixel_shuffle makes r x r pixels of r x r
// channels, pixel_unshuffle is its reverse, channel_shuffle deals out the channels of groups. Each
// is a transpose of an image whose dimensions are taken apart. One row a function.
#pragma once

#include "engine/ops/movement.h"

namespace u2net::engine {

enum class ShuffleKind : std::uint8_t { kPixelShuffle, kPixelUnshuffle, kChannelShuffle };

extern const OpType kPixelShuffle, kPixelUnshuffle, kChannelShuffle;

class Shuffle : public Movement {
 public:
  // `factor`: of a side, or the number of groups. At least 1.
  Shuffle(ShuffleKind kind, std::int64_t factor, bool channels_last);

  void infer(Inference& in) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  std::int64_t factor() const { return factor_; }
  bool channels_last() const { return channels_last_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;

  ShuffleKind kind_;
  std::int64_t factor_;
  bool channels_last_;
};

}  // namespace u2net::engine
