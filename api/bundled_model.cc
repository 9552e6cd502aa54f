// SPDX-License-Identifier: Apache-2.0
#include "api/bundled_model.h"

#ifdef U2NET_BUNDLED_PREFIX

// The assembler takes the files as they are; a compiler would be minutes at it.
#define U2NET_EMBED(symbol, path)                 \
  __asm__(                                        \
      ".pushsection .rodata.u2net_model, \"a\"\n" \
      ".balign 64\n"                              \
      ".hidden " #symbol                          \
      "\n"                                        \
      ".globl " #symbol "\n" #symbol              \
      ":\n"                                       \
      ".incbin \"" path                           \
      "\"\n"                                      \
      ".hidden " #symbol                          \
      "_end\n"                                    \
      ".globl " #symbol "_end\n" #symbol          \
      "_end:\n"                                   \
      ".byte 0\n"                                 \
      ".popsection\n")

U2NET_EMBED(u2net_bundled_program, U2NET_BUNDLED_PREFIX ".pdmodel");
U2NET_EMBED(u2net_bundled_parameters, U2NET_BUNDLED_PREFIX ".pdiparams");

extern "C" {
extern const std::byte u2net_bundled_program[], u2net_bundled_program_end[];
extern const std::byte u2net_bundled_parameters[], u2net_bundled_parameters_end[];
}

namespace u2net {
inline namespace v1 {

BundledModel bundled_model() {
  return {{u2net_bundled_program, u2net_bundled_program_end},
          {u2net_bundled_parameters, u2net_bundled_parameters_end}};
}

}  // namespace v1
}  // namespace u2net

#else

namespace u2net {
inline namespace v1 {

BundledModel bundled_model() { return {}; }

}  // namespace v1
}  // namespace u2net

#endif
