// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/shuffle.h"

#include <optional>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

// By ShuffleKind.
constexpr const OpType* kTypes[] = {&kPixelShuffle, &kPixelUnshuffle, &kChannelShuffle};

struct Image {
  std::int64_t n, c, h, w;
};

Image image_of(const Shape& s, bool channels_last) {
  if (channels_last) return {s[0], s[3], s[1], s[2]};
  return {s[0], s[1], s[2], s[3]};
}

Shape shape_of(const Image& i, bool channels_last) {
  if (channels_last) return {i.n, i.h, i.w, i.c};
  return {i.n, i.c, i.h, i.w};
}

// How far it is to the next image, channel, row and pixel.
Image strides_of(const Image& i, bool channels_last) {
  if (channels_last) return {i.c * i.h * i.w, 1, i.w * i.c, i.c};
  return {i.c * i.h * i.w, i.h * i.w, i.w, 1};
}

std::optional<Image> result_of(ShuffleKind kind, std::int64_t factor, Image i) {
  std::int64_t squared = 0;
  if (__builtin_mul_overflow(factor, factor, &squared)) return std::nullopt;
  if (kind == ShuffleKind::kPixelShuffle) {
    if (i.c % squared != 0) return std::nullopt;
    return Image{i.n, i.c / squared, i.h * factor, i.w * factor};
  }
  if (kind == ShuffleKind::kPixelUnshuffle) {
    if (i.h % factor != 0 || i.w % factor != 0) return std::nullopt;
    return Image{i.n, i.c * squared, i.h / factor, i.w / factor};
  }
  if (i.c % factor != 0) return std::nullopt;
  return i;
}

// Of `channels`, each with r x r others behind it, and `rows` x `columns` fields of r x r pixels.
kernels::StridedCopy between(const Image& few, const Image& from, const Image& to, std::int64_t r,
                             bool channels_in_src) {
  const Image& many = channels_in_src ? from : to;   // the side with more channels
  const Image& large = channels_in_src ? to : from;  // the side with more pixels
  kernels::StridedCopy copy;
  const auto add = [&](std::int64_t size, std::int64_t in_many, std::int64_t in_large) {
    copy.add(size, channels_in_src ? in_many : in_large, channels_in_src ? in_large : in_many);
  };
  add(few.n, many.n, large.n);
  add(few.c, many.c * r * r, large.c);
  add(few.h, many.h, large.h * r);
  add(r, many.c * r, large.h);
  add(few.w, many.w, large.w * r);
  add(r, many.c, large.w);
  return copy;
}

}  // namespace

constexpr OpType kPixelShuffle{"pixel_shuffle", kInputs, kOutputs};
constexpr OpType kPixelUnshuffle{"pixel_unshuffle", kInputs, kOutputs};
constexpr OpType kChannelShuffle{"channel_shuffle", kInputs, kOutputs};

Shuffle::Shuffle(ShuffleKind kind, std::int64_t factor, bool channels_last)
    : Movement(*kTypes[static_cast<std::size_t>(kind)]),
      kind_(kind),
      factor_(factor),
      channels_last_(channels_last) {}

void Shuffle::infer(Inference& in) const {
  const TensorType& src = in.input(0);
  if (src.shape.size() != 4) in.fail("input ", src.shape, " must have 4 dimensions");
  const std::optional<Image> dst = result_of(kind_, factor_, image_of(src.shape, channels_last_));
  if (!dst) {
    in.fail("input ", src.shape, " (", channels_last_ ? "NHWC" : "NCHW",
            ") cannot be dealt out by ", factor_);
  }
  in.set_output(0, {src.dtype, shape_of(*dst, channels_last_)});
}

kernels::StridedCopy Shuffle::pattern(const Shape& src, const Shape& dst) const {
  const Image before = image_of(src, channels_last_), after = image_of(dst, channels_last_),
              from = strides_of(before, channels_last_), to = strides_of(after, channels_last_);
  if (kind_ == ShuffleKind::kPixelShuffle)
    return between({before.n, after.c, before.h, before.w}, from, to, factor_, true);
  if (kind_ == ShuffleKind::kPixelUnshuffle)
    return between({before.n, before.c, after.h, after.w}, from, to, factor_, false);
  kernels::StridedCopy copy;
  const std::int64_t of_group = before.c / factor_;
  const auto add_pixels = [&] {
    copy.add(before.h, from.h, to.h);
    copy.add(before.w, from.w, to.w);
  };
  copy.add(before.n, from.n, to.n);
  if (channels_last_) add_pixels();
  copy.add(of_group, from.c, to.c * factor_);
  copy.add(factor_, from.c * of_group, to.c);
  if (!channels_last_) add_pixels();
  return copy;
}

bool Shuffle::keeps_images_apart(const Graph&, const Node& node,
                                 const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

Description Shuffle::describe() const {
  return {{kind_ == ShuffleKind::kChannelShuffle ? "groups" : "factor", factor_},
          {"data_format", channels_last_ ? "NHWC" : "NCHW"}};
}

}  // namespace u2net::engine
