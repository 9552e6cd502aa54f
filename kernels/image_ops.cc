// SPDX-License-Identifier: Apache-2.0
#include "kernels/image_ops.h"

#include "kernels/image_ops_code.h"

namespace u2net::kernels {
namespace {

const ImageOps* const kAll[] = {
#ifdef U2NET_X86
    &image_ops_avx512, &image_ops_avx2,
#endif
    &image_ops_portable, &image_ops_portable8, &image_ops_portable16};

}  // namespace

const ImageOps& image_ops(const CpuFeatures& features) {
#ifdef U2NET_X86
  for (const ImageOps* ops : {&image_ops_avx512, &image_ops_avx2}) {
    if (features.contains(ops->set.features)) return *ops;
  }
#else
  (void)features;
#endif
  return image_ops_portable;  // not through the list: what only tests reach is left out of libu2net
}

std::span<const ImageOps* const> all_image_ops() { return kAll; }

}  // namespace u2net::kernels
