/* SPDX-License-Identifier: Apache-2.0 */
/* program MODEL: as program.cc, in C. */
#include <stdio.h>
#include <stdlib.h>

#include "u2net/u2net.h"

static int fail(void) {
  printf("error %s\n", u2net_last_error());
  return 1;
}

int main(int argc, char** argv) {
  u2net_model* model = NULL;
  u2net_session* session = NULL;
  u2net_dtype dtype;
  int64_t dims[U2NET_MAX_RANK];
  size_t rank = 0, count = 1, bytes = 0;
  const void* output = NULL;
  float* x;
  uint64_t hash = 14695981039346656037U;

  if (u2net_model_load(argc > 1 ? argv[1] : "no model", NULL, NULL, &model)) return fail();
  if (u2net_model_input_type(model, 0, &dtype, dims, &rank)) return fail();
  for (size_t i = 0; i < rank; ++i) {
    if (dims[i] < 0) dims[i] = 8;
    count *= (size_t)dims[i];
  }
  x = malloc(count * sizeof *x);
  if (x == NULL) return 1;
  for (size_t i = 0; i < count; ++i) x[i] = (float)(i % 17) / 16.0F - 0.5F;
  if (u2net_session_create(model, NULL, &session)) return fail();
  if (u2net_session_set_input(session, NULL, U2NET_FLOAT32, dims, rank, x, count * sizeof *x))
    return fail();
  if (u2net_session_run(session)) return fail();
  if (u2net_session_output_type(session, NULL, &dtype, dims, &rank)) return fail();
  if (u2net_session_get_output_borrow(session, NULL, &output, &bytes)) return fail();
  for (size_t i = 0; i < bytes; ++i)
    hash = (hash ^ ((const unsigned char*)output)[i]) * 1099511628211U;
  for (size_t i = 0; i < rank; ++i) printf("%s%lld", i ? "," : "[", (long long)dims[i]);
  printf("] %016llx\n", (unsigned long long)hash);
  u2net_session_release(session);
  u2net_model_release(model);
  free(x);
  return 0;
}
