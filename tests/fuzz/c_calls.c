/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/c_calls.h"

int c_has_mode(int mode) { return u2net_has_mode((u2net_mode)mode); }

const char* c_status_name(int status) { return u2net_status_name((u2net_status)status); }

u2net_options c_options(size_t struct_size, int mode, int threads, size_t max_memory, int exact,
                        const char* disabled_passes, int precision) {
  u2net_options options = U2NET_OPTIONS_INIT;
  options.struct_size = struct_size;
  options.mode = (u2net_mode)mode;
  options.threads = threads;
  options.max_memory = max_memory;
  options.exact = exact;
  options.disabled_passes = disabled_passes;
  options.precision = (u2net_precision)precision;
  return options;
}

int c_set_input(u2net_session* session, int borrow, const char* name, int dtype,
                const int64_t* dims, size_t rank, const void* data, size_t bytes) {
  if (borrow)
    return u2net_session_set_input_borrow(session, name, (u2net_dtype)dtype, dims, rank, data,
                                          bytes);
  return u2net_session_set_input(session, name, (u2net_dtype)dtype, dims, rank, data, bytes);
}

u2net_image c_image(const uint8_t* pixels, int width, int height, int format, size_t stride) {
  u2net_image image = {pixels, width, height, (u2net_pixel_format)format, stride};
  return image;
}
