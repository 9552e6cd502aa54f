// SPDX-License-Identifier: Apache-2.0
// The vector functions of an instruction set behind plain pointers, for tests that are compiled
// without its flags. Unless said otherwise operands are `width` floats at any address.
#pragma once

#include <cstdint>

#include "kernels/base/bf16.h"

namespace u2net::kernels::test {

struct VectorCode {
  int width;
  bool rounds_once;  // madd and nmadd
  // p: a multiple of the vector's size.
  void (*load)(const float* p, float* out);
  void (*store)(float* p, const float* v);
  void (*stream)(float* p, const float* v);
  // p: any address.
  void (*load_loose)(const float* p, float* out);
  void (*store_loose)(float* p, const float* v);
  void (*load_part)(const float* p, std::int64_t count, float* out);
  void (*store_part)(float* p, const float* v, std::int64_t count);
  void (*splat)(float x, float* out);
  void (*madd)(const float* a, const float* b, const float* c, float* out);
  void (*nmadd)(const float* a, const float* b, const float* c, float* out);
  void (*permuted)(const float* v, const std::int32_t* from, float* out);
  void (*max)(const float* a, const float* b, float* out);
  void (*relu)(const float* v, float* out);
  float (*sum)(const float* v);
  void (*load_bf16)(const Bf16* p, float* out);
  void (*store_bf16)(Bf16* p, const float* v);
};

// Of whole registers, and of single floats.
struct SimdCode {
  VectorCode whole, single;
};

}  // namespace u2net::kernels::test
