// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "kernels/sort/sort.h"

namespace u2net::kernels {
namespace {

// A line of dst and of indices as one array of pairs.
template <class T>
class Heap {
 public:
  Heap(T* values, std::int64_t* indices, std::int64_t stride, bool descending)
      : values_(values), indices_(indices), stride_(stride), descending_(descending) {}

  void offer(T value, std::int64_t index, std::int64_t kept) {
    if (size_ < kept) {
      set(size_, value, index);
      rise(size_++);
    } else if (kept > 0 && comes_first(value, index, values_[0], indices_[0])) {
      set(0, value, index);
      sink(0);
    }
  }

  // The one on top belongs behind the others.
  void take_apart() {
    while (size_ > 1) {
      exchange(0, --size_);
      sink(0);
    }
  }

 private:
  bool comes_first(T a, std::int64_t at_a, T b, std::int64_t at_b) const {
    const bool a_larger = a > b || (a != a && b == b), b_larger = b > a || (b != b && a == a);
    if (a_larger != b_larger) return descending_ ? a_larger : b_larger;
    return at_a < at_b;
  }
  bool comes_first(std::int64_t i, std::int64_t j) const {
    return comes_first(values_[i * stride_], indices_[i * stride_], values_[j * stride_],
                       indices_[j * stride_]);
  }
  void set(std::int64_t i, T value, std::int64_t index) {
    values_[i * stride_] = value;
    indices_[i * stride_] = index;
  }
  void exchange(std::int64_t i, std::int64_t j) {
    std::swap(values_[i * stride_], values_[j * stride_]);
    std::swap(indices_[i * stride_], indices_[j * stride_]);
  }
  void rise(std::int64_t i) {
    for (; i > 0 && comes_first((i - 1) / 2, i); i = (i - 1) / 2) exchange(i, (i - 1) / 2);
  }
  void sink(std::int64_t i) {
    for (std::int64_t child = 2 * i + 1; child < size_; child = 2 * i + 1) {
      if (child + 1 < size_ && comes_first(child, child + 1)) ++child;
      if (!comes_first(i, child)) return;
      exchange(i, child);
      i = child;
    }
  }

  T* values_;
  std::int64_t* indices_;
  std::int64_t stride_, size_ = 0;
  bool descending_;
};

}  // namespace

template <class T>
void sort_reference(const SortParams& p, const T* src, T* dst, std::int64_t* indices,
                    ThreadPool& pool) {
  const auto [outer, size, inner] = p.src;
  const std::int64_t lines = inner, length = size;
  pool.parallel_for(outer * lines, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      const T* from = src + line / lines * length * lines + line % lines;
      const std::int64_t to = line / lines * p.kept * lines + line % lines;
      Heap<T> heap(dst + to, indices + to, lines, p.descending);
      for (std::int64_t i = 0; i < length; ++i) heap.offer(from[i * lines], i, p.kept);
      heap.take_apart();
    }
  });
}

template void sort_reference(const SortParams&, const float*, float*, std::int64_t*, ThreadPool&);
template void sort_reference(const SortParams&, const double*, double*, std::int64_t*, ThreadPool&);
template void sort_reference(const SortParams&, const std::int32_t*, std::int32_t*, std::int64_t*,
                             ThreadPool&);
template void sort_reference(const SortParams&, const std::int64_t*, std::int64_t*, std::int64_t*,
                             ThreadPool&);

}  // namespace u2net::kernels
