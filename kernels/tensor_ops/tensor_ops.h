// SPDX-License-Identifier: Apache-2.0
// The operators on plain row-major tensors of any rank that have code an instruction set: the same
// contracts as the reference kernels of each folder, of float32. Same bits for every number of
// threads.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/arg_extreme/arg_extreme.h"
#include "kernels/base/instruction_sets.h"
#include "kernels/matmul/matmul.h"
#include "kernels/normalization/normalization.h"
#include "kernels/softmax/softmax.h"

namespace u2net::kernels {

struct TensorOps {
  InstructionSet set;
  ElementType element;

  // scratch: so many floats for every thread.
  std::int64_t matmul_scratch;
  void (*matmul)(const MatMulParams& p, const float* x, const float* y, float* dst, float* scratch,
                 ThreadPool& pool);
  // y packed ahead, which takes p.k * p.n floats, n rounded up to a whole panel.
  std::int64_t matmul_panel;
  void (*matmul_pack)(const MatMulParams& p, const float* y, float* packed);
  void (*matmul_unpack)(const MatMulParams& p, const float* packed, float* y);
  void (*matmul_packed)(const MatMulParams& p, const float* x, const float* packed, float* dst,
                        float* scratch, ThreadPool& pool);
  // dst may be src.
  void (*softmax)(bool logarithm, const AxisShape& s, const float* src, float* dst,
                  ThreadPool& pool);
  void (*normalization)(const NormalizationParams& p, const float* src, const float* scale,
                        const float* bias, float* dst, ThreadPool& pool);
  void (*arg_extreme_32)(Extreme extreme, const AxisShape& s, const float* src, std::int32_t* dst,
                         ThreadPool& pool);
  void (*arg_extreme_64)(Extreme extreme, const AxisShape& s, const float* src, std::int64_t* dst,
                         ThreadPool& pool);
};

// Of the best instruction set that needs no other features.
const TensorOps& tensor_ops(const CpuFeatures& features);
// All in this build and, for tests, those at widths that no machine would choose.
std::vector<const TensorOps*> all_tensor_ops();

}  // namespace u2net::kernels
