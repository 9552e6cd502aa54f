// SPDX-License-Identifier: Apache-2.0
// The list of convolutions, the best instruction set first. Which one of a set is used is a
// matter of cost.
#include <algorithm>

#include "kernels/conv2d/conv_code.h"

namespace u2net::kernels {
namespace {

constexpr ConvVariant winograd(std::string_view name, Isa isa, const WinogradCode& code) {
  return {name,
          isa,
          /*exact=*/false,
          winograd_unsupported_reason,
          winograd_cost,
          winograd_packed_floats,
          winograd_requirements,
          plan_winograd,
          &code};
}
constexpr ConvVariant direct(std::string_view name, Isa isa, const DirectCode& code) {
  return {name,
          isa,
          /*exact=*/true,
          direct_unsupported_reason,
          direct_cost,
          direct_packed_floats,
          direct_requirements,
          plan_direct,
          &code};
}

constinit const ConvVariant kVariants[] = {
#ifdef U2NET_X86
    winograd("winograd6:avx512", Isa::kAvx512, conv_code_avx512.winograd6),
    winograd("winograd4:avx512", Isa::kAvx512, conv_code_avx512.winograd4),
    direct("blocked:avx512", Isa::kAvx512, conv_code_avx512.blocked),
    direct("planar_source:avx512", Isa::kAvx512, conv_code_avx512.planar_source),
    direct("depthwise:avx512", Isa::kAvx512, conv_code_avx512.depthwise),
    direct("planar_result:avx512", Isa::kAvx512, conv_code_avx512.planar_result),
    direct("planar:avx512", Isa::kAvx512, conv_code_avx512.planar),
    winograd("winograd6:avx2", Isa::kAvx2, conv_code_avx2.winograd6),
    winograd("winograd4:avx2", Isa::kAvx2, conv_code_avx2.winograd4),
    direct("blocked:avx2", Isa::kAvx2, conv_code_avx2.blocked),
    direct("planar_source:avx2", Isa::kAvx2, conv_code_avx2.planar_source),
    direct("depthwise:avx2", Isa::kAvx2, conv_code_avx2.depthwise),
    direct("planar_result:avx2", Isa::kAvx2, conv_code_avx2.planar_result),
    direct("planar:avx2", Isa::kAvx2, conv_code_avx2.planar),
#endif
    winograd("winograd6:portable", Isa::kPortable, conv_code_portable.winograd6),
    winograd("winograd4:portable", Isa::kPortable, conv_code_portable.winograd4),
    direct("blocked:portable", Isa::kPortable, conv_code_portable.blocked),
    direct("planar_source:portable", Isa::kPortable, conv_code_portable.planar_source),
    direct("depthwise:portable", Isa::kPortable, conv_code_portable.depthwise),
    direct("planar_result:portable", Isa::kPortable, conv_code_portable.planar_result),
    direct("planar:portable", Isa::kPortable, conv_code_portable.planar),
};

constinit const ConvVariant kTestVariants[] = {
    winograd("winograd6:portable8", Isa::kPortable, conv_code_portable8.winograd6),
    winograd("winograd4:portable8", Isa::kPortable, conv_code_portable8.winograd4),
    direct("blocked:portable8", Isa::kPortable, conv_code_portable8.blocked),
    direct("planar_source:portable8", Isa::kPortable, conv_code_portable8.planar_source),
    direct("depthwise:portable8", Isa::kPortable, conv_code_portable8.depthwise),
    direct("planar_result:portable8", Isa::kPortable, conv_code_portable8.planar_result),
    direct("planar:portable8", Isa::kPortable, conv_code_portable8.planar),
    winograd("winograd6:portable16", Isa::kPortable, conv_code_portable16.winograd6),
    winograd("winograd4:portable16", Isa::kPortable, conv_code_portable16.winograd4),
    direct("blocked:portable16", Isa::kPortable, conv_code_portable16.blocked),
    direct("planar_source:portable16", Isa::kPortable, conv_code_portable16.planar_source),
    direct("depthwise:portable16", Isa::kPortable, conv_code_portable16.depthwise),
    direct("planar_result:portable16", Isa::kPortable, conv_code_portable16.planar_result),
    direct("planar:portable16", Isa::kPortable, conv_code_portable16.planar),
};

}  // namespace

double filter_traffic_cost(double floats) {
  constexpr double kCost = 7;  // of one thread
  return kCost * kUsualThreads * floats;
}

std::string_view conv_form(const ConvVariant& variant) {
  return variant.name.substr(0, variant.name.find(':'));
}

std::vector<std::string> conv_forms() {
  std::vector<std::string> forms;
  for (const ConvVariant& variant : kVariants) {
    if (variant.isa == Isa::kPortable) forms.emplace_back(conv_form(variant));
  }
  return forms;
}

std::span<const ConvVariant> conv_variants() { return kVariants; }
std::span<const ConvVariant> conv_test_variants() { return kTestVariants; }

}  // namespace u2net::kernels
