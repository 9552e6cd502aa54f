// SPDX-License-Identifier: Apache-2.0
// Every public header in C++17, with the names as users write them.
#include "u2net/segment.hpp"
#include "u2net/u2net.h"
#include "u2net/u2net.hpp"

static_assert(__cplusplus == 201703L);

u2net::Mask segment(const unsigned char* rgb, int width, int height) {
  u2net::Segmenter segmenter{u2net::Model(u2net::Config("model").set_mode(u2net::Mode::kNative))};
  return segmenter.segment({rgb, width, height});
}

std::vector<u2net::Tensor> run(const u2net::Model& model, const float* pixels) {
  u2net::Session session(model);
  return session.run({{pixels, {1, 3, 320, 320}}});
}
