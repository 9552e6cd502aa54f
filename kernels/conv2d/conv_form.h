// SPDX-License-Identifier: Apache-2.0
// Behind ConvVariant: a *form* of convolution says what it can do, what that costs and how filters
// are packed, once for all instruction sets; an instruction set says how wide its vectors are and
// supplies the code of every form, in the order of the list of forms (forms.h). A variant is a form
// for an instruction set. `width` is the number of floats in a vector, and so of the channels of a
// block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/conv2d/fused_conv2d.h"
#include "kernels/image_ops/image_ops.h"

namespace u2net::kernels {

// What the plans of all forms have in common.
struct ConvPlan {
  FusedConv2d conv;
  int width = 8;
  int group_vectors = 1;        // C: vectors of output channels that are computed together
  std::int64_t groups = 0;      // of so many output channels
  bool stream = false;          // dst is too big for the caches
  UnaryRun activate = nullptr;  // conv.activation's, where there is one
};

using ConvRun = void (*)(const ConvPlan& plan, const ConvOperands& operands, ThreadPool& pool);

// What the files that are compiled for one instruction set contribute.
struct ConvCode {
  int width;
  int tile_rows;                // rows of sums that its registers hold: MatrixTile
  const ConvRun* run;           // by form
  const UnaryRun* activations;  // by UnaryKind; null where a function has no vector formula
  // What pools a result that lies in memory: as ImageOps::pool2d.
  void (*pool2d)(const Pool2dParams& p, const ConstImage& src, const Image& dst, ThreadPool& pool);
};

// The functions are those of ConvVariant; terms() need not set filter_bytes; packed_elements()
// counts what packed_bytes() takes.
struct ConvForm {
  std::string_view name;       // "winograd6"
  ElementType element;         // of sources and dst
  ElementType packed_element;  // of packed weights
  bool moves_weights;          // packing only moves them
  RoundingModel rounding;
  std::string (*unsupported_reason)(const ConvForm& self, const ConvProblem& problem, int width);
  ConvTerms (*terms)(const ConvForm& self, const ConvProblem& problem, const ConvCode& code);
  double (*packed_elements)(const ConvForm& self, const ConvProblem& problem, int width);
  ConvRequirements (*requirements)(const ConvForm& self, const Conv2dParams& params, int width);
  std::unique_ptr<ConvKernel> (*plan)(const ConvForm& self, const ConvCode& code, ConvRun run,
                                      const FusedConv2d& conv, const ConvMachine& machine);
};

// The channels of every source.
std::vector<std::int64_t> source_channels(const FusedConv2d& conv);

// How far a filter that reaches `reach` samples beyond its first one looks behind the end of src.
constexpr std::int64_t halo_behind(std::int64_t out, std::int64_t stride, std::int64_t reach,
                                   std::int64_t pad, std::int64_t in) {
  const std::int64_t behind = (out - 1) * stride + reach - pad + 1 - in;
  return behind > 0 ? behind : 0;
}

#ifdef U2NET_ISA
namespace U2NET_ISA {

// Operands whose elements and packed weights are of type T.
template <class T>
struct TypedOperands {
  const void* const* sources;
  const T* weights;
  const float* bias;
  const T* residual;
  T* dst;
  T* pooled;
  float* scratch;

  explicit TypedOperands(const ConvOperands& o)
      : sources(o.sources.data()),
        weights(static_cast<const T*>(o.weights)),
        bias(o.bias),
        residual(static_cast<const T*>(o.residual)),
        dst(static_cast<T*>(o.dst)),
        pooled(static_cast<T*>(o.pooled)),
        scratch(o.scratch) {}
  const T* source(std::size_t s) const { return static_cast<const T*>(sources[s]); }
};
using F32Operands = TypedOperands<float>;

// The code of a form: run<W, N>(), a ConvRun for vectors of W floats and N rows of sums.
template <class Form>
struct FormCode;

}  // namespace U2NET_ISA
#endif

}  // namespace u2net::kernels
