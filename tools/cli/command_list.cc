// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command.h"

namespace u2net::cli {

Action define_run(CLI::App& app);
Action define_infer(CLI::App& app);
Action define_inspect(CLI::App& app);
Action define_graph(CLI::App& app);
Action define_bench(CLI::App& app);
Action define_verify(CLI::App& app);
Action define_export(CLI::App& app);
Action define_compare(CLI::App& app);
Action define_op(CLI::App& app);
Action define_profile(CLI::App& app);
Action define_stream(CLI::App& app);
Action define_serve(CLI::App& app);  // tools/serve
Action define_pack(CLI::App& app);

bool run_json_file_follows(std::string_view word);
bool bench_json_file_follows(std::string_view word);
bool verify_json_file_follows(std::string_view word);

namespace {

constexpr Command kCommands[] = {
    {"run", "Cut the subject out of pictures", define_run, run_json_file_follows},
    {"stream", "Cut the subject out of raw frames, as ffmpeg gives and takes them", define_stream},
#ifdef U2NET_HAS_SERVE
    {"serve", "Cut the subject out of pictures that come over HTTP, with a page", define_serve},
#endif
    {"infer", "Run a model on tensors in .npy files", define_infer},
    {"inspect", "Show what a model consists of and what it needs", define_inspect},
    {"graph", "Draw a model: DOT, SVG or a page to explore", define_graph},
    {"bench", "Time a model, mode against mode", define_bench, bench_json_file_follows},
    {"verify", "Compare modes with the reference, node by node", define_verify,
     verify_json_file_follows},
    {"profile", "Show where the time of a model goes, step by step", define_profile},
    {"compare", "Show two modes side by side, node by node", define_compare},
    {"op", "Time one operator in every implementation, verified", define_op},
    {"pack", "Write a model with its weights packed for this processor, in one file", define_pack},
    {"export", "Write the network in code, with its parameters, as Paddle's files", define_export},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace u2net::cli
