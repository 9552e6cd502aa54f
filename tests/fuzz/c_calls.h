/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface as C callers have it: any int may come where an enum is expected. (In C++ making
 * such an enum would be the fault.) */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "u2net/u2net.h"

#ifdef __cplusplus
extern "C" {
#endif

int c_has_mode(int mode);
const char* c_status_name(int status);
u2net_options c_options(size_t struct_size, int mode, int threads, size_t max_memory, int exact,
                        const char* disabled_passes, int precision);
int c_set_input(u2net_session* session, int borrow, const char* name, int dtype,
                const int64_t* dims, size_t rank, const void* data, size_t bytes);
u2net_image c_image(const uint8_t* pixels, int width, int height, int format, size_t stride);

#ifdef __cplusplus
}
#endif
