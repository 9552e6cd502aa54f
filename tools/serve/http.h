// SPDX-License-Identifier: Apache-2.0
// Requests and responses as the routes see them: no sockets, and nothing of the library that speaks
// HTTP.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace u2net::serve {

struct Request {
  std::string method;
  std::string path;   // as it was sent, without what is behind '?'
  std::string query;  // that
  std::string content_type, content_encoding;
  std::string origin, fetch_site;  // the headers of browsers
  std::vector<std::byte> body;
  double receive_ms = 0;  // of the body
};

struct Response {
  int status = 200;
  std::string type;  // of the body
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::vector<std::byte> body = {};
};

Response text_response(std::string_view type, std::string_view text);

// What is told of a request when its response is out.
struct Exchange {
  std::string client, method, path;
  int status = 0;
  std::size_t received_bytes = 0, sent_bytes = 0;
  double total_ms = 0;
  bool is_cut_off = false;  // the client was gone, or did not take its response in time
};

// Who answers.
class Handler {
 public:
  virtual ~Handler() = default;
  // Of the head alone, before a body is taken: the response, where there is no need of the body.
  virtual std::optional<Response> refuse(const Request& head) = 0;
  // Calls `reply` once, on any thread. Does not wait.
  virtual void answer(Request request, std::function<void(Response)> reply) = 0;
  // A response to what is no proper request.
  virtual Response error(int status, const std::string& message) = 0;
  virtual void ended(const Exchange& exchange) = 0;
};

}  // namespace u2net::serve
