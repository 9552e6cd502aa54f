// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/weight_cache.h"

#include <algorithm>

#include "kernels/base/work_log.h"

namespace u2net::engine {

WeightCache::WeightCache(std::set<const Tensor*> releasable, std::vector<PackedWeight> packed)
    : releasable_(std::move(releasable)) {
  for (PackedWeight& p : packed) {
    entries_[{std::move(p.weight), std::move(p.layout)}] = {std::move(p.data), p.bytes};
  }
}

std::shared_ptr<const void> WeightCache::get(
    const std::shared_ptr<const Tensor>& weight, const std::string& layout, std::size_t bytes,
    const std::function<std::shared_ptr<const void>()>& make, const Restore& restore) {
  std::lock_guard lock(mutex_);
  Entry& known = entries_[{weight, layout}];
  std::shared_ptr<const void>& entry = known.data;
  // What a file calls by the name of a layout need not be one.
  if (entry && known.bytes == bytes) return entry;
  known = {nullptr, bytes};
  const auto packed = [&] {
    const std::int64_t begin = kernels::now_ns();
    std::shared_ptr<const void> made = make();
    packing_ns_ += kernels::now_ns() - begin;
    return made;
  };
  if (!releases(*weight)) return entry = packed();
  Source& source = sources_[weight.get()];
  bring_back(*weight, source);
  entry = packed();
  if (!source.packed && restore) {
    source.packed = entry;
    source.restore = restore;
  }
  if (source.packed && !source.kept) {
    weight->discard();
    source.released = true;
  }
  return entry;
}

std::int64_t WeightCache::packing_ns() {
  std::lock_guard lock(mutex_);
  return packing_ns_;
}

void WeightCache::bring_back(const Tensor& weight, Source& source) {
  if (source.released) source.restore(source.packed.get(), weight);
  source.released = false;
}

void WeightCache::keep(const Tensor& weight) {
  if (!releases(weight)) return;
  std::lock_guard lock(mutex_);
  Source& source = sources_[&weight];
  bring_back(weight, source);
  source.kept = true;
}

std::vector<PackedWeight> WeightCache::entries() {
  std::lock_guard lock(mutex_);
  std::vector<PackedWeight> all;
  for (const auto& [key, entry] : entries_) {
    if (entry.data) all.push_back({key.first, key.second, entry.data, entry.bytes});
  }
  return all;
}

void WeightCache::forget_unused() {
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [](const auto& entry) { return entry.second.data.use_count() <= 1; });
}

std::size_t WeightCache::released_bytes() {
  std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& [weight, source] : sources_) bytes += source.released ? weight->bytes() : 0;
  return bytes;
}

}  // namespace u2net::engine
