// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over Boost.Beast: sockets, limits and deadlines; one thread for all connections. What
// clients hold is bounded: their number, the bytes of a head and of a body, those of all bodies and
// responses together, and the time that each of them may take, in all and not from byte to byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tools/serve/http.h"

namespace u2net::serve {

struct HttpLimits {
  std::size_t max_body = std::size_t{32} << 20;
  // Of a head; of a body and a response, for which it grows with what has come through.
  double timeout_seconds = 30;
  std::size_t connections = 512;
  // Of bodies and responses in memory.
  std::size_t held_bytes = std::size_t{256} << 20;
};

class HttpServer {
 public:
  // Listens. `host` is an address, or localhost; port 0 is any that is free. Throws Error (kUsage).
  HttpServer(Handler& handler, const std::string& host, int port, const HttpLimits& limits);
  ~HttpServer();

  // "http://127.0.0.1:7000"
  std::string url() const;
  // Until SIGINT or SIGTERM, whose number it returns: then nothing new is accepted, and what was
  // gets its response. A second signal ends the process.
  int run();

  // To be asked on the thread of run().
  std::size_t connections() const;
  std::size_t held_bytes() const;
  bool is_ending() const;

 private:
  class Server;
  class Connection;
  std::unique_ptr<Server> server_;
};

// "Payload Too Large"
std::string_view reason_of(int status);

}  // namespace u2net::serve
