// SPDX-License-Identifier: Apache-2.0
// A big batch is worked on in parts where its images do not meet: in the memory of a part, and at
// no cost, as a part keeps every thread busy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/plan/prepare.h"

namespace u2net::engine {

struct BatchParts {
  std::int64_t count = 1;  // parts of equal size
  PreparedGraph part;      // what runs once a part
  Graph whole = {};        // the same of the whole batch, where there are several
};

// Where the elements of one part of `count` begin.
void* data_of_part(const TensorView& input, std::int64_t count, std::int64_t index);
// `inputs` cut to those of one part of `count`: dimension 0 divided, the data where they are.
std::vector<TensorView> views_of_part(std::span<const TensorView> inputs, std::int64_t count,
                                      std::int64_t index);

// The outputs of a batch whose parts run one after the other.
class GatheredOutputs {
 public:
  // `part`: the outputs of one part of `parts`; their data do not matter.
  GatheredOutputs(std::span<const TensorView> part, std::int64_t parts);

  // Takes room in `memory`, a buffer an output, before the first part is put there.
  void place_in(std::vector<AlignedBuffer>& memory);
  void put(std::int64_t part, std::span<const TensorView> outputs);
  // Of the whole batch, in the memory that was taken last.
  const std::vector<TensorView>& views() const { return views_; }

 private:
  std::int64_t parts_;
  std::vector<TensorView> views_;
};

// Of the largest result of a node, in bytes, but for those that lie in the memory of an operand.
std::size_t largest_result(const Graph& graph);

// As prepare_graph(), for as many images at once that no activation is larger than `most_bytes`, or
// for one; for all of them where the graph lets images meet or does not take another number. Throws
// as prepare_graph().
BatchParts prepare_parts(const Preparable& source, std::span<const TensorView> inputs,
                         const KernelChoice& choice, std::size_t most_bytes);

}  // namespace u2net::engine
