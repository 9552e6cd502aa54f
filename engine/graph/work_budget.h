// SPDX-License-Identifier: Apache-2.0
// What may be done ahead of a run. A file is hostile until proved otherwise, and one of a few
// kilobytes can name 20,000 operators whose results are worth folding into constants: so what
// loading a model computes and keeps is counted in total, in one object that everything takes from,
// and so is what planning for given sizes does.
//
//   of files of F bytes    memory, in all                     work
//   loading                2 F + 96 MiB of folded constants   10^9 + 32 F
//   planning, each time    what is left of 4 F + 256 MiB      10^9 + 32 F
//
// Work is counted in steps of a reference kernel: a product and a sum, or an element that is read
// or written, about a nanosecond. Weights, and what a program's text and its nodes take, come out
// of the same 4 F + 256 MiB; the memory that a run computes in is SessionOptions::max_arena_bytes.
#pragma once

#include <cstddef>

namespace u2net::engine {

struct Graph;
struct Node;

inline constexpr std::size_t kBaseMemoryBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMemoryOfFileBytes = 4;  // for each byte of the files

// What loading a model from files of so many bytes, and planning a run of it, may take at once.
constexpr std::size_t memory_limit(std::size_t file_bytes) {
  return kBaseMemoryBytes + kMemoryOfFileBytes * file_bytes;
}

// Of all constants of a graph, each once: values may share one.
std::size_t constant_bytes(const Graph& graph);

struct Cost {
  double bytes = 0;  // that stay
  double work = 0;
};

class WorkBudget {
 public:
  // Without limits: for graphs that are not a stranger's.
  WorkBudget() = default;
  explicit WorkBudget(Cost limit) : limit_(limit), left_(limit) {}

  // For the passes over the weights of a graph, and for planning a run of it.
  static WorkBudget of_load(const Graph& graph);
  static WorkBudget of_plan(const Graph& graph);

  // Whether that fits; where it does not, nothing is taken.
  bool take(const Cost& cost);
  bool fits(const Cost& cost) const { return cost.bytes <= left_.bytes && cost.work <= left_.work; }
  // For what has been done already, though there be less left.
  void spend(const Cost& cost);
  // For what has to be done because a shape depends on it. Throws kModelLimit naming the operator.
  void demand(const Cost& cost, const Node& node);

  double bytes_left() const { return left_.bytes; }

 private:
  static constexpr double kNoLimit = 1e300;

  Cost limit_{kNoLimit, kNoLimit};
  Cost left_{kNoLimit, kNoLimit};
};

// Of computing a node ahead of a run and keeping its results. Every type must be known.
Cost cost_of(const Graph& graph, const Node& node);

}  // namespace u2net::engine
