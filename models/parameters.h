// SPDX-License-Identifier: Apache-2.0
// The parameters that a network written as code declares, and where their values come from.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/tensor.h"
#include "loader/state_dict/state_dict.h"

namespace u2net::engine {

struct ModelParameter {
  std::string structured_name;           // its place in the code: stage1.rebnconvin.conv_s1.weight
  Shape shape;                           // float32
  bool trainable;                        // false: a statistic of batch normalisation
  std::string name;                      // of the variable in a program: conv2d_0.w_0
  std::shared_ptr<const Tensor> tensor;  // null before load()
};

struct Conv2dLayer {
  const ModelParameter* weight;  // [out][in][k][k]
  const ModelParameter* bias;    // [out]
  std::int64_t padding, dilation;
};

struct BatchNormLayer {
  const ModelParameter *scale, *bias, *mean, *variance;  // [channels] each
};

inline constexpr float kBatchNormEpsilon = 1e-5F;

// Layers keep pointers into the set, which therefore stays where it is.
class ParameterSet {
 public:
  ParameterSet() = default;
  ParameterSet(const ParameterSet&) = delete;
  ParameterSet& operator=(const ParameterSet&) = delete;

  Conv2dLayer add_conv2d(const std::string& prefix, std::int64_t in, std::int64_t out,
                         std::int64_t kernel,
                         std::int64_t dilation = 1);  // padded to keep the size
  BatchNormLayer add_batch_norm(const std::string& prefix, std::int64_t channels);

  // In the order of declaration.
  const std::deque<ModelParameter>& all() const { return parameters_; }

  // How many parameters of the state have the name and shape of one of these.
  int matching(const StateDict& state) const;

  // Takes the values, and the names of the variables where the state gives each parameter one of
  // its own. Throws kModelParams that names `file`, `network` and every missing, surplus and
  // misshaped parameter; nothing changes then.
  void load(const StateDict& state, const std::string& file, std::string_view network);

 private:
  const ModelParameter* add(std::string structured_name, Shape shape, std::string name,
                            bool trainable = true);
  void check_variances(const StateDict& state, const std::string& file) const;
  void take_names(const StateDict& state);

  std::deque<ModelParameter> parameters_;
  std::vector<const ModelParameter*> variances_;
  int conv_count_ = 0, norm_count_ = 0;
};

}  // namespace u2net::engine
