// SPDX-License-Identifier: Apache-2.0
// What is computed depends on neither the number of threads nor the company in a batch: the same
// bits for 1 to 8 and 16 threads, with every instruction set, and for a batch in parts.
#include <gtest/gtest.h>

#include <cstring>

#include "engine/plan/prepare.h"
#include "loader/load_model.h"
#include "models/u2net.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"
#include "tests/support/sanitizer.h"
#include "tests/support/source_folder.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr int kThreads[] = {1, 2, 3, 4, 5, 6, 7, 8, 16};

class Net {
 public:
  explicit Net(std::string_view name) : random_(name) {}

  ValueId input(std::int64_t channels) { return g_.input("x", {-1, channels, -1, -1}); }

  // With bias and ReLU; padded to keep the size at a stride of 1.
  ValueId conv(ValueId x, std::int64_t ic, std::int64_t oc, std::int64_t k,
               std::int64_t dilation = 1, std::int64_t stride = 1, std::int64_t groups = 1) {
    const double scale = 1.5 / static_cast<double>(k * k * ic / groups);
    const ValueId y = g_.conv(x, uniform(random_, {oc, ic / groups, k, k}, -scale, 2 * scale),
                              {{"paddings", Integers{k / 2 * dilation, k / 2 * dilation}},
                               {"dilations", Integers{dilation, dilation}},
                               {"strides", Integers{stride, stride}},
                               {"groups", groups}});
    return g_.relu(g_.add(y, g_.constant(uniform(random_, {1, oc, 1, 1}))));
  }

  ValueId pool(ValueId x) { return g_.max_pool(x); }
  // By a scale of two, for images of even sizes.
  ValueId upsample(ValueId x) {
    return g_.op("bilinear_interp_v2", {{"X", {x}}},
                 {{"scale", std::vector<double>{2, 2}},
                  {"align_corners", false},
                  {"align_mode", std::int64_t{0}}});
  }
  ValueId concat(std::vector<ValueId> parts) {
    return g_.op("concat", {{"X", std::move(parts)}}, {{"axis", std::int64_t{1}}});
  }
  ValueId add(ValueId x, ValueId y) { return g_.add(x, y); }
  ValueId sigmoid(ValueId x) { return g_.op("sigmoid", {{"X", {x}}}); }

  Graph outputs(const std::vector<ValueId>& values) {
    for (ValueId value : values) g_.output(value);
    return g_.graph();
  }

 private:
  Random random_;
  GraphBuilder g_;
};

struct Network {
  std::string name;
  Graph graph;
  std::vector<Shape> images;
};

// Images on which one kernel's advantage over another is small.
Network small_images() {
  Net n("small images");
  const ValueId x = n.input(16), a = n.conv(x, 16, 64, 3), b = n.conv(a, 64, 64, 3);
  const ValueId c = n.conv(b, 64, 16, 3), d = n.conv(c, 16, 16, 3);
  return {"small images",
          n.outputs({a, b, c, d, n.conv(n.concat({c, d}), 32, 16, 3), n.conv(d, 16, 3, 1)}),
          {{1, 16, 10, 10}, {1, 16, 5, 7}, {1, 16, 20, 13}, {3, 16, 8, 8}}};
}

Network dilations_and_strides() {
  Net n("dilations and strides");
  const ValueId x = n.input(3), a = n.conv(x, 3, 24, 3), b = n.conv(a, 24, 24, 3, 2);
  const ValueId c = n.conv(b, 24, 40, 3, 4), d = n.conv(c, 40, 17, 5, 1, 2);
  return {"dilations and strides",
          n.outputs({b, c, d, n.conv(d, 17, 1, 3), n.conv(d, 17, 33, 7, 1, 2)}),
          {{1, 3, 20, 20}, {1, 3, 33, 17}, {2, 3, 11, 14}}};
}

Network groups() {
  Net n("groups");
  const ValueId x = n.input(3), a = n.conv(x, 3, 32, 1), b = n.conv(a, 32, 32, 3, 1, 1, 32);
  const ValueId c = n.conv(b, 32, 64, 3, 1, 1, 2), d = n.conv(c, 64, 48, 3, 1, 2, 8);
  return {"groups",
          n.outputs({b, c, d, n.conv(a, 32, 96, 3, 1, 1, 32)}),
          {{1, 3, 18, 18}, {1, 3, 7, 31}, {2, 3, 12, 12}}};
}

// What is fused: pooling, resizing, joining, residuals.
Network fused() {
  Net n("fused");
  const ValueId x = n.input(3), a = n.conv(x, 3, 32, 3), b = n.conv(a, 32, 32, 3);
  const ValueId c = n.conv(n.pool(b), 32, 32, 3), d = n.conv(n.pool(c), 32, 16, 3);
  const ValueId e = n.conv(n.concat({n.upsample(d), c}), 48, 32, 3);
  const ValueId f = n.conv(n.concat({n.upsample(e), b}), 64, 32, 3);
  return {"fused",
          n.outputs({n.add(f, a), n.sigmoid(n.conv(n.add(f, b), 32, 1, 3)), d}),
          {{1, 3, 40, 40}, {1, 3, 24, 72}, {2, 3, 16, 20}}};
}

Network u2netp() {
  return {"U2Netp",
          load_u2net(source_path("models/u2netp/u2netp.pdparams"))->trace({-1, 3, -1, -1}),
          {{1, 3, 64, 64}, {1, 3, 45, 37}}};
}

struct Maker {
  const char* name;
  Network (*make)();
};

class SameBits : public testing::TestWithParam<Maker> {};

std::vector<Tensor> run(const std::shared_ptr<const Model>& model, const Tensor& image, int threads,
                        std::size_t batch_bytes = std::size_t{1} << 40,
                        Precision precision = Precision::kF32) {
  SessionOptions options{.threads = threads, .kernels = {.precision = precision}};
  options.max_batch_bytes = batch_bytes;
  Session session(model, options);
  const TensorView view = image.view();
  return copies_of(session.run({&view, 1}));
}

void expect_same(const std::vector<Tensor>& expected, const std::vector<Tensor>& got,
                 const std::string& repro) {
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_TRUE(same_bits(expected[i].view(), got[i].view(), repro + " " + std::to_string(i)));
}

TEST_P(SameBits, ForEveryNumberOfThreads) {
  const Network network = GetParam().make();
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const MaxIsa limit{std::string(kernels::isa_name(isa))};
    const auto model = std::make_shared<const Model>(
        network.graph, ModelOptions{.mode = "native", .disabled_passes = {}});
    for (const Shape& shape : network.images) {
      Random random(network.name);
      const Tensor image = uniform(random, shape);
      const std::vector<Tensor> expected = run(model, image, 1);
      for (int threads : kThreads) {
        if (kSanitized && threads > 3) break;
        expect_same(expected, run(model, image, threads),
                    network.name + " " + to_string(shape) + " " +
                        std::string(kernels::isa_name(isa)) + " threads " +
                        std::to_string(threads));
      }
    }
  }
}

// The kernels that are used are the same ones: equal bits are no accident.
TEST_P(SameBits, BecauseOfTheSameKernels) {
  const Network network = GetParam().make();
  const auto model = std::make_shared<const Model>(
      network.graph, ModelOptions{.mode = "native", .disabled_passes = {}});
  for (const Shape& shape : network.images) {
    const TensorView view{DType::kFloat32, shape, nullptr};
    std::vector<std::string> expected;
    for (int threads : kThreads) {
      Session session(model, {.threads = threads});
      std::vector<std::string> kernels;
      for (const PlannedStep& step : session.prepare({&view, 1}).steps)
        kernels.push_back(step.type + " " + step.step->implementation() + " " + step.operands);
      if (expected.empty()) expected = kernels;
      EXPECT_EQ(kernels, expected) << network.name << " " << to_string(shape) << " " << threads;
    }
  }
}

// A picture among others, in one part or in many, has the bits that it has alone.
TEST_P(SameBits, InABatchAndItsParts) {
  const Network network = GetParam().make();
  for (kernels::CpuFeatures isa : runnable_isas()) {
    const MaxIsa limit{std::string(kernels::isa_name(isa))};
    const auto model = std::make_shared<const Model>(
        network.graph, ModelOptions{.mode = "native", .disabled_passes = {}});
    Shape shape = network.images.back();
    shape[0] = 4;
    Random random(network.name);
    const Tensor batch = uniform(random, shape);
    const std::vector<Tensor> whole = run(model, batch, 2);
    for (int threads : {1, 2, 5}) {
      expect_same(whole, run(model, batch, threads, 0),
                  network.name + " in parts, threads " + std::to_string(threads));
    }
    shape[0] = 1;
    const Tensor alone(DType::kFloat32, shape);
    std::memcpy(alone.view().data, batch.data(), alone.bytes());
    const std::vector<Tensor> first = run(model, alone, 2);
    for (std::size_t i = 0; i < first.size(); ++i)
      EXPECT_EQ(std::memcmp(first[i].data(), whole[i].data(), first[i].bytes()), 0)
          << network.name << " " << i;
  }
}

// All of that on emulated tiles, which take their time: a picture, and two of it at once and in
// parts.
void expect_same_bits_on_tiles(const Network& network, Precision precision) {
  const EmulatedTiles tiles;
  const auto model = std::make_shared<const Model>(
      network.graph, ModelOptions{.mode = "native", .disabled_passes = {}});
  constexpr std::size_t kWhole = std::size_t{1} << 40;
  Shape shape = network.images.front();
  ASSERT_EQ(shape[0], 1);
  Random random(network.name);
  const Tensor image = uniform(random, shape);
  const std::vector<Tensor> expected = run(model, image, 1, kWhole, precision);
  for (int threads : {3, 8}) {
    expect_same(expected, run(model, image, threads, kWhole, precision),
                network.name + " on tiles, threads " + std::to_string(threads));
  }
  shape[0] = 2;
  Tensor batch(DType::kFloat32, shape);
  for (std::size_t i = 0; i < 2; ++i)
    std::memcpy(batch.data() + i * image.bytes(), image.data(), image.bytes());
  for (std::size_t bytes : {kWhole, std::size_t{0}}) {
    const std::vector<Tensor> got = run(model, batch, 2, bytes, precision);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::byte* second = got[i].data() + expected[i].bytes();
      EXPECT_EQ(std::memcmp(expected[i].data(), second, expected[i].bytes()), 0)
          << network.name << " output " << i << (bytes ? " in a batch" : " in parts");
    }
  }
}
TEST_P(SameBits, InBf16) { expect_same_bits_on_tiles(GetParam().make(), Precision::kBf16); }
TEST_P(SameBits, InBf16x3) { expect_same_bits_on_tiles(GetParam().make(), Precision::kBf16x3); }
TEST_P(SameBits, InMixedPrecision) {
  expect_same_bits_on_tiles(GetParam().make(), Precision::kMixed);
}

INSTANTIATE_TEST_SUITE_P(Networks, SameBits,
                         testing::Values(Maker{"SmallImages", small_images},
                                         Maker{"DilationsAndStrides", dilations_and_strides},
                                         Maker{"Groups", groups}, Maker{"Fused", fused},
                                         Maker{"U2Netp", u2netp}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace u2net::engine::test
