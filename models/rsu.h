// SPDX-License-Identifier: Apache-2.0
// The residual U-block of U2-Net: a small U-Net around its own input convolution.
//   RSU-L: every level halves the size, the way back doubles it.
//   RSU-4F: all levels at one size, with dilation 1, 2, 4, 8.
#pragma once

#include <string>
#include <vector>

#include "models/architecture.h"
#include "models/executor.h"
#include "models/parameters.h"

namespace u2net::engine {

// A 3x3 convolution, batch normalisation and ReLU.
class ConvBnRelu {
 public:
  ConvBnRelu(ParameterSet& parameters, const std::string& prefix, std::int64_t in, std::int64_t out,
             std::int64_t dilation);
  Variable forward(Executor& e, const Variable& x) const;

 private:
  Conv2dLayer conv_;
  BatchNormLayer norm_;
};

class Rsu {
 public:
  Rsu(ParameterSet& parameters, const std::string& prefix, const RsuConfig& config);
  Variable forward(Executor& e, const Variable& x) const;

 private:
  RsuConfig config_;
  ConvBnRelu in_;
  std::vector<ConvBnRelu> down_;  // rebnconv1 ... rebnconv[depth]
  std::vector<ConvBnRelu> up_;    // rebnconv[depth - 1]d ... rebnconv1d
};

}  // namespace u2net::engine
