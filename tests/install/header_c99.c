/* SPDX-License-Identifier: Apache-2.0 */
/* The C header alone, in C99. */
#include "u2net/u2net.h"

u2net_status load(const char* path, u2net_model** model);

u2net_status load(const char* path, u2net_model** model) {
  u2net_options options = U2NET_OPTIONS_INIT;
  options.mode = U2NET_MODE_STATIC;
  return u2net_model_load(path, NULL, &options, model);
}
