// SPDX-License-Identifier: Apache-2.0
// u2net serve: the engine behind HTTP, and a page.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/run/session.h"
#include "kernels/base/processors.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/ending.h"
#include "tools/cli/run_options.h"
#include "tools/cli/standard_streams.h"
#include "tools/serve/http_server.h"
#include "tools/serve/service.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr int kPort = 7000;  // as rembg's server
constexpr int kMaxQueue = 10'000, kMaxConnections = 10'000;

struct ServeOptions {
  std::string host = "127.0.0.1";
  int port = kPort;
  int workers = 0;  // 0: one a thread
  int queue = 64;
  serve::HttpLimits limits = {};
  std::vector<std::string> origins;
  std::shared_ptr<RunOptions> run = std::make_shared<RunOptions>();  // of its network
};

// "u2netp" of a path to it, with or without one of its files' endings.
std::string network_name(const std::string& model) {
  const std::filesystem::path path(model);
  std::error_code ignored;
  const bool is_file = std::filesystem::is_regular_file(path, ignored);
  const std::string name = (is_file ? path.stem() : path.filename()).string();
  return printable(name.empty() ? path.parent_path().filename().string() : name, 80);
}

// One for each worker; together they have the threads.
std::vector<std::unique_ptr<PictureNetwork>> open_networks(ServeOptions& options) {
  RunOptions& run = *options.run;
  const int threads = run.model.threads > 0 ? run.model.threads : kernels::default_threads();
  const std::shared_ptr<const Model> model = open_model(run.model);
  // Threads of OpenMP, which oneDNN's are, do not share the processors.
  const int all = run.model.mode == "onednn" ? 1 : threads;
  const int workers = options.workers > 0 ? options.workers : all;
  const SessionOptions session{.threads = std::max(threads / workers, 1),
                               .kernels = run.model.kernels};
  std::vector<std::unique_ptr<PictureNetwork>> networks;
  for (int i = 0; i < workers; ++i) {
    networks.push_back(std::make_unique<PictureNetwork>(std::make_unique<Session>(model, session),
                                                        run.size, run.kind));
  }
  return networks;
}

serve::NetworkInfo describe(const RunOptions& run, const PictureNetwork& network) {
  return {.name = network_name(run.model.model),
          .mode = run.model.mode,
          .preset = std::string(network.preset().name),
          .height = network.height(),
          .width = network.width()};
}

// Large blocks go back to the system when they are freed, whatever sizes came before: what a server
// holds after a week is what it held after an hour.
void return_freed_memory() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

int run_server(ServeOptions options) {
  return_freed_memory();
  auto networks = open_networks(options);
  options.limits.held_bytes = std::max(options.limits.held_bytes, 4 * options.limits.max_body);
  const RunOptions& run = *options.run;
  serve::ServiceOptions service_options{.network = describe(run, *networks.front()),
                                        .limits = run.results.limits,
                                        .max_body = options.limits.max_body,
                                        .origins = options.origins,
                                        .is_quiet = run.quiet};
  int number = 0;
  {
    serve::PicturePool pool(std::move(networks), static_cast<std::size_t>(options.queue));
    serve::Service service(std::move(service_options), pool);
    serve::HttpServer server(service, options.host, options.port, options.limits);
    service.watch(server);
    write_stdout(server.url() + "\n");
    number = server.run();
    pool.finish();  // its tasks hold connections, which do not outlive the server
  }
  if (!run.quiet) print_note("ended; what was accepted is done");
  end_by_signal(number);
}

void add_listen_options(CLI::App& app, const std::shared_ptr<ServeOptions>& options) {
  app.add_option("--host", options->host,
                 "Address to listen at; 0.0.0.0 is all of this machine's (default: 127.0.0.1,\n"
                 "which this machine alone can reach)")
      ->type_name("ADDRESS");
  app.add_option(
         "--port", options->port,
         "Port to listen at; 0 is any that is free (default: " + std::to_string(kPort) + ")")
      ->type_name("N")
      ->check(CLI::Range(0, 65535).description(""));
  app.add_option("--allow-origin", options->origins,
                 "Let pages of this origin, such as https://example.org, read responses; * is all\n"
                 "(default: none)")
      ->type_name("ORIGIN")
      ->allow_extra_args(false);
}

void add_limit_options(CLI::App& app, const std::shared_ptr<ServeOptions>& options) {
  app.add_option("--workers", options->workers,
                 "Pictures to work on at once; they share the threads (default: one a thread)")
      ->type_name("N")
      ->check(CLI::Range(1, kernels::kMaxThreads).description(""));
  app.add_option("--queue", options->queue,
                 "Pictures that may wait; more are refused with 429 (default: " +
                     std::to_string(options->queue) + ")")
      ->type_name("N")
      ->check(CLI::Range(0, kMaxQueue).description(""));
  app.add_option("--max-body", options->limits.max_body,
                 "Bytes of a request, such as 8MB; more is refused with 413 (default: 32MB)")
      ->type_name("N")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40).description(""));
  app.add_option("--max-pixels", options->run->results.limits.max_pixels,
                 "Of a picture; larger ones are refused with 422 (default: 100000000)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 60).description(""));
  app.add_option(
         "--timeout", options->limits.timeout_seconds,
         "Seconds that a client has for the head of a request, and to begin with a body or\n"
         "to take a response, which get more as bytes come through (default: 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0).description(""));
  app.add_option("--connections", options->limits.connections,
                 "Clients at once; the one that has been silent longest makes room (default: " +
                     std::to_string(options->limits.connections) + ")")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxConnections).description(""));
}

constexpr const char* kServeFooter =
    "POST /api/remove takes a picture, as the body or as the field `file` of a form, and gives\n"
    "the cutout; options of `u2net run` are parameters: ?write=mask&format=webp&refine=true.\n"
    "What clients of rembg's server send is understood. /openapi.json has all of it, /metrics\n"
    "is for Prometheus, / a page. The address goes to standard output, a line a request to\n"
    "standard error. Nothing is fetched from elsewhere and no file is read but the model's.\n"
    "SIGTERM and SIGINT end it when what was accepted is done; a second one, at once.\n"
    "\n"
    "Examples:\n"
    "  u2net serve\n"
    "  curl -s --data-binary @cat.jpg http://127.0.0.1:7000/api/remove > cutout.png\n"
    "  curl -s -F file=@cat.jpg -F background=teal http://127.0.0.1:7000/api/remove > cat.png\n"
    "  u2net serve --host 0.0.0.0 --port 8080 --workers 4 --queue 200 --max-body 8MB";

}  // namespace

Action define_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  app.footer(kServeFooter);
  add_listen_options(app, options);
  add_limit_options(app, options);
  add_network_options(app, options->run);
  app.add_flag("-q,--quiet", options->run->quiet, "Errors only");
  return [options] { return run_server(*options); };
}

}  // namespace u2net::cli
