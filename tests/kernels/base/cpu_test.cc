// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/cpu.h"

#include <gtest/gtest.h>

#include "kernels/conv2d/fused_conv2d.h"
#include "kernels/image_ops/image_ops.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

using kernels::CpuFeature;
using kernels::CpuFeatures;
using kernels::InstructionSet;

TEST(Cpu, NamesEveryInstructionSet) {
  for (const InstructionSet& set :
       {kernels::kPortable, kernels::kNeon, kernels::kAvx2, kernels::kAvx512}) {
    const auto named = kernels::instruction_set_named(set.name);
    ASSERT_TRUE(named) << set.name;
    EXPECT_EQ(named->features, set.features);
  }
  EXPECT_EQ(kernels::instruction_set_names(), "portable, neon, avx2 or avx512");
  for (const char* name : {"", "avx", "AVX2", "avx2 ", "portable8"}) {
    EXPECT_FALSE(kernels::instruction_set_named(name)) << name;
  }
}

TEST(Cpu, FeaturesAreASet) {
  const CpuFeatures none, avx2{CpuFeature::kAvx2}, both{CpuFeature::kAvx2, CpuFeature::kFma};
  EXPECT_TRUE(none.contains(none) && avx2.contains(none) && both.contains(avx2));
  EXPECT_FALSE(none.contains(avx2) || avx2.contains(both));
  EXPECT_EQ(avx2 | CpuFeatures{CpuFeature::kFma}, both);
  EXPECT_EQ(both & avx2, avx2);
  EXPECT_EQ(avx2 & CpuFeatures{CpuFeature::kFma}, none);
  EXPECT_NE(avx2, both);
}

TEST(Cpu, TakesTheBestSetThatNeedsNothingElse) {
  EXPECT_EQ(kernels::isa_name({}), "portable");
  EXPECT_EQ(kernels::isa_name({CpuFeature::kAvx2}), "portable");  // without FMA
  EXPECT_EQ(kernels::isa_name(CpuFeatures{CpuFeature::kAvx512F}), "portable");
  for (const InstructionSet* set : kernels::instruction_sets()) {
    EXPECT_EQ(kernels::isa_name(set->features), set->name);
    EXPECT_EQ(kernels::image_ops(set->features).set.name, set->name);
    for (const kernels::ConvVariant& variant : kernels::conv_variants(set->features))
      EXPECT_EQ(variant.required_features(), set->features) << variant.name();
  }
  if (kernels::instruction_sets().size() > 2) {
    EXPECT_EQ(kernels::isa_name(kernels::kAvx2.features | CpuFeatures{CpuFeature::kAvx512F}),
              "avx2");
  }
}

TEST(Cpu, HasKernelsForWhatItDetects) {
  const InstructionSet& set = kernels::best_instruction_set(kernels::detected_features());
  EXPECT_EQ(kernels::image_ops(kernels::detected_features()).set.features, set.features);
  EXPECT_EQ(kernels::conv_variants(kernels::detected_features()).size(),
            kernels::conv_forms().size());
  std::size_t variants = 0;
  for (const kernels::ConvVariant& variant : kernels::conv_variants())
    variants += variant.required_features() == set.features ? 1U : 0U;
  EXPECT_EQ(variants, kernels::conv_forms().size());
}

// AMX comes with all that the kernels on its tiles need besides, and is nobody's who may not use
// it.
TEST(Cpu, AsksForTilesWhereThereAreSome) {
  const CpuFeatures cpu = kernels::detected_features();
  const bool has_tiles = cpu.contains({CpuFeature::kAmxTile});
  EXPECT_EQ(cpu.contains({CpuFeature::kAmxBf16}), has_tiles);
  EXPECT_TRUE(!has_tiles || cpu.contains(kernels::kAmx.features));
  if (!has_tiles) {
    EXPECT_FALSE(kernels::tiles_are_permitted());
    GTEST_SKIP() << "this machine has no AMX";
  }
}

TEST(Cpu, HasCachesThatGrow) {
  const kernels::CacheSizes caches = kernels::cache_sizes();
  EXPECT_GE(caches.l1_data, std::size_t{8} << 10);
  EXPECT_GE(caches.l2, caches.l1_data);
  EXPECT_GE(caches.l3, caches.l2);
}

// sysfs with the caches of one core after the other.
class ListedCaches {
 public:
  void write(int core, int index, const char* level, const char* type, const char* size,
             const char* shared) {
    const std::filesystem::path folder = root_ / "sys/devices/system/cpu" /
                                         ("cpu" + std::to_string(core)) / "cache" /
                                         ("index" + std::to_string(index));
    std::filesystem::create_directories(folder);
    write_file(folder / "level", std::string(level) + "\n");
    write_file(folder / "type", std::string(type) + "\n");
    write_file(folder / "size", std::string(size) + "\n");
    write_file(folder / "shared_cpu_list", std::string(shared) + "\n");
  }
  void expect(std::size_t l1_data, std::size_t l2, std::size_t l3) const {
    const auto sizes = kernels::listed_cache_sizes(root_.path().string());
    ASSERT_TRUE(sizes);
    EXPECT_EQ(sizes->l1_data, l1_data);
    EXPECT_EQ(sizes->l2, l2);
    EXPECT_EQ(sizes->l3, l3);
  }
  std::string root() const { return root_.path().string(); }

 private:
  TempDir root_;
};

TEST(Cpu, TakesTheLeastOfUnequalCores) {
  ListedCaches small_and_big;
  EXPECT_FALSE(kernels::listed_cache_sizes(small_and_big.root()));
  small_and_big.write(0, 0, "1", "Instruction", "16K", "0");
  small_and_big.write(0, 1, "1", "Data", "32K", "0");
  small_and_big.write(0, 2, "2", "Unified", "128K", "0");
  small_and_big.write(0, 3, "3", "Unified", "4M", "0,2-3");
  small_and_big.write(3, 0, "1", "Data", "64K", "3");  // cores 1 and 2 are offline
  small_and_big.write(3, 1, "2", "Unified", "512K", "3");
  small_and_big.write(3, 2, "3", "Unified", "4M", "0,2-3");
  small_and_big.expect(32 << 10, 128 << 10, 4 << 20);
}

TEST(Cpu, DividesASharedSecondLevel) {
  ListedCaches four;
  for (int core = 0; core < 4; ++core) {
    four.write(core, 0, "1", "Data", "32K", "0");
    four.write(core, 1, "1", "Instruction", "48K", "0");
    four.write(core, 2, "2", "Unified", "1024K", "0-3");
  }
  four.expect(32 << 10, 256 << 10, 1 << 20);
}

TEST(Cpu, TakesNoSizeOfNoise) {
  for (const char* size : {"", "K", "-1K", "12", "12G", "99999999999999999999K", "4194304K"}) {
    ListedCaches noise;
    noise.write(0, 0, "1", "Data", "32K", "0");
    noise.write(0, 1, "2", "Unified", size, "0");
    EXPECT_FALSE(kernels::listed_cache_sizes(noise.root())) << size;
  }
  ListedCaches lists;  // of processors
  lists.write(0, 0, "1", "Data", "32K", "");
  lists.write(0, 1, "2", "Unified", "512K", "3-1,,x");
  lists.expect(32 << 10, 512 << 10, 512 << 10);
}

}  // namespace
}  // namespace u2net::engine::test
