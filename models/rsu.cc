// SPDX-License-Identifier: Apache-2.0
#include "models/rsu.h"

#include <array>

#include "engine/base/text.h"

namespace u2net::engine {

ConvBnRelu::ConvBnRelu(ParameterSet& parameters, const std::string& prefix, std::int64_t in,
                       std::int64_t out, std::int64_t dilation)
    : conv_(parameters.add_conv2d(str_cat(prefix, ".conv_s1"), in, out, 3, dilation)),
      norm_(parameters.add_batch_norm(str_cat(prefix, ".bn_s1"), out)) {}

Variable ConvBnRelu::forward(Executor& e, const Variable& x) const {
  return e.relu(e.batch_norm(norm_, e.conv2d(conv_, x)));
}

Rsu::Rsu(ParameterSet& parameters, const std::string& prefix, const RsuConfig& config)
    : config_(config), in_(parameters, str_cat(prefix, ".rebnconvin"), config.in, config.out, 1) {
  const int depth = config.depth;
  for (int i = 1; i <= depth; ++i) {
    const std::int64_t dilation = config.dilated ? std::int64_t{1} << (i - 1) : i == depth ? 2 : 1;
    down_.emplace_back(parameters, str_cat(prefix, ".rebnconv", i),
                       i == 1 ? config.out : config.middle, config.middle, dilation);
  }
  for (int i = depth - 1; i >= 1; --i) {
    const std::int64_t dilation = config.dilated ? std::int64_t{1} << (i - 1) : 1;
    up_.emplace_back(parameters, str_cat(prefix, ".rebnconv", i, "d"), 2 * config.middle,
                     i == 1 ? config.out : config.middle, dilation);
  }
}

Variable Rsu::forward(Executor& e, const Variable& x) const {
  const std::size_t levels = down_.size() - 1;  // that the way back joins again
  const Variable input = in_.forward(e, x);
  std::vector<Variable> skipped;
  Variable h = input;
  for (std::size_t i = 0; i < levels; ++i) {
    skipped.push_back(down_[i].forward(e, h));
    h = config_.dilated || i + 1 == levels ? skipped.back() : e.max_pool2d(skipped.back());
  }
  h = down_[levels].forward(e, h);
  for (std::size_t i = levels; i-- > 0;) {
    h = up_[levels - 1 - i].forward(e, e.concat(std::array{h, skipped[i]}));
    if (i > 0 && !config_.dilated) h = e.resize_like(h, skipped[i - 1]);
  }
  return e.add(h, input);
}

}  // namespace u2net::engine
