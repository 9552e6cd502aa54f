// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/base/rounding.h"
#include "kernels/reduce/reduce.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kBlock = 256, kLanes = 8;

// One half of the dimensions of a shape, as a space to walk through.
struct Space {
  int rank = 0;
  std::array<std::int64_t, kMaxRank> sizes{}, strides{};
  std::int64_t count = 1;

  std::int64_t offset(std::int64_t index) const {
    std::int64_t at = 0;
    for (int i = rank; i-- > 0; index /= sizes[i]) at += index % sizes[i] * strides[i];
    return at;
  }
};

// The kept or the reduced ones, without the last dimension of all.
Space outer_space(const ReduceShape& shape, bool reduced) {
  Space space;
  for (int i = 0; i + 1 < shape.rank; ++i) {
    if (shape.reduced[i] != reduced) continue;
    std::int64_t stride = 1;
    for (int j = i + 1; j < shape.rank; ++j) stride *= shape.sizes[j];
    space.sizes[space.rank] = shape.sizes[i];
    space.strides[space.rank++] = stride;
    space.count *= shape.sizes[i];
  }
  return space;
}

template <class F, class T>
class Reduction {
 public:
  using W = Wide<T>;
  using State = decltype(F::template start<W>());

  Reduction(const ReduceShape& shape, const T* src, ReduceStore<W> store, void* dst)
      : kept_(outer_space(shape, false)),
        reduced_(outer_space(shape, true)),
        last_(shape.sizes[shape.rank - 1]),
        src_(src),
        store_(store),
        dst_(dst) {}

  void over_rows(ThreadPool& pool) const {
    const std::int64_t blocks = divided_up(last_, kBlock);
    pool.parallel_for(kept_.count * blocks, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t task = begin; task < end; ++task)
        block(task / blocks, task % blocks * kBlock);
    });
  }

  void over_runs(ThreadPool& pool) const {
    pool.parallel_for(kept_.count, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t index = begin; index < end; ++index) {
        State state = F::template start<W>();
        const T* from = src_ + kept_.offset(index);
        for (std::int64_t r = 0; r < reduced_.count; ++r) run(from + reduced_.offset(r), state);
        const W result = F::finish(state, reduced_.count * last_);
        store_(&result, 1, dst_, index);
      }
    });
  }

 private:
  void block(std::int64_t row, std::int64_t column) const {
    const std::int64_t count = std::min(kBlock, last_ - column);
    const T* from = src_ + kept_.offset(row) + column;
    State states[kBlock];
    std::fill_n(states, count, F::template start<W>());
    for (std::int64_t r = 0; r < reduced_.count; ++r) {
      const T* elements = from + reduced_.offset(r);
      for (std::int64_t i = 0; i < count; ++i) F::step(states[i], static_cast<W>(elements[i]));
    }
    W results[kBlock];
    for (std::int64_t i = 0; i < count; ++i) results[i] = F::finish(states[i], reduced_.count);
    store_(results, count, dst_, row * last_ + column);
  }

  void run(const T* elements, State& state) const {
    State lanes[kLanes];
    std::fill_n(lanes, kLanes, F::template start<W>());
    std::int64_t i = 0;
    for (; i + kLanes <= last_; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        F::step(lanes[lane], static_cast<W>(elements[i + lane]));
    }
    for (; i < last_; ++i) F::step(state, static_cast<W>(elements[i]));
    for (const State& lane : lanes) F::join(state, lane);
  }

  const Space kept_, reduced_;
  const std::int64_t last_;
  const T* src_;
  const ReduceStore<W> store_;
  void* dst_;
};

// A function takes what its row says; others are never asked for.
template <class F, class T>
constexpr bool kTakes = std::is_same_v<T, bool>       ? F::kRow.takes_bools
                        : std::is_floating_point_v<T> ? F::kRow.takes_floats
                                                      : F::kRow.takes_integers;

}  // namespace

ReduceShape reduce_shape(std::span<const std::int64_t> dims, std::uint32_t reduced) {
  ReduceShape shape;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const bool is_reduced = (reduced >> i & 1U) != 0;
    if (shape.rank > 0 && shape.reduced[shape.rank - 1] == is_reduced) {
      shape.sizes[shape.rank - 1] *= dims[i];
    } else {
      shape.sizes[shape.rank] = dims[i];
      shape.reduced[shape.rank++] = is_reduced;
    }
  }
  if (shape.rank == 0) shape = {.rank = 1, .sizes = {1}, .reduced = {true}};
  return shape;
}

template <class T>
void reduce_reference(ReduceKind kind, const ReduceShape& shape, const T* src,
                      ReduceStore<Wide<T>> store, void* dst, ThreadPool& pool) {
  ReduceFunctions::visit(kind, [&]<class F>(F) {
    if constexpr (kTakes<F, T>) {
      const Reduction<F, T> reduction(shape, src, store, dst);
      shape.reduced[shape.rank - 1] ? reduction.over_runs(pool) : reduction.over_rows(pool);
    }
  });
}

template void reduce_reference(ReduceKind, const ReduceShape&, const float*, ReduceStore<double>,
                               void*, ThreadPool&);
template void reduce_reference(ReduceKind, const ReduceShape&, const double*, ReduceStore<double>,
                               void*, ThreadPool&);
template void reduce_reference(ReduceKind, const ReduceShape&, const std::int32_t*,
                               ReduceStore<std::int64_t>, void*, ThreadPool&);
template void reduce_reference(ReduceKind, const ReduceShape&, const std::int64_t*,
                               ReduceStore<std::int64_t>, void*, ThreadPool&);
template void reduce_reference(ReduceKind, const ReduceShape&, const bool*,
                               ReduceStore<std::int64_t>, void*, ThreadPool&);

}  // namespace u2net::kernels
