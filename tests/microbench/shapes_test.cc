// SPDX-License-Identifier: Apache-2.0
// Lines to graphs and back.
#include "tools/microbench/shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/graph/op.h"
#include "tests/support/source_folder.h"
#include "tools/microbench/requests.h"

namespace u2net::bench {
using namespace engine;
namespace {

std::string round_trip(const std::string& line) {
  const Graph graph = graph_of(line);
  EXPECT_EQ(graph.nodes.size(), 1u);
  return shape_line(graph, graph.nodes.front());
}

TEST(Shapes, EveryOperatorComesBack) {
  for (const std::string line :
       {"conv2d src=1x4x8x9 filter=6x4x3x3 pad=1,1 relu",
        "conv2d src=2x4x8x9 filter=6x2x3x1 stride=2,1 pad=1,0 dilation=2,1 groups=2 nobias",
        "conv2d src=1x4x8x9 filter=6x4x2x2 pad=0,1,0,1",
        "conv2d src=1x4x4x4^,1x3x8x8 filter=6x7x3x3 pad=1,1 relu residual pooled=4x4",
        "conv2d src=1x4x5x5 filter=4x4x1x1 residual relu_after_residual",
        "pool2d src=1x4x8x9 kind=max kernel=2,2 stride=2,2 ceil",
        "pool2d src=1x4x8x8 kind=max kernel=2,2 stride=2,2",
        "pool2d src=1x4x8x9 kind=avg kernel=3,3 stride=1,1 pad=1,1 include_padding",
        "pool2d src=1x4x8x8 kind=max kernel=3,3 stride=3,3 pad=0,1,0,0",
        "bilinear_interp_v2 src=1x4x8x9 out=16x20",
        "nearest_interp_v2 src=1x4x8x9 out=16x18",
        "concat src=1x4x8x9,1x5x8x9,1x1x8x9",
        "concat src=1x4x8x9,1x4x3x9 axis=2",
        "elementwise_add src=1x4x8x9,1x4x8x9",
        "elementwise_mul src=1x4x8x9,1x4x1x1",
        "relu src=1x4x8x9",
        "sigmoid src=3x4x8x9",
        "batch_norm src=1x4x8x9",
        "scale src=1x4x8x9 factor=0.5 offset=-1.25",
        "arg_max src=1x19x4x5",
        "conv2d_transpose src=1x4x8x9 filter=4x6x2x2 stride=2,2",
        "conv2d_transpose src=1x4x8x9 filter=4x6x4x4 stride=2,2 pad=1,1",
        "layer_norm src=1x197x384",
        "layer_norm src=2x3x4x5 begin=2",
        "softmax src=6x9x9",
        "log_softmax src=1x19x4x5 axis=1",
        "matmul_v2 src=1x9x16 weight=16x8",
        "matmul_v2 src=2x3x9x16,2x3x9x16 trans_y"}) {
    EXPECT_EQ(round_trip(line), line);
  }
}

TEST(Shapes, ListsComeBack) {
  for (const std::string name : {"u2netp", "u2net"}) {
    for (const Request& request :
         read_requests(test::source_path("bench/shapes/" + name + ".txt"))) {
      EXPECT_EQ(round_trip(request.line), request.line);
    }
  }
}

TEST(Shapes, ASumMayRepeatEitherOperand) {
  const Graph graph = graph_of("elementwise_add src=1x4x1x1,2x4x3x5");
  EXPECT_EQ(graph.type_of(graph.outputs.front().value).shape, (Shape{2, 4, 3, 5}));
}

TEST(Shapes, Malformed) {
  for (const auto& [line, part] : std::vector<std::pair<std::string, std::string>>{
           {"conv3d src=1x1x1x1", "'conv3d'"},
           {"conv2d src=1x3x8x8", "'filter='"},
           {"conv2d src=1x3x8x8 filter=4x5x3x3", "channels"},
           {"conv2d src=1x3x8 filter=4x3x3x3", "n x c x h x w"},
           {"conv2d src=1x3x8x8 filter=4x3x9x9", "empty"},
           {"conv2d src=1x3x8x8 filter=4x3x3x3 pad=1", "paddings"},
           {"conv2d src=1x3x8x8 filter=4x3x3x3 stride=0,1", "strides"},
           {"conv2d src=1x3x8x8 filter=4x3x3x3 groups=0", "groups"},
           {"conv2d src=1x3x8x8 filter=4x3x3x3 blue", "no 'blue'"},
           {"conv2d src=1x3x8x8 filter=4x3x3x3 pad=1,1 pooled=3x4", "'pooled='"},
           {"conv2d src=1x3x4x4^,1x3x9x9 filter=4x6x3x3", "source"},
           {"conv2d src=1x0x8x8 filter=4x0x3x3", "without elements"},
           {"conv2d src=1x3x99999x99999 filter=4x3x3x3", "elements"},
           {"relu src=2000x1000x1000x1", "MiB"},
           {"relu src=99999999999999999999x1x1x1", "not a list of numbers"},
           {"relu src=1x3x8x8,1x3x8x8", "too many operands"},
           {"relu src=1x3x8x8^", "'^'"},
           {"elementwise_add src=1x3x8x8", "missing"},
           {"elementwise_add src=1x3x8x8,1x2x8x8", "elementwise_add"},
           {"concat src=1x3x8x8,1x3x7x8", "concat"},
           {"concat src=1x3x8x8 axis=7", "axis"},
           {"scale src=1x3x8x8 factor=two", "'two'"},
           {"pool2d src=1x3x8x8 kind=median kernel=2,2 stride=2,2", "'median'"},
           {"pool2d src=1x3x8x8 kind=max kernel=9,9 stride=1,1", "empty"},
           {"bilinear_interp_v2 src=1x3x8x8 out=0x4", "0 x 4"},
           {"", "''"}}) {
    try {
      check_line(line);
      ADD_FAILURE() << line;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kUsage) << line;
      EXPECT_THAT(e.what(), testing::HasSubstr(part)) << line;
    }
  }
}

}  // namespace
}  // namespace u2net::bench
