// SPDX-License-Identifier: Apache-2.0
// The operators beside convolution on images as the native kernels keep them (image_layout.h): the
// same contracts as the reference kernels of each folder, on layouts instead of plain tensors.
// Operands of one call have equal blocks, of 1 or of ImageOps::block. dst gets its halo. Unless
// said otherwise dst may be an operand of equal layout. Same bits for every number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/arg_extreme/arg_extreme.h"
#include "kernels/base/image_layout.h"
#include "kernels/base/instruction_sets.h"
#include "kernels/binary/binary.h"
#include "kernels/conv2d_transpose/phases.h"
#include "kernels/interp/taps.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/unary/functions.h"

namespace u2net::kernels {

struct ConstImage {
  const ImageLayout* layout;
  const void* data;
};
struct Image {
  const ImageLayout* layout;
  void* data;
};

// src[channel] * factor[channel] + offset[channel]; both filled up to whole blocks.
struct ChannelAffine {
  const float* factor;
  const float* offset;
};

// A plain operand with some of its dimensions repeated: strides in floats, 0 for those.
struct Broadcast {
  const float* data;
  std::int64_t n, c, h, w;
};

// The taps of both axes, made when a plan is made.
struct InterpTaps {
  std::vector<InterpTap> rows, columns;
  bool only_moves;
};

struct ImageOps {
  InstructionSet set;
  ElementType element;  // of the images
  int block;            // the channels of its blocks

  void (*unary)(UnaryKind kind, const UnaryParameters& p, const ConstImage& src, const Image& dst,
                ThreadPool& pool);
  void (*affine)(const ConstImage& src, const ChannelAffine& by, const Image& dst,
                 ThreadPool& pool);
  void (*binary)(BinaryKind kind, const ConstImage& x, const ConstImage& y, const Image& dst,
                 ThreadPool& pool);
  // f(x, y), or f(y, x) where the image comes second.
  void (*broadcast)(BinaryKind kind, bool image_first, const ConstImage& x, const Broadcast& y,
                    const Image& dst, ThreadPool& pool);
  // dst must not be src.
  void (*pool2d)(const Pool2dParams& p, const ConstImage& src, const Image& dst, ThreadPool& pool);
  // dst must not be src. scratch: the width of src in floats, rounded up to 16, for every thread.
  void (*interp)(const InterpTaps& taps, const ConstImage& src, const Image& dst, float* scratch,
                 ThreadPool& pool);
  void (*prelu)(const ConstImage& x, const Broadcast& alpha, const Image& dst, ThreadPool& pool);
  // In blocks of `block` both, src with the halo that the phases want.
  void (*conv2d_transpose)(const TransposedPhases& phases, const ConstImage& src,
                           const float* packed, const float* bias, const Image& dst,
                           ThreadPool& pool);
  // Over channels; dst is plain.
  void (*softmax)(bool logarithm, const ConstImage& src, float* dst, ThreadPool& pool);
  void (*arg_extreme_32)(Extreme extreme, const ConstImage& src, std::int32_t* dst,
                         ThreadPool& pool);
  void (*arg_extreme_64)(Extreme extreme, const ConstImage& src, std::int64_t* dst,
                         ThreadPool& pool);
};

// Of the best instruction set that needs no other features.
const ImageOps& image_ops(const CpuFeatures& features);
// All in this build and, for tests, those at widths that no machine would choose.
std::vector<const ImageOps*> all_image_ops();

}  // namespace u2net::kernels
