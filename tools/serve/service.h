// SPDX-License-Identifier: Apache-2.0
// What is answered to requests: the routes, and the work on pictures.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/memory_gate.h"
#include "tools/cli/run_picture.h"
#include "tools/imaging/decode.h"
#include "tools/serve/http.h"
#include "tools/serve/http_server.h"
#include "tools/serve/metrics.h"
#include "tools/serve/picture_pool.h"

namespace u2net::serve {

// What is told of the network.
struct NetworkInfo {
  std::string name;  // of its file, without folder and ending
  std::string mode;
  std::string preset;
  int height = 0, width = 0;
};

struct ServiceOptions {
  NetworkInfo network;
  imaging::DecodeLimits limits = {};
  std::size_t max_body = 0;          // as the server refuses it
  std::vector<std::string> origins;  // whose pages may read responses; "*": all
  bool is_quiet = false;
};

class Service : public Handler {
 public:
  Service(ServiceOptions options, PicturePool& pool);
  // For what is told of it. It has to stay.
  void watch(const HttpServer& server) { server_ = &server; }

  std::optional<Response> refuse(const Request& head) override;
  void answer(Request request, std::function<void(Response)> reply) override;
  Response error(int status, const std::string& message) override;
  void ended(const Exchange& exchange) override;

  Response page() const;
  Response style() const;
  Response script() const;
  Response models() const;
  Response health() const;
  Response metrics() const;
  Response openapi() const;

 private:
  struct Order;

  std::optional<Response> refusal(const Request& head) const;
  std::optional<Response> refuse_picture(const Request& head) const;
  // The header that says when what waits now will be done.
  std::pair<std::string, std::string> retry_after() const;
  Response busy() const;
  bool may_read(const std::string& origin) const;
  Response finished(Response response, const std::string& origin = {}) const;
  Response picture_response(Request& request, PictureNetwork& network, double queue_ms);
  Response make_picture(Order& order, PictureNetwork& network, double queue_ms);
  Order read_order(Request& request) const;
  void time_stages(double receive_ms, const cli::PictureResult& result, double queue_ms);

  ServiceOptions options_;
  PicturePool& pool_;
  const HttpServer* server_ = nullptr;
  cli::MemoryGate gate_;
  Metrics metrics_;
  double start_seconds_;
};

}  // namespace u2net::serve
