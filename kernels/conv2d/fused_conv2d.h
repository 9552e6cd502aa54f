// SPDX-License-Identifier: Apache-2.0
// The convolution as the native kernels know it: conv2d.h, and around it what would otherwise be
// operators of their own with a tensor between each two:
//   src    = concat over channels of the sources, each as it is or resized to twice its height and
//            width (bilinear, half-pixel centres)
//   dst    = epilogue of conv2d.h
//   pooled = 2x2 maximum of stride 2 over dst; windows are cut off at the edge of dst
// Kernels read sources and write results in the layouts that their requirements name.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/image_layout.h"
#include "kernels/base/instruction_sets.h"
#include "kernels/base/parallel.h"
#include "kernels/conv2d/conv2d.h"

namespace u2net::kernels {

struct ConvSource {
  ImageLayout layout;
  bool upsample = false;
};

struct FusedConv2d {
  Conv2dParams params;  // ic, ih and iw: of the concatenated, resized sources
  std::vector<ConvSource> sources;
  ImageLayout dst;
  std::optional<ImageLayout> residual;  // of dst's shape and block
  std::optional<ImageLayout> pooled;
  bool relu = false, relu_after_residual = false;
  std::optional<Activation> activation;
  bool activation_after_residual = false;
  bool residual_in_dst = false;  // the operands are the same memory
};

// How many sources are worth a convolution of their own making. Kernels take any number.
inline constexpr std::size_t kMaxConvSources = 16;

// Elements are of the types that the layouts name.
struct ConvOperands {
  std::span<const void* const> sources;
  const void* weights;  // as pack() left them
  const float* bias;    // ConvKernel::bias_floats() values, zeros behind the channels
  const void* residual;
  void* dst;
  void* pooled;
  float* scratch;  // scratch_floats() a thread, 64-byte aligned; uninitialised
};

// A variant planned for one convolution. Immutable.
class ConvKernel {
 public:
  virtual ~ConvKernel() = default;
  // The layout that pack() makes: weights packed under equal names are equal.
  virtual std::string packing() const = 0;
  virtual std::size_t packed_bytes() const = 0;
  // From [oc][ic / groups][kh][kw]. `packed` is 64-byte aligned.
  virtual void pack(const float* weight, void* packed, ThreadPool& pool) const = 0;
  // The reverse, to the bit; false where packing transforms the filters.
  virtual bool can_unpack() const { return false; }
  virtual void unpack(const void*, float*) const {}
  virtual std::size_t bias_floats() const = 0;
  virtual std::size_t scratch_floats() const = 0;  // a multiple of 16
  // Writes dst and pooled with their halos. Same bits for every number of threads.
  virtual void run(const ConvOperands& operands, ThreadPool& pool) const = 0;
};

// In place of the channels of a block: as many as tile_block() says, by the channels of the image.
inline constexpr int kBlockOfChannels = 0;

// The layouts that a variant reads and writes, for given params.
struct ConvRequirements {
  int source_block = 1;
  Halo source_halo;   // of sources that are not resized
  Halo resized_halo;  // of the others
  int dst_block = 1;
};

// A convolution before its layouts are chosen.
struct ConvProblem {
  Conv2dParams params;
  std::vector<std::int64_t> source_channels;
  bool upsamples = false;
  bool planar_sources = false;              // how they come, where nobody asks for anything else
  ElementType element = ElementType::kF32;  // of sources and dst
};

// What the time of a convolution follows from: amounts of work, each with a price that was measured
// (costs.h). All of one image, whatever the batch, so that a picture has the same bits in every
// batch and part of one.
struct ConvTerms {
  enum Term {
    kCalls,     // 1
    kProducts,  // multiplications and additions of vectors
    kSteps,     // of the inner loop, or loads and permutations of vectors in it
    kPieces,    // times that the inner loops are entered; of Winograd's, tiles
    kMoves,     // vectors of sources and results
    kFilters,   // vectors of packed filters that are read
    kCount
  };
  double amounts[kCount] = {};
  double conversions = 0;   // values that go from planar to blocked or back
  double filter_bytes = 0;  // packed
};

// What block sizes follow from besides the shape. The number of threads is no part of it, nor of
// the costs: kernels that are chosen by it would round differently on the same processor.
struct ConvMachine {
  CacheSizes caches;
};

// What the rounding errors of a kernel follow from; engine/diagnostics/error_bound.h.
struct RoundingModel {
  int winograd_tile = 0;  // the m of F(m, 3); 0: sums of the products themselves, in any order
  ElementType element = ElementType::kF32;  // of sources, weights and results

  auto operator<=>(const RoundingModel&) const = default;
};

struct ConvForm;  // conv_form.h
struct ConvCode;

// A form of convolution for an instruction set.
class ConvVariant {
 public:
  constexpr ConvVariant(const ConvForm& form, std::size_t index, const CodeOfSet<ConvCode>& set,
                        const double* prices)
      : form_(&form), index_(index), set_(&set), prices_(prices) {}

  std::string name() const;       // "winograd6:avx2"
  std::string_view form() const;  // "winograd6"
  const CpuFeatures& required_features() const { return set_->set->features; }
  ElementType element() const;         // of sources and dst
  ElementType packed_element() const;  // of packed weights
  bool moves_weights() const;          // ConvKernel::can_unpack()
  RoundingModel rounding() const;
  // Each result is a sum of the products themselves.
  bool exact() const { return rounding().winograd_tile == 0; }
  // Empty, or why the variant cannot do it.
  std::string unsupported_reason(const ConvProblem& problem) const;
  // In nanoseconds of one thread, estimated.
  double cost(const ConvProblem& problem) const;
  ConvTerms terms(const ConvProblem& problem) const;
  // What ConvKernel::packed_bytes() will be.
  double packed_bytes(const ConvProblem& problem) const;
  ConvRequirements requirements(const Conv2dParams& params) const;
  std::unique_ptr<ConvKernel> plan(const FusedConv2d& conv, const ConvMachine& machine) const;

 private:
  const ConvForm* form_;
  std::size_t index_;  // of the form in the list of forms
  const CodeOfSet<ConvCode>* set_;
  const double* prices_;  // of ConvTerms::amounts
};

// The number of threads that share the memory and, of two, the work that costs are estimated for.
// Nobody's own number: kernels that are chosen by it would round differently on the same processor.
inline constexpr int kUsualThreads = 2;

// The name of every form.
std::vector<std::string> conv_forms();

// All in this build, for every instruction set; and those for the best one that needs no other
// features.
std::span<const ConvVariant> conv_variants();
std::span<const ConvVariant> conv_variants(const CpuFeatures& features);
// Those for images in bf16, on tiles: for AMX; and for tests the same on tiles that are emulated.
std::span<const ConvVariant> tile_conv_variants();
std::span<const ConvVariant> tile_conv_test_variants();
// For tests: the same templates at vector widths that this machine would not choose.
std::span<const ConvVariant> conv_test_variants();

}  // namespace u2net::kernels
