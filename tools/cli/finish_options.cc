// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/finish_options.h"

#include "engine/base/error.h"

namespace u2net::cli {
using namespace engine;

void add_finish_options(CLI::App& app, imaging::Finish& finish) {
  app.add_flag("--refine", finish.refine,
               "Let the mask's edges follow those of the picture (for photos far larger than\n"
               "the network's size)");
  app.add_flag("--decontaminate", finish.decontaminate,
               "Give soft edges the subject's own colours, without the background that shines\n"
               "through them");
  app.add_flag("--post-process", finish.post_process,
               "Clean the mask: no specks, smooth edges, no half tones");
  app.add_flag_callback(
      "--keep-hidden", [&finish] { finish.hidden = imaging::Hidden::kKept; },
      "Leave the background's colours in the cutout, where alpha hides them (default:\n"
      "they are cleared)");
  app.add_flag_callback("--alpha-matting",
                        [] {
                          throw Error(ErrorCode::kUsage, "there is no --alpha-matting here",
                                      "--refine and --decontaminate make finer edges");
                        })
      ->group("");  // not in --help
}

}  // namespace u2net::cli
