// SPDX-License-Identifier: Apache-2.0
// Every vector function of every instruction set that this machine has, against scalar code: to the
// bit, with special values, at every address and for every tail.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/base/instruction_sets.h"
#include "tests/kernels/simd/simd_code.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"

namespace u2net::kernels::test {
namespace {

using namespace engine::test;  // random data, guarded pages

constexpr int kMostFloats = 16;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kSpecial[] = {0.0F,      -0.0F,      1.0F,
                              -1.0F,     0x1p-149F,  -0x1p-149F,
                              0x1p-126F, -0x1p-126F, std::numeric_limits<float>::max(),
                              kInfinity, -kInfinity, std::numeric_limits<float>::lowest(),
                              NAN,       3.0F,       0x1.000002p0F,
                              0x1p24F,   -0.1F};

struct Vectors {
  std::string name;
  kernels::CpuFeatures features;
  VectorCode code;
};

std::vector<Vectors> all_vectors() {
  std::vector<Vectors> all;
  const auto add = [&](const kernels::CodeOfSet<SimdCode>& of) {
    const std::string name(of.set->name);
    all.push_back({name, of.set->features, of.code().whole});
    all.push_back({name + "_single", of.set->features, of.code().single});
  };
  for (const auto& code : kernels::codes_for<SimdCode>(kernels::InstructionSets{})) add(code);
  for (const auto& code : kernels::codes_for<SimdCode>(kernels::TestSets{})) add(code);
#ifdef U2NET_X86
  add({&kernels::kAvx512Bf16, kernels::code_for<kernels::kAvx512Bf16, SimdCode>});
#endif
  return all;
}

// Equal to the bit, or NaN both where the payload is nobody's business.
bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

class Simd : public testing::TestWithParam<Vectors> {
 protected:
  void SetUp() override {
    if (!kernels::detected_features().contains(GetParam().features)) {
      GTEST_SKIP() << "this machine has no " << GetParam().name;
    }
  }
  const VectorCode& code() const { return GetParam().code; }
  int width() const { return code().width; }

  void expect_vector(const std::vector<float>& expected, const float* got, const char* what) {
    for (int i = 0; i < width(); ++i) {
      ASSERT_TRUE(same(expected[static_cast<std::size_t>(i)], got[i]))
          << what << " lane " << i << ": expected " << expected[static_cast<std::size_t>(i)]
          << ", got " << got[i];
    }
  }
};

TEST_P(Simd, MovesWholeVectors) {
  std::vector<float> values;
  for (int i = 0; i < width(); ++i) values.push_back(kSpecial[i]);
  alignas(64) float memory[3 * kMostFloats];
  const auto check = [&](int offset, void (*store)(float*, const float*),
                         void (*load)(const float*, float*)) {
    for (float& m : memory) m = 77;
    store(memory + offset, values.data());
    expect_vector(values, memory + offset, "store");
    for (int i = 0; i < 3 * kMostFloats; ++i) {
      const bool outside = i < offset || i >= offset + width();
      EXPECT_TRUE(!outside || memory[i] == 77) << i;
    }
    float out[kMostFloats];
    load(memory + offset, out);
    expect_vector(values, out, "load");
  };
  for (int offset = 0; offset < 2 * kMostFloats; ++offset) {
    check(offset, code().store_loose, code().load_loose);
    if (offset % width() != 0) continue;
    check(offset, code().store, code().load);
    check(offset, code().stream, code().load);
  }
}

TEST_P(Simd, MovesPartsAndNothingElse) {
  for (int count = 1; count < width(); ++count) {
    PageGuarded from(static_cast<std::size_t>(count)), to(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) from.data()[i] = kSpecial[i];
    float out[kMostFloats];
    code().load_part(from.data(), count, out);
    for (int i = 0; i < width(); ++i)
      EXPECT_TRUE(same(out[i], i < count ? kSpecial[i] : 0.0F)) << i << " of " << count;
    code().store_part(to.data(), kSpecial, count);
    for (int i = 0; i < count; ++i)
      EXPECT_TRUE(same(to.data()[i], kSpecial[i])) << i << " of " << count;
    EXPECT_TRUE(to.canaries_are_intact()) << count;
  }
}

TEST_P(Simd, RepeatsAValue) {
  for (float x : kSpecial) {
    float out[kMostFloats];
    code().splat(x, out);
    for (int i = 0; i < width(); ++i) EXPECT_TRUE(same(out[i], x)) << x;
  }
}

TEST_P(Simd, TakesTheGreater) {
  for (float a : kSpecial) {
    for (float b : kSpecial) {
      float x[kMostFloats] = {}, y[kMostFloats] = {}, out[kMostFloats];
      for (int lane = 0; lane < width(); ++lane) {
        x[lane] = a;
        y[lane] = b;
        code().max(x, y, out);
        ASSERT_TRUE(same(out[lane], a > b ? a : b)) << a << " " << b << " gave " << out[lane];
      }
    }
    float v[kMostFloats], out[kMostFloats];
    std::fill_n(v, kMostFloats, a);
    code().relu(v, out);
    for (int lane = 0; lane < width(); ++lane)
      ASSERT_TRUE(same(out[lane], a > 0.0F ? a : 0.0F)) << a << " gave " << out[lane];
  }
}

TEST_P(Simd, MultipliesAndAdds) {
  const bool once = code().rounds_once;
  const auto check = [&](const float* a, const float* b, const float* c) {
    float sum[kMostFloats], difference[kMostFloats];
    code().madd(a, b, c, sum);
    code().nmadd(a, b, c, difference);
    for (int i = 0; i < width(); ++i) {
      volatile float product = a[i] * b[i];  // rounded
      const float expected = once ? std::fma(a[i], b[i], c[i]) : product + c[i];
      const float other = once ? std::fma(-a[i], b[i], c[i]) : c[i] - product;
      ASSERT_TRUE(same(sum[i], expected)) << a[i] << " * " << b[i] << " + " << c[i] << ": expected "
                                          << expected << ", got " << sum[i];
      ASSERT_TRUE(same(difference[i], other)) << c[i] << " - " << a[i] << " * " << b[i];
    }
  };
  float a[kMostFloats], b[kMostFloats], c[kMostFloats];
  for (float x : kSpecial) {
    for (float y : kSpecial) {
      for (float z : kSpecial) {
        std::fill_n(a, kMostFloats, x), std::fill_n(b, kMostFloats, y);
        std::fill_n(c, kMostFloats, z);
        check(a, b, c);
        if (HasFatalFailure()) return;
      }
    }
  }
  Random random("simd", 0);
  for (int i = 0; i < 1000 && !HasFatalFailure(); ++i) {
    for (std::span<float> v : {std::span<float>(a), std::span<float>(b), std::span<float>(c)})
      fill_uniform(random, v);
    check(a, b, c);
  }
}

TEST_P(Simd, PermutesLanes) {
  Random random("simd permuted", 0);
  for (int turn = 0; turn < 100; ++turn) {
    std::int32_t from[kMostFloats];
    float out[kMostFloats];
    std::vector<float> expected;
    for (int i = 0; i < width(); ++i) {
      from[i] = static_cast<std::int32_t>(random.integer(0, width() - 1));
      expected.push_back(kSpecial[from[i]]);
    }
    code().permuted(kSpecial, from, out);
    expect_vector(expected, out, "permuted");
  }
}

TEST_P(Simd, WidensEveryBf16) {
  for (std::uint32_t first = 0; first < 0x10000; first += kMostFloats) {
    Bf16 from[kMostFloats];
    for (std::uint32_t i = 0; i < kMostFloats; ++i)
      from[i].bits = static_cast<std::uint16_t>(first + i);
    for (int at = 0; at < kMostFloats; at += width()) {
      float out[kMostFloats];
      code().load_bf16(from + at, out);
      for (int i = 0; i < width(); ++i) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(out[i]), std::uint32_t{from[at + i].bits} << 16);
      }
    }
  }
}

// For every upper half the lower ones around which rounding changes, and some more.
TEST_P(Simd, RoundsToBf16) {
  Random random("simd bf16", 0);
  for (std::uint32_t upper = 0; upper < 0x10000; ++upper) {
    std::uint32_t lower[kMostFloats] = {0,      1,      2,      0x3fff, 0x7ffe, 0x7fff,
                                        0x8000, 0x8001, 0x8002, 0xbfff, 0xfffe, 0xffff};
    for (int i = 12; i < kMostFloats; ++i)
      lower[i] = static_cast<std::uint32_t>(random.integer(0, 0xffff));
    for (int at = 0; at < kMostFloats; at += width()) {
      float v[kMostFloats];
      Bf16 out[kMostFloats + 1];
      out[width()].bits = 0x1234;
      for (int i = 0; i < width(); ++i) v[i] = std::bit_cast<float>(upper << 16 | lower[at + i]);
      code().store_bf16(out, v);
      for (int i = 0; i < width(); ++i) {
        ASSERT_EQ(out[i].bits, to_bf16(v[i]).bits) << std::hex << upper << " " << lower[at + i];
      }
      ASSERT_EQ(out[width()].bits, 0x1234);
    }
  }
}

// Half onto half, whatever the registers are.
float tree_sum(std::vector<float> v) {
  while (v.size() > 1) {
    const std::size_t half = v.size() / 2;
    for (std::size_t i = 0; i < half; ++i) v[i] += v[i + half];
    v.resize(half);
  }
  return v.front();
}

TEST_P(Simd, AddsUpPairByPair) {
  Random random("simd sum", 0);
  for (int i = 0; i < 1000; ++i) {
    std::vector<float> v(static_cast<std::size_t>(width()));
    fill_uniform(random, v);
    if (i % 10 == 9) v[static_cast<std::size_t>(random.integer(0, width() - 1))] = kSpecial[i % 17];
    const float got = code().sum(v.data());
    ASSERT_TRUE(same(got, tree_sum(v))) << got;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Simd, testing::ValuesIn(all_vectors()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace u2net::kernels::test
