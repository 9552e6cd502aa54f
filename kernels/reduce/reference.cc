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

// The loops over elements of a function and a type. States and elements lie side by side.
struct ReduceCode {
  void (*start)(void* states, std::int64_t count);
  void (*step)(void* states, const void* elements, std::int64_t count);  // each its own element
  void (*run)(void* state, const void* elements, std::int64_t count);    // one all elements
  // Of so many elements each; store: a ReduceStore.
  void (*finish)(const void* states, std::int64_t count, std::int64_t elements, const void* store,
                 void* dst, std::int64_t at);
  std::int64_t element_bytes;
};
constexpr std::size_t kStateBytes = 16;  // of the largest

template <class F, class W>
struct ReduceStates {
  using State = decltype(F::template start<W>());
  static_assert(sizeof(State) <= kStateBytes);

  static void start(void* states, std::int64_t count) {
    std::fill_n(static_cast<State*>(states), count, F::template start<W>());
  }
  static void finish(const void* states, std::int64_t count, std::int64_t elements,
                     const void* store, void* dst, std::int64_t at) {
    W results[kBlock];
    for (std::int64_t i = 0; i < count; ++i)
      results[i] = F::finish(static_cast<const State*>(states)[i], elements);
    (*static_cast<const ReduceStore<W>*>(store))(results, count, dst, at);
  }
};

template <class F, class T>
struct ReduceElements {
  using W = Wide<T>;
  using State = typename ReduceStates<F, W>::State;

  static void step(void* to, const void* from, std::int64_t count) {
    auto* states = static_cast<State*>(to);
    const auto* elements = static_cast<const T*>(from);
    for (std::int64_t i = 0; i < count; ++i) F::step(states[i], static_cast<W>(elements[i]));
  }
  static void run(void* to, const void* from, std::int64_t count) {
    auto& state = *static_cast<State*>(to);
    const auto* elements = static_cast<const T*>(from);
    State lanes[kLanes];
    std::fill_n(lanes, kLanes, F::template start<W>());
    std::int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        F::step(lanes[lane], static_cast<W>(elements[i + lane]));
    }
    for (; i < count; ++i) F::step(state, static_cast<W>(elements[i]));
    for (const State& lane : lanes) F::join(state, lane);
  }
  static constexpr ReduceCode kCode = {ReduceStates<F, W>::start, step, run,
                                       ReduceStates<F, W>::finish, sizeof(T)};
};

// The walk over a tensor, the same for all of them.
class Reduction {
 public:
  Reduction(const ReduceCode& code, const ReduceShape& shape, const void* src, const void* store,
            void* dst)
      : code_(code),
        kept_(outer_space(shape, false)),
        reduced_(outer_space(shape, true)),
        last_(shape.sizes[shape.rank - 1]),
        src_(static_cast<const std::byte*>(src)),
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
        alignas(kStateBytes) std::byte state[kStateBytes];
        code_.start(state, 1);
        const std::int64_t from = kept_.offset(index);
        for (std::int64_t r = 0; r < reduced_.count; ++r)
          code_.run(state, at(from + reduced_.offset(r)), last_);
        code_.finish(state, 1, reduced_.count * last_, store_, dst_, index);
      }
    });
  }

 private:
  void block(std::int64_t row, std::int64_t column) const {
    const std::int64_t count = std::min(kBlock, last_ - column);
    const std::int64_t from = kept_.offset(row) + column;
    alignas(kStateBytes) std::byte states[kBlock * kStateBytes];
    code_.start(states, count);
    for (std::int64_t r = 0; r < reduced_.count; ++r)
      code_.step(states, at(from + reduced_.offset(r)), count);
    code_.finish(states, count, reduced_.count, store_, dst_, row * last_ + column);
  }

  const std::byte* at(std::int64_t element) const { return src_ + element * code_.element_bytes; }

  const ReduceCode& code_;
  const Space kept_, reduced_;
  const std::int64_t last_;
  const std::byte* src_;
  const void* store_;
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
  const ReduceCode* code = nullptr;
  ReduceFunctions::visit(kind, [&]<class F>(F) {
    if constexpr (kTakes<F, T>) code = &ReduceElements<F, T>::kCode;
  });
  const Reduction reduction(*code, shape, src, &store, dst);
  shape.reduced[shape.rank - 1] ? reduction.over_runs(pool) : reduction.over_rows(pool);
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
