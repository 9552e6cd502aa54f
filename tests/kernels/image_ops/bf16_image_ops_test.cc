// SPDX-License-Identifier: Apache-2.0
// Operators on images in bf16 against the reference in float32 on the same stored numbers.
#include "kernels/image_ops/bf16_image_ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/base/bf16.h"
#include "kernels/base/centred_image.h"
#include "kernels/conv2d/tiles/tile_conv.h"
#include "tests/kernels/centred_layout.h"
#include "tests/kernels/guarded_layout.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

using kernels::Bf16ImageOps;
using kernels::ElementType;
using kernels::ImageLayout;
using kernels::InterpKind;
using kernels::InterpParams;

class Bf16Ops : public testing::TestWithParam<const Bf16ImageOps*> {
 protected:
  void SetUp() override {
    if (!kernels::detected_features().contains(GetParam()->set.features))
      GTEST_SKIP() << "this machine has no AMX";
  }
};

ImageLayout bf16_layout(Random& random, std::int64_t n, std::int64_t c, std::int64_t h,
                        std::int64_t w, ElementType element) {
  return ImageLayout::with_halo(n, c, h, w, kernels::tile_block(c), larger({}, random), element);
}

InterpParams random_resize(Random& random, std::int64_t planes, bool moves) {
  InterpParams p{.kind = moves ? InterpKind::kNearest : InterpKind::kBilinear,
                 .planes = planes,
                 .ih = random.integer(1, 9),
                 .iw = random.integer(1, 9),
                 .oh = random.integer(1, 21),
                 .ow = random.integer(1, 21),
                 .ratio_h = 0,
                 .ratio_w = 0,
                 .align_corners = false,
                 .half_pixel = true,
                 .double_coordinates = false};
  if (random.integer(0, 1)) p.oh = 2 * p.ih, p.ow = 2 * p.iw;  // what networks have most of
  p.ratio_h = static_cast<float>(p.ih) / static_cast<float>(p.oh);
  p.ratio_w = static_cast<float>(p.iw) / static_cast<float>(p.ow);
  return p;
}

// A result is a sum of four products, each rounded at most five times on the way, of numbers that
// are no larger than the largest sample; then it is stored.
void expect_resized(float wanted, double largest, float got, ElementType element) {
  const double off = 2 * 5 * 4 * unit_of(ElementType::kF32) * largest;
  const auto stored = [&](double x) { return stored_as(element, static_cast<float>(x)); };
  ASSERT_GE(got, stored(double{wanted} - off));
  ASSERT_LE(got, stored(double{wanted} + off));
}

TEST_P(Bf16Ops, ResizeAsTheReferenceDoes) {
  for (std::uint64_t i = 0; i < 80; ++i) {
    Random random("bf16 resize", i);
    const std::int64_t n = random.integer(1, 2), c = random.integer(1, 70);
    const InterpParams p = random_resize(random, n * c, i % 4 < 2);
    const ElementType element = i % 2 ? ElementType::kBf16x2 : ElementType::kBf16;
    const ImageLayout from = bf16_layout(random, n, c, p.ih, p.iw, element),
                      to = bf16_layout(random, n, c, p.oh, p.ow, element);
    std::vector<float> values(static_cast<std::size_t>(n * c * p.ih * p.iw)),
        expected(static_cast<std::size_t>(n * c * p.oh * p.ow)), got(expected.size()),
        centre(static_cast<std::size_t>(c));
    fill_uniform(random, values);
    values = stored_as(element, std::move(values));
    fill_integers(random, centre);
    std::vector<PageGuarded> results;
    for (int threads : {1, 3}) {
      kernels::ThreadPool pool(threads);
      PageGuarded src = buffer_for(from);
      results.push_back(buffer_for(to));
      kernels::convert_centred(plain_of(from), values.data(), from, src.data(), nullptr, pool);
      const kernels::InterpTaps taps{kernels::interp_rows(p), kernels::interp_columns(p),
                                     kernels::interp_only_moves(p)};
      GetParam()->interp(taps, {&from, src.data()}, {&to, results.back().data()}, centre.data(),
                         pool);
      EXPECT_TRUE(results.back().canaries_are_intact());
    }
    ASSERT_EQ(std::memcmp(results[0].data(), results[1].data(), to.bytes()), 0) << random.repro();
    kernels::ThreadPool pool(1);
    kernels::convert_centred(to, results[0].data(), plain_of(to), got.data(), nullptr, pool);
    kernels::interp_reference(p, values.data(), expected.data(), pool);
    const double largest =
        std::fabs(*std::max_element(values.begin(), values.end(),
                                    [](float a, float b) { return std::fabs(a) < std::fabs(b); }));
    for (std::size_t k = 0; k < got.size(); ++k) {
      SCOPED_TRACE(random.repro());
      expect_resized(expected[k], kernels::interp_only_moves(p) ? 0 : largest, got[k], element);
    }
    ASSERT_TRUE(rest_is_right(to, results[0], centre)) << random.repro();
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, Bf16Ops, testing::ValuesIn(kernels::all_bf16_image_ops()),
                         [](const auto& info) { return std::string(info.param->set.name); });

}  // namespace
}  // namespace u2net::engine::test
