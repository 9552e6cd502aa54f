// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/reorder.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <random>

#include "engine/backends/backend_table.h"
#include "engine/run/execution.h"
#include "tools/microbench/layout_tag.h"
#include "tools/microbench/name_pattern.h"
#include "tools/microbench/shape_words.h"

namespace u2net::bench {
using namespace engine;
namespace {

constexpr std::int64_t kMaxReorderElements = std::int64_t{1} << 29;

struct Reorder {
  Shape dims;
  std::string from, to;
};

Reorder reorder_of(const std::string& line) {
  const ShapeWords words(line);
  words.expect_only({"src", "from", "to"});
  Reorder r{words.numbers("src"), words.text("from"), words.text("to")};
  std::int64_t elements = 1;
  for (std::int64_t dim : r.dims) {
    if (dim < 1 || (elements *= dim) > kMaxReorderElements)
      words.fail("a size that is not supported");
  }
  if (r.dims.size() > static_cast<std::size_t>(kMaxRank)) words.fail("too many dimensions");
  for (const std::string& tag : {r.from, r.to}) {
    if (LayoutTag(tag, r.dims).size() > kMaxReorderElements)
      words.fail("a size that is not supported");
  }
  return r;
}

// Every element of the result; zeros where it fills up blocks.
void copy_plainly(const Reorder& r, const LayoutTag& from, const LayoutTag& to, const float* src,
                  float* dst, kernels::ThreadPool& pool) {
  std::fill_n(dst, to.size(), 0.0F);
  std::int64_t rest = 1;
  for (std::size_t d = 1; d < r.dims.size(); ++d) rest *= r.dims[d];
  pool.parallel_for(r.dims.front() * rest, [&](std::int64_t begin, std::int64_t end) {
    Shape indices(r.dims.size());
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t left = i;
      for (std::size_t d = r.dims.size(); d-- > 0;) {
        indices[d] = left % r.dims[d];
        left /= r.dims[d];
      }
      dst[to.offset(indices)] = src[from.offset(indices)];
    }
  });
}

class ReorderMeasurer {
 public:
  ReorderMeasurer(const std::string& line, const MeasureOptions& options)
      : r_(reorder_of(line)),
        options_(options),
        pool_(options.threads),
        from_(r_.from, r_.dims),
        to_(r_.to, r_.dims),
        src_(DType::kFloat32, {from_.size()}),
        dst_(DType::kFloat32, {to_.size()}) {
    result_.line = line;
    fill();
    copy();
  }

  Measured run() {
    if (name_matches(options_.patterns, "reference"))
      add("reference", dst_.view(), [&] { copy(); });
    add_onednn();
    if (may_match(options_.patterns, "native"))
      result_.refused.push_back({"native", "there is no native kernel between named layouts"});
    return std::move(result_);
  }

 private:
  // Random elements; what fills up blocks is zero, as everywhere in oneDNN.
  void fill() {
    Tensor plain(DType::kFloat32, {element_count(r_.dims)});
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& v : plain.values<float>()) v = uniform(random);
    std::string dense;
    for (std::size_t d = 0; d < r_.dims.size(); ++d) dense += static_cast<char>('a' + d);
    copy_plainly(r_, LayoutTag(dense, r_.dims), from_, plain.values<float>().data(),
                 src_.values<float>().data(), pool_);
  }

  void copy() {
    copy_plainly(r_, from_, to_, src_.values<float>().data(), dst_.values<float>().data(), pool_);
  }

  void add(const std::string& name, const TensorView& got, const std::function<void()>& run) {
    if (options_.progress) options_.progress(name);
    Measurement m;
    m.name = name;
    m.work.bytes = 2.0 * static_cast<double>(element_count(r_.dims) * sizeof(float));
    m.agreement = exact_agreement(name, dst_.view(), got);
    m.warm = time_warm(run, options_.timing);
    if (options_.timing.cold) m.cold = time_cold(run, pool_, options_.timing);
    result_.all.push_back(std::move(m));
  }

  void add_onednn() {
    const Backend* backend = find_backend("onednn");
    if (!backend || !may_match(options_.patterns, "onednn")) return;
    BackendOptions options;
    options.threads = options_.threads;
    std::optional<Plan> plan = backend->plan_copy(r_.dims, r_.from, r_.to, options);
    if (!plan) {
      result_.refused.push_back({"onednn", "it has no such layout, or no copy between the two"});
      return;
    }
    const std::string name = "onednn:" + plan->steps.front().step->implementation();
    if (!name_matches(options_.patterns, name)) return;
    Execution execution(std::move(*plan));
    RunMemory memory;
    const TensorView input = src_.view();
    const std::vector<TensorView> outputs = execution.run(memory, {&input, 1}, pool_);
    RunScope* scope = execution.plan().scope.get();
    if (scope) scope->enter();
    add(name, outputs.front(), [&] { execution.plan().steps.front().step->run(pool_); });
    if (scope) scope->leave();
  }

  Reorder r_;
  const MeasureOptions& options_;
  kernels::ThreadPool pool_;
  LayoutTag from_, to_;
  Tensor src_, dst_;
  Measured result_;
};

}  // namespace

bool is_reorder(const std::string& line) { return line.starts_with("reorder "); }
void check_reorder(const std::string& line) { reorder_of(line); }

Measured measure_reorder(const std::string& line, const MeasureOptions& options) {
  return ReorderMeasurer(line, options).run();
}

}  // namespace u2net::bench
