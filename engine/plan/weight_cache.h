// SPDX-License-Identifier: Apache-2.0
// Packed weights, shared by the Sessions of a Model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph/tensor.h"
#include "kernels/base/fork.h"

namespace u2net::engine {

// A weight in a layout, as it was packed.
struct PackedWeight {
  std::shared_ptr<const Tensor> weight;
  std::string layout;
  std::shared_ptr<const void> data;
  std::size_t bytes = 0;
};

// Weights in the layouts that kernels want, each packed once however many Sessions there are.
class WeightCache {
 public:
  // Writes a weight's elements again from what was packed of it.
  using Restore = std::function<void(const void* packed, const Tensor& weight)>;

  // `releasable`: weights that nobody else reads. The memory of one may be given back to the system
  // while a packed form exists from which it can be restored. `packed`: what need not be made.
  explicit WeightCache(std::set<const Tensor*> releasable = {},
                       std::vector<PackedWeight> packed = {});

  // The weight in that layout, which takes so many bytes, made by `make` on first use. Weights are
  // told apart by identity, not by name: a program may use a name again. Thread-safe.
  std::shared_ptr<const void> get(const std::shared_ptr<const Tensor>& weight,
                                  const std::string& layout, std::size_t bytes,
                                  const std::function<std::shared_ptr<const void>()>& make,
                                  const Restore& restore = {});
  // How long all packing took.
  std::int64_t packing_ns();
  // For whoever reads the weight itself: it stays in memory from here on.
  void keep(const Tensor& weight);
  // All that there are, in no order.
  std::vector<PackedWeight> entries();
  // Forgets the layouts that no plan uses.
  void forget_unused();
  // Of the weights that are not in memory themselves.
  std::size_t released_bytes();

 private:
  struct Source {
    std::shared_ptr<const void> packed;  // what the weight can be restored from; or null
    Restore restore;
    bool released = false;
    bool kept = false;
  };

  struct Entry {
    std::shared_ptr<const void> data;
    std::size_t bytes = 0;
  };

  bool releases(const Tensor& weight) const { return releasable_.contains(&weight); }
  void bring_back(const Tensor& weight, Source& source);

  const std::set<const Tensor*> releasable_;
  kernels::ForkMutex mutex_;
  std::int64_t packing_ns_ = 0;
  // Holding the weight keeps its address from being given to another.
  std::map<std::pair<std::shared_ptr<const Tensor>, std::string>, Entry> entries_;
  std::map<const Tensor*, Source> sources_;  // of releasable weights
};

}  // namespace u2net::engine
