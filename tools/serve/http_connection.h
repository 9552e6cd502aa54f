// SPDX-License-Identifier: Apache-2.0
// The two classes behind HttpServer: what listens, and a client's connection. Of http_server.cc
// alone; all of it happens on one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

// Coroutines are not used, and some compilers have them half.
#define BOOST_ASIO_DISABLE_CO_AWAIT
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "tools/serve/http_server.h"

namespace u2net::serve {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using net::ip::tcp;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

class HttpServer::Server {
 public:
  Server(Handler& handler_, const HttpLimits& limits_) : handler(handler_), limits(limits_) {}

  void listen(const std::string& host, int port);
  void accept();
  void wait_for_signal();
  void drain(int number);
  void finish_if_idle() {
    if (ended_by != 0 && connections.empty()) io.stop();
  }

  Handler& handler;
  HttpLimits limits;
  net::io_context io{1};
  tcp::acceptor acceptor{io};
  net::signal_set signals{io};
  net::steady_timer pause{io};
  std::unordered_set<Connection*> connections;
  std::size_t held = 0;
  int ended_by = 0;
  std::array<char, 64 << 10> discarded;  // what nobody reads

 private:
  void admit(tcp::socket socket);
};

// Lives as long as it waits for something. Every way ends in close().
class HttpServer::Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum class State { kHead, kBody, kWork, kResponse, kLinger };

  Connection(tcp::socket socket, Server& server)
      : server_(server), socket_(std::move(socket)), timer_(server.io) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    const auto address = socket_.remote_endpoint(ignored).address();
    exchange_.client = address.to_string();
  }

  State state() const { return state_; }
  Clock::time_point since() const { return start_; }
  bool is_idle() const { return state_ == State::kHead && !has_begun(); }

  void read_head();
  void refuse(int status, const std::string& message) {
    respond(server_.handler.error(status, message));
  }
  void close();

 private:
  bool has_begun() const { return buffer_.size() > 0 || (parser_ && parser_->got_some()); }
  void set_deadline(Seconds time);
  void clear_deadline() {
    ++deadline_;
    timer_.cancel();
  }
  void fail(const error_code& error, const char* what);
  void on_head(const error_code& error);
  bool take_head();
  void take_body();
  void read_body();
  void on_body(const error_code& error);
  bool grow_body();
  void answer();
  void respond(Response response);
  void on_written(const error_code& error, bool keep);
  void linger();
  void hold(std::size_t bytes) {
    server_.held += bytes - held_;
    held_ = bytes;
  }

  Server& server_;
  tcp::socket socket_;
  net::steady_timer timer_;
  std::uint64_t deadline_ = 0;
  bool timed_out_ = false, closed_ = false;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
  State state_ = State::kHead;
  Clock::time_point start_ = Clock::now(), head_end_ = start_, body_start_ = start_;
  Request request_;
  std::size_t filled_ = 0;  // of the body
  std::size_t held_ = 0;    // as the server counts it
  Response response_;
  std::string head_;
  Exchange exchange_;
};

}  // namespace u2net::serve
