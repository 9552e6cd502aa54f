// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/cpu.h"

#include <gtest/gtest.h>

#include "kernels/conv2d/fused_conv2d.h"
#include "kernels/image_ops.h"

namespace u2net::test {
namespace {

using kernels::Isa;

TEST(Cpu, NamesEveryInstructionSet) {
  for (Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    EXPECT_EQ(kernels::isa_from_name(kernels::isa_name(isa)), isa);
  }
  for (const char* name : {"", "avx", "AVX2", "avx2 ", "portable8"}) {
    EXPECT_FALSE(kernels::isa_from_name(name)) << name;
  }
}

TEST(Cpu, HasKernelsForWhatItDetects) {
  const Isa isa = kernels::detected_isa();
  EXPECT_EQ(kernels::image_ops(isa).isa, isa);
  int variants = 0;
  for (const kernels::ConvVariant& variant : kernels::conv_variants())
    variants += variant.isa() == isa;
  EXPECT_EQ(static_cast<std::size_t>(variants), kernels::conv_forms().size());
}

TEST(Cpu, HasCachesThatGrow) {
  const kernels::CacheSizes caches = kernels::cache_sizes();
  EXPECT_GE(caches.l1_data, std::size_t{8} << 10);
  EXPECT_GE(caches.l2, caches.l1_data);
  EXPECT_GE(caches.l3, caches.l2);
}

}  // namespace
}  // namespace u2net::test
