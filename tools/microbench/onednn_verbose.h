// SPDX-License-Identifier: Apache-2.0
// What a line of ONEDNN_VERBOSE says, of oneDNN 1.x to 3.x:
//   onednn_verbose,exec,cpu,convolution,jit:avx2,forward_inference,src_f32::blocked:abcd:f0 ...,
//   attr-post-ops:eltwise_relu,alg:convolution_direct,mb1_ic3oc64_ih320oh320kh3sh1dh0ph1_...,3.1
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace u2net::bench {

struct OneDnnProblem {
  std::string primitive;  // "convolution"
  std::string algorithm;  // "pooling_max"; may be empty
  double alpha = 0, beta = 0;
  int axis = 1;                       // of a concatenation
  std::vector<std::string> post_ops;  // in order, each as it is written
  bool has_bias = true;
  std::string data_type = "f32";            // of the first operand
  std::vector<std::string> source_layouts;  // "abcd", "Acdb16a"
  std::string result_layout;
  std::string problem;  // "mb1_ic3oc64_ih320..." or "1x64x80x80:1x64x80x80"
};

// Whether it is of such a log at all; and whether it tells of a primitive.
bool is_verbose_line(std::string_view line);
bool tells_of_primitive(std::string_view line);

// Throws Error (kUsage) that quotes the line.
OneDnnProblem read_verbose_line(const std::string& line);

}  // namespace u2net::bench
