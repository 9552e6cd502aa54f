// SPDX-License-Identifier: Apache-2.0
// Problems as ONEDNN_VERBOSE and benchdnn write them.
#include "tools/microbench/onednn_problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/base/error.h"
#include "engine/diagnostics/step_work.h"
#include "tools/microbench/requests.h"
#include "tools/microbench/shapes.h"

namespace u2net::bench {
using namespace engine;
namespace {

using testing::HasSubstr;

OneDnnProblem problem(const std::string& primitive, const std::string& text,
                      const std::string& algorithm = "") {
  OneDnnProblem p;
  p.primitive = primitive;
  p.problem = text;
  p.algorithm = algorithm;
  return p;
}

std::string line_of(const std::string& primitive, const std::string& text,
                    const std::string& algorithm = "") {
  const TranslatedProblem result = translate(problem(primitive, text, algorithm));
  EXPECT_TRUE(result.notes.empty());
  check_line(result.line);
  return result.line;
}

struct Case {
  std::string primitive, problem, algorithm, line;
};

class Translation : public testing::TestWithParam<Case> {};

TEST_P(Translation, IsTheShape) {
  const Case& c = GetParam();
  EXPECT_EQ(line_of(c.primitive, c.problem, c.algorithm), c.line);
}

INSTANTIATE_TEST_SUITE_P(
    Convolutions, Translation,
    testing::Values(
        Case{"conv2d", "ic128ih320oc64oh320kh3ph1", "",
             "conv2d src=1x128x320x320 filter=64x128x3x3 pad=1,1"},
        Case{"convolution", "mb1_ic64oc64_ih20oh20kh3sh1dh0ph1_iw20ow20kw3sw1dw0pw1", "",
             "conv2d src=1x64x20x20 filter=64x64x3x3 pad=1,1"},
        // dh counts what is skipped.
        Case{"conv", "mb2_ic16oc16_ih10oh10kh3sh1dh7ph8_iw12ow12kw3sw1dw7pw8", "",
             "conv2d src=2x16x10x12 filter=16x16x3x3 pad=8,8 dilation=8,8"},
        Case{"convolution", "mb1_g32ic64oc64_ih20oh10kh3sh2dh0ph1_iw20ow10kw3sw2dw0pw1", "",
             "conv2d src=1x64x20x20 filter=64x2x3x3 stride=2,2 pad=1,1 groups=32"},
        Case{"convolution", "g8ic8oc8ih7kh3ph1", "",
             "conv2d src=1x8x7x7 filter=8x1x3x3 pad=1,1 groups=8"},
        // The padding that oh needs, as benchdnn computes it.
        Case{"convolution", "ic3ih227oc96oh55kh11sh4n\"alexnet:conv1\"", "",
             "conv2d src=1x3x227x227 filter=96x3x11x11 stride=4,4"},
        Case{"convolution", "ic3ih8oc4oh8kh5", "", "conv2d src=1x3x8x8 filter=4x3x5x5 pad=2,2"},
        // More behind than before: as TensorFlow pads.
        Case{"convolution", "ic3oc4_ih8oh4kh3sh2ph0_iw8ow4kw3sw2pw0", "",
             "conv2d src=1x3x8x8 filter=4x3x3x3 stride=2,2 pad=0,1,0,1"},
        // Samples at the end that no window reaches.
        Case{"convolution", "ic3oc4_ih8oh3kh3sh2ph0", "",
             "conv2d src=1x3x8x8 filter=4x3x3x3 stride=2,2"},
        Case{"convolution", "ic3oc4_iw9ow9kw3pw1", "", "conv2d src=1x3x1x9 filter=4x3x1x3 pad=0,1"},
        Case{"convolution", "ic3oc4ih5iw7kh1kw3pw1", "",
             "conv2d src=1x3x5x7 filter=4x3x1x3 pad=0,1"}));

INSTANTIATE_TEST_SUITE_P(
    Others, Translation,
    testing::Values(
        Case{"pooling_v2", "mb1ic16_ih320oh160kh2sh2dh0ph0_iw320ow160kw2sw2dw0pw0", "pooling_max",
             "pool2d src=1x16x320x320 kind=max kernel=2,2 stride=2,2"},
        Case{"pool2d", "ic4ih5kh3ph1", "pooling_avg_include_padding",
             "pool2d src=1x4x5x5 kind=avg kernel=3,3 stride=1,1 pad=1,1 include_padding"},
        Case{"pooling", "ic4ih5oh3kh2sh2", "pooling_avg_exclude_padding",
             "pool2d src=1x4x5x5 kind=avg kernel=2,2 stride=2,2 pad=0,1,0,1"},
        Case{"resampling", "mb1ic16_ih20oh40_iw20ow30", "resampling_linear",
             "bilinear_interp_v2 src=1x16x20x20 out=40x30"},
        Case{"resampling", "ic16ih20oh40", "resampling_nearest",
             "nearest_interp_v2 src=1x16x20x20 out=40x40"},
        Case{"eltwise", "1x1x320x320", "eltwise_logistic", "sigmoid src=1x1x320x320"},
        Case{"eltwise", "1x8x4x4", "eltwise_tanh", "tanh src=1x8x4x4"},
        Case{"eltwise", "1x8x4x4", "eltwise_hardswish", "hard_swish src=1x8x4x4"},
        Case{"eltwise", "2x1000", "eltwise_relu", "relu src=2x1000x1x1"},
        Case{"eltwise", "2x3x4x5x6", "eltwise_relu", "relu src=2x3x4x30"},
        Case{"binary", "1x64x8x8:1x64x1x1", "binary_mul", "elementwise_mul src=1x64x8x8,1x64x1x1"},
        Case{"concat", "1x16x10x10:1x8x10x10 1x24x10x10", "", "concat src=1x16x10x10,1x8x10x10"},
        Case{"batch_normalization", "mb1ic64ih8", "", "batch_norm src=1x64x8x8"}));

TEST(OneDnnProblem, IsTheWorkThatItNames) {
  const Graph graph = graph_of(line_of("conv2d", "ic12ih32oc6oh32kh3ph1"));
  EXPECT_EQ(work_of(graph, graph.nodes.front()).macs, 12.0 * 6 * 9 * 32 * 32);
}

struct Bad {
  std::string primitive, problem, algorithm, part;
};

class Refused : public testing::TestWithParam<Bad> {};

TEST_P(Refused, SaysWhy) {
  const Bad& b = GetParam();
  try {
    const TranslatedProblem result = translate(problem(b.primitive, b.problem, b.algorithm));
    check_line(result.line);
    FAIL() << result.line;
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUsage);
    EXPECT_THAT(e.what(), HasSubstr(b.part));
    EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Problems, Refused,
    testing::Values(Bad{"convolution", "", "", "'iw' is missing"},
                    Bad{"convolution", "ih8oc4kh3", "", "'ic'"},
                    Bad{"convolution", "ic3oc4ih8", "", "'kh' is missing"},
                    Bad{"convolution", "ic3oc4ih8kh3kh3", "", "'kh' twice"},
                    Bad{"convolution", "ic3oc4ih8kh3zz1", "", "'zz' is unknown"},
                    Bad{"convolution", "ic3oc4ih8kh", "", "not a key and a number"},
                    Bad{"convolution", "ic3oc4ih-8kh3", "", "'ih-8kh3'"},
                    Bad{"convolution", "3oc4", "", "'3oc4' is not a key and a number"},
                    Bad{"convolution", "ic3oc4ih99999999999999999999kh3", "",
                        "not a key and a number"},
                    Bad{"convolution", "ic0oc4ih8kh3", "", "'ic' is 0"},
                    Bad{"convolution", "ic3oc4ih8kh3sh0", "", "'sh' is 0"},
                    Bad{"convolution", "ic3oc4ih2kh3", "", "empty"},
                    Bad{"convolution", "ic3oc4ih8oh5kh3ph1", "", "'oh' is 5, expected 7"},
                    Bad{"convolution", "g2ic3oc4ih8kh3", "", "2 groups"},
                    Bad{"convolution", "ic3oc4id8ih8kh3", "", "three-dimensional"},
                    Bad{"convolution", "ic16000000oc16000000ih1kh1", "", "elements"},
                    Bad{"pooling", "ic3ih8kh3dh1", "", "dilated"},
                    Bad{"pooling", "ic3ih8kh3", "pooling_median", "'pooling_median'"},
                    Bad{"resampling", "ic3ih8", "", "'oh' is missing"},
                    Bad{"eltwise", "1x2x", "eltwise_relu", "not a list of sizes"},
                    Bad{"eltwise", "1x0", "eltwise_relu", "not a list of sizes"},
                    Bad{"eltwise", "16777216x16777216x16777216x2x2", "eltwise_relu", "elements"},
                    Bad{"eltwise", "1x8", "eltwise_elu", "'eltwise_elu' has no operator"},
                    Bad{"binary", "1x8:1x8", "binary_ge", "'binary_ge' has no operator"},
                    Bad{"binary", "1x8", "binary_add", "two operands"},
                    Bad{"matmul", "8x8:8x8", "", "'matmul'"}));

// As oneDNN 2.6.3 and 3.x wrote them.
TEST(VerboseLine, OfVersion2) {
  const Request request = request_of(
      "onednn_verbose,exec,cpu,convolution,jit:avx2,forward_inference,src_f32::blocked:aBcd8b:f0 "
      "wei_f32::blocked:ABcd8b8a:f0 bia_f32::blocked:a:f0 dst_f32::blocked:aBcd8b:f0,"
      "attr-scratchpad:user attr-post-ops:eltwise_relu+sum+eltwise_relu ,alg:convolution_direct,"
      "mb1_ic64oc64_ih20oh20kh3sh1dh1ph2_iw20ow20kw3sw1dw1pw2,0.231");
  EXPECT_EQ(request.line,
            "conv2d src=1x64x20x20 filter=64x64x3x3 pad=2,2 dilation=2,2 relu residual "
            "relu_after_residual");
  EXPECT_TRUE(request.notes.empty());
}

TEST(VerboseLine, OfVersion3) {
  const Request request = request_of(
      "onednn_verbose,v1,primitive,exec,cpu,convolution,brgconv:avx512_core,forward_inference,"
      "src:f32::blocked:acdb::f0 wei:f32::blocked:Acdb16a::f0 bia:undef::undef::: "
      "dst:f32::blocked:acdb::f0,attr-scratchpad:user,alg:convolution_direct,"
      "mb1_ic16oc16_ih8oh8kh3sh1dh0ph1_iw8ow8kw3sw1dw0pw1,0.02");
  EXPECT_EQ(request.line, "conv2d src=1x16x8x8 filter=16x16x3x3 pad=1,1 nobias");
}

TEST(VerboseLine, WithTimestampAndOldName) {
  EXPECT_EQ(request_of("dnnl_verbose,1234.5,create:cache_hit,cpu,eltwise,jit:avx2,"
                       "forward_inference,data_f32::blocked:abcd:f0 diff_undef::undef::f0,,"
                       "alg:eltwise_linear alpha:2 beta:0.5,1x4x8x8,0.01")
                .line,
            "scale src=1x4x8x8 factor=2 offset=0.5");
}

TEST(VerboseLine, TellsWhatItLeavesOut) {
  const Request request = request_of(
      "onednn_verbose,exec,cpu,convolution,jit:avx2,forward_inference,src_s8::blocked:abcd:f0 "
      "wei_s8::blocked:abcd:f0 dst_s8::blocked:abcd:f0,attr-post-ops:eltwise_swish:1.5 ,"
      "alg:convolution_direct,ic4oc4ih8kh1,0.1");
  EXPECT_EQ(request.line, "conv2d src=1x4x8x8 filter=4x4x1x1 nobias");
  ASSERT_EQ(request.notes.size(), 2u);
  EXPECT_THAT(request.notes[0], HasSubstr("'eltwise_swish:1.5'"));
  EXPECT_THAT(request.notes[1], HasSubstr("s8"));
}

TEST(VerboseLine, Malformed) {
  for (const auto& [line, part] : std::vector<std::pair<std::string, std::string>>{
           {"onednn_verbose,exec,cpu,convolution,jit:avx2", "cut off"},
           {"onednn_verbose,exec", "cut off"},
           {"onednn_verbose,info,cpu,runtime:OpenMP", "no primitive"},
           {"onednn_verbose,exec,cpu,convolution,jit,backward_data,src_f32,,,ic3oc3ih3kh3,1",
            "forward"},
           {"onednn_verbose,exec,cpu,softmax,jit,forward_inference,src_f32,,,1x8,1", "softmax"}}) {
    try {
      request_of(line);
      ADD_FAILURE() << line;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), HasSubstr(part)) << line;
    }
  }
}

TEST(Requests, ReadALog) {
  std::istringstream log(
      "onednn_verbose,info,oneDNN v2.6.3 (commit N/A)\n"
      "relu src=1x2x3x4   # a comment\r\n"
      "\n"
      "onednn_verbose,exec,cpu,concat,simple:any,undef,src_f32::blocked:acdb:f0 "
      "src_f32::blocked:acdb:f0 dst_f32::blocked:acdb:f0,attr-scratchpad:user ,axis:1,"
      "1x16x20x20:1x16x20x20,0.07\n");
  const std::vector<Request> requests = read_requests(log, "log");
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].line, "relu src=1x2x3x4");
  EXPECT_EQ(requests[1].line, "concat src=1x16x20x20,1x16x20x20");
  std::istringstream mixed(
      "relu src=1x2x3x4\n"
      "onednn_verbose,exec,cpu,softmax,jit,forward_inference,src_f32,,,1x8,1\n"
      "relu src=1x2x3x4\n");
  std::vector<std::string> refused;
  const std::vector<Request> once = read_requests(mixed, "log", &refused);
  ASSERT_EQ(once.size(), 1u);
  EXPECT_EQ(once[0].times, 2);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_THAT(refused[0], testing::AllOf(HasSubstr("'log' line 2"), HasSubstr("softmax")));
  std::istringstream bad("\nrelu src=1x2\n");
  try {
    read_requests(bad, "list.txt");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("'list.txt' line 2"));
  }
}

// A file without an end, of these lines again and again.
class Endless : public std::streambuf {
 public:
  explicit Endless(std::string text) : text_(std::move(text)) {}

 protected:
  int_type underflow() override {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    return traits_type::to_int_type(text_.front());
  }

 private:
  std::string text_;
};

TEST(Requests, EndSomewhere) {
  using namespace std::string_literals;
  for (const std::string& text : {"\0"s, "x"s, "\n"s, "# a comment\n"s, "relu src=1x2x3x4\n"s,
                                  "onednn_verbose,info,cpu\n"s}) {
    Endless endless(text);
    std::istream in(&endless);
    try {
      read_requests(in, "list.txt");
      FAIL() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kInputLimit) << text;
      EXPECT_THAT(e.what(), HasSubstr("'list.txt' has more than")) << text;
      EXPECT_LT(std::string(e.what()).size(), 200U) << text;
    }
  }
}

TEST(Requests, AreNotTooMany) {
  std::stringstream many;
  for (int i = 1; i <= 10'001; ++i) many << "relu src=1x1x1x" << i << "\n";
  try {
    read_requests(many, "list.txt");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInputLimit);
    EXPECT_THAT(e.what(), HasSubstr("10000 operators"));
  }
}

// The lines of a log that are of no operator are told one by one, up to some number.
TEST(Requests, TellOfManyRefusals) {
  std::stringstream log;
  for (int i = 0; i < 1'500; ++i)
    log << "onednn_verbose,exec,cpu,softmax,jit,forward_inference,src_f32,,,1x8,1\n";
  std::vector<std::string> refused;
  EXPECT_TRUE(read_requests(log, "log", &refused).empty());
  ASSERT_EQ(refused.size(), 1'001U);
  EXPECT_THAT(refused.back(), HasSubstr("500 more lines"));
}

}  // namespace
}  // namespace u2net::bench
