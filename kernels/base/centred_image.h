// SPDX-License-Identifier: Apache-2.0
// Images in bf16 that are stored minus a number a channel, the channel's centre: one whose samples
// are 226 +- 8 keeps 8 bits of the 8 then, where it would keep 8 of the 226. Operators whose
// weights add up to one (resizing), maxima and joining do not notice; a sample that is 0, as those
// of the halo are, is stored as minus the centre. A centre is a number that bf16 has, so that this
// is exact. Images in f32 have none.
//
// Centres are a list of one a channel; null stands for zeros.
#pragma once

#include "kernels/base/image_layout.h"

namespace u2net::kernels {

// bf16x2 is the same with two bfloat16 a number (element_type.h).

// Writes the halo: minus the centres, and zeros in filling channels and in f32.
void fill_halo(const ImageLayout& layout, void* data, const float* centre, ThreadPool& pool);

// As convert_layout(): dst = src, where the image in bf16, be it src, dst or both, has the centres.
void convert_centred(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                     const float* centre, ThreadPool& pool);

// dst, in bf16, has twice the channels of src, which is in f32: first src rounded, then what that
// leaves over, rounded. So a picture, whose few channels do not fill a block anyway, keeps 16 bits.
// A number that is not finite leaves nothing over.
void convert_to_halves(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                       ThreadPool& pool);

}  // namespace u2net::kernels
