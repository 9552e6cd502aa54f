// SPDX-License-Identifier: Apache-2.0
// What the channels of a network's images are like, as far as the network itself says: behind a
// convolution into which a batch normalisation was folded the sum of a channel is about N(mean,
// deviation^2), and ReLU makes of it, P and p being the distribution and the density of N(0, 1) and
// z = mean / deviation, what has
//   E[x]   = mean * P(z) + deviation * p(z)
//   E[x^2] = (mean^2 + deviation^2) * P(z) + mean * deviation * p(z)
// Where it says nothing it is measured (native_measure.h).
#pragma once

#include <memory>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/backend.h"

namespace u2net::engine::native {

// A number a channel.
struct Moments {
  std::vector<float> mean, variance;
};

// Of N(mean, deviation^2), cut off below 0.
struct Moment {
  double mean, variance;
  double positive;  // how much of it was above
};
Moment moment_of_relu(double mean, double deviation);

struct ValueMoments {
  std::vector<std::shared_ptr<const Moments>> of;  // by value; null where nothing is known
  bool measured = false;                           // some of them were
};

// `unknown`: by node, those whose results are measured, images of which their convolution, if they
// have one, does not say anything.
ValueMoments find_moments(const Graph& graph, const std::vector<bool>& unknown,
                          const BackendOptions& options);

// The largest of some samples of its source: a result like that.
bool takes_maxima(const Node& node);
// Whether the native kernels can resize the image of a node whose size is known.
bool resizes_by_taps(const Node& node);

}  // namespace u2net::engine::native
