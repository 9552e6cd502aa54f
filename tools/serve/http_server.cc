// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/http_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <ctime>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "tools/cli/ending.h"
#include "tools/serve/http_connection.h"
#include "tools/serve/http_text.h"

namespace u2net::serve {
namespace {

constexpr std::uint32_t kMaxHead = 16 << 10;
constexpr std::size_t kFirstBody = 64 << 10;
constexpr double kMinBytesPerSecond = 16 << 10;  // slower clients run out of time
constexpr Seconds kLinger{3};        // for a client to take a response that came before it was done
constexpr Seconds kIdleGrace{0.25};  // for a request that is on its way when the end begins
constexpr Seconds kAcceptPause{0.05};  // where there are no more descriptors

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

// What a client is told of what its parser says; 0 where the connection is gone.
int status_of(const error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::bad_version) return 505;
  return error.category() == http::make_error_code(http::error::bad_method).category() ? 400 : 0;
}

std::string date_header() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[64];
  const std::size_t size =
      std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", ::gmtime_r(&now, &parts));
  return {text, size};
}

// All in front of the body. `keep`: the connection stays open.
std::string response_head(const Response& response, bool keep) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += reason_of(response.status);
  text += "\r\nServer: u2net\r\nDate: " + date_header();
  text += keep ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) text += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (!response.type.empty()) text += "\r\nContent-Type: " + response.type;
  for (const auto& [name, value] : response.headers) text += "\r\n" + name + ": " + value;
  return text + "\r\n\r\n";
}

}  // namespace

void HttpServer::Connection::set_deadline(Seconds time) {
  timed_out_ = false;
  timer_.expires_after(std::chrono::duration_cast<Clock::duration>(time));
  timer_.async_wait([self = shared_from_this(), mine = ++deadline_](const error_code& error) {
    if (error || mine != self->deadline_) return;
    self->timed_out_ = true;
    error_code ignored;
    self->socket_.cancel(ignored);
  });
}

void HttpServer::Connection::close() {
  if (std::exchange(closed_, true)) return;
  clear_deadline();
  hold(0);
  error_code ignored;
  socket_.close(ignored);
  server_.connections.erase(this);
  server_.finish_if_idle();
}

void HttpServer::Connection::read_head() {
  state_ = State::kHead;
  start_ = Clock::now();
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  parser_->body_limit(server_.limits.max_body);
  request_ = {};
  filled_ = 0;
  exchange_ = {.client = std::move(exchange_.client), .method = {}, .path = {}};
  set_deadline(Seconds(server_.limits.timeout_seconds));
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](const error_code& error, std::size_t) { self->on_head(error); });
}

// Of reading: says so to a client that is still there.
void HttpServer::Connection::fail(const error_code& error, const char* what) {
  if (timed_out_) return refuse(408, std::string("the client took too long to send ") + what);
  const int status = status_of(error);
  if (status == 0) return close();
  const std::string limit = status == 413   ? std::to_string(server_.limits.max_body)
                            : status == 431 ? std::to_string(kMaxHead)
                                            : "";
  refuse(status, limit.empty() ? "no HTTP/1.1: " + error.message()
                               : std::string(what) + " has more than " + limit + " bytes");
}

void HttpServer::Connection::on_head(const error_code& error) {
  if (closed_) return;
  head_end_ = Clock::now();
  if (error && !has_begun()) return close();  // nobody waits for anything
  if (timed_out_ && error) return fail(error, "the head of its request");
  if (error && error != http::error::body_limit) return fail(error, "the head");
  if (!take_head()) return;
  if (error) return fail(error, "the body");
  if (std::optional<Response> refusal = server_.handler.refuse(request_))
    return respond(std::move(*refusal));
  if (parser_->is_done()) return answer();
  take_body();
}

// False where it has answered.
bool HttpServer::Connection::take_head() {
  const auto& head = parser_->get();
  request_.method = exchange_.method = text_of(head.method_string());
  const bool is_split = split_target(text_of(head.target()), request_);
  exchange_.path = request_.path;
  request_.content_type = text_of(head[http::field::content_type]);
  request_.content_encoding = text_of(head[http::field::content_encoding]);
  request_.origin = text_of(head[http::field::origin]);
  request_.fetch_site = text_of(head["Sec-Fetch-Site"]);
  if (head.version() == 11 && head.count(http::field::host) != 1) {
    refuse(400, "the head has " + std::to_string(head.count(http::field::host)) +
                    " Host fields, HTTP/1.1 wants one");
    return false;
  }
  if (!is_split) refuse(400, "the target of the request is no path");
  return is_split;
}

void HttpServer::Connection::take_body() {
  const boost::beast::string_view expected = parser_->get()[http::field::expect];
  state_ = State::kBody;
  body_start_ = Clock::now();
  if (expected.empty()) return read_body();
  if (!boost::beast::iequals(expected, "100-continue"))
    return refuse(417, "'Expect: " + text_of(expected) + "' is not known");
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(socket_, net::buffer(kContinue.data(), kContinue.size()),
                   [self = shared_from_this()](const error_code& error, std::size_t) {
                     if (self->closed_) return;
                     if (error) return self->close();
                     self->read_body();
                   });
}

// Room for more of the body, if all clients together leave any.
bool HttpServer::Connection::grow_body() {
  if (filled_ < request_.body.size()) return true;
  // One more than the limit, so that the parser sees that it is passed.
  const std::size_t most = std::min<std::uint64_t>(
      parser_->content_length().value_or(server_.limits.max_body + 1), server_.limits.max_body + 1);
  const std::size_t size = std::min(std::max(kFirstBody, 2 * filled_), std::max(most, filled_ + 1));
  if (server_.held + size - held_ > server_.limits.held_bytes) return false;
  try {
    request_.body.resize(size);
  } catch (const std::bad_alloc&) {
    return false;
  }
  hold(request_.body.capacity());
  return true;
}

void HttpServer::Connection::read_body() {
  if (!grow_body()) {
    return refuse(503, "the bodies in memory have " + std::to_string(server_.held) +
                           " bytes, the limit is " + std::to_string(server_.limits.held_bytes));
  }
  auto& body = parser_->get().body();
  body.data = request_.body.data() + filled_;
  body.size = request_.body.size() - filled_;
  body.more = true;
  set_deadline(
      Seconds(server_.limits.timeout_seconds + static_cast<double>(filled_) / kMinBytesPerSecond) -
      (Clock::now() - body_start_));
  http::async_read_some(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](const error_code& error, std::size_t) { self->on_body(error); });
}

void HttpServer::Connection::on_body(const error_code& error) {
  if (closed_) return;
  filled_ = request_.body.size() - parser_->get().body().size;
  exchange_.received_bytes = filled_;
  if (error && error != http::error::need_buffer) return fail(error, "the body");
  if (!parser_->is_done()) return read_body();
  request_.body.resize(filled_);
  request_.receive_ms = ms_since(body_start_);
  answer();
}

void HttpServer::Connection::answer() {
  state_ = State::kWork;
  clear_deadline();
  server_.handler.answer(std::move(request_), [self = shared_from_this()](Response response) {
    net::post(self->server_.io, [self, response = std::move(response)]() mutable {
      self->respond(std::move(response));
    });
  });
  request_ = {};
}

void HttpServer::Connection::respond(Response response) {
  state_ = State::kResponse;
  request_ = {};
  const bool keep = parser_ && parser_->is_done() && parser_->keep_alive() && server_.ended_by == 0;
  response_ = std::move(response);
  hold(response_.body.size());
  head_ = response_head(response_, keep);
  exchange_.status = response_.status;
  const std::size_t body = exchange_.method == "HEAD" ? 0 : response_.body.size();
  set_deadline(
      Seconds(server_.limits.timeout_seconds + static_cast<double>(body) / kMinBytesPerSecond));
  const std::array<net::const_buffer, 2> parts = {net::buffer(head_),
                                                  net::buffer(response_.body.data(), body)};
  net::async_write(socket_, parts,
                   [self = shared_from_this(), keep](const error_code& error, std::size_t sent) {
                     self->exchange_.sent_bytes = sent;
                     self->on_written(error, keep);
                   });
}

void HttpServer::Connection::on_written(const error_code& error, bool keep) {
  if (closed_) return;
  exchange_.is_cut_off = static_cast<bool>(error);
  exchange_.total_ms = ms_since(head_end_);
  server_.handler.ended(exchange_);
  response_ = {};
  hold(0);
  if (error) return close();
  if (keep) return read_head();
  // A socket that is closed with bytes unread would take back the response.
  socket_.shutdown(tcp::socket::shutdown_send, error_code() = {});
  state_ = State::kLinger;
  set_deadline(kLinger);
  linger();
}

void HttpServer::Connection::linger() {
  socket_.async_read_some(net::buffer(server_.discarded),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (error || self->timed_out_) return self->close();
                            self->linger();
                          });
}

void HttpServer::Server::listen(const std::string& host, int port) {
  error_code error;
  const auto address = net::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) {
    throw engine::Error(engine::ErrorCode::kUsage, "--host: '" + host + "' is no address",
                        "such as 127.0.0.1, or 0.0.0.0 for all that this machine has");
  }
  const tcp::endpoint endpoint(address, static_cast<unsigned short>(port));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error) {
    throw engine::Error(
        engine::ErrorCode::kUsage,
        "cannot listen at " + host + " port " + std::to_string(port) + ": " + error.message(),
        "--port 0 takes one that is free");
  }
}

void HttpServer::Server::accept() {
  acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
    if (!error) admit(std::move(socket));
    if (!acceptor.is_open()) return;
    if (!error || error == net::error::connection_aborted) return accept();
    pause.expires_after(std::chrono::duration_cast<Clock::duration>(kAcceptPause));
    pause.async_wait([this](const error_code& stopped) {
      if (!stopped && acceptor.is_open()) accept();
    });
  });
}

// Where there are too many, the one that has been silent longest goes.
void HttpServer::Server::admit(tcp::socket socket) {
  const bool is_full = connections.size() >= limits.connections;
  Connection* oldest = nullptr;
  for (Connection* connection : connections) {
    if (!is_full) break;
    if ((connection->state() == Connection::State::kHead ||
         connection->state() == Connection::State::kLinger) &&
        (!oldest || connection->since() < oldest->since()))
      oldest = connection;
  }
  if (oldest) oldest->close();
  if (is_full && connections.size() >= 2 * limits.connections) return;
  const auto connection = std::make_shared<Connection>(std::move(socket), *this);
  connections.insert(connection.get());
  if (!is_full || oldest) return connection->read_head();
  connection->refuse(503, "there are " + std::to_string(connections.size() - 1) +
                              " connections, the limit is " + std::to_string(limits.connections));
}

void HttpServer::Server::wait_for_signal() {
  signals.async_wait([this](const error_code& error, int number) {
    if (!error) drain(number);
  });
}

void HttpServer::Server::drain(int number) {
  if (ended_by != 0) cli::end_by_signal(number);
  ended_by = number;
  wait_for_signal();
  // Who is connected as far as the system knows is let in.
  error_code error;
  acceptor.non_blocking(true, error);
  for (int left = net::socket_base::max_listen_connections; left > 0 && !error; --left) {
    tcp::socket socket = acceptor.accept(error);
    if (!error) admit(std::move(socket));
  }
  acceptor.close(error);
  pause.expires_after(std::chrono::duration_cast<Clock::duration>(kIdleGrace));
  pause.async_wait([this](const error_code& stopped) {
    if (stopped) return;
    const std::vector<Connection*> all(connections.begin(), connections.end());
    for (Connection* connection : all) {
      if (connection->is_idle()) connection->close();
    }
  });
  finish_if_idle();
}

std::string_view reason_of(int status) {
  const auto text = http::obsolete_reason(static_cast<http::status>(status));
  return {text.data(), text.size()};
}

HttpServer::HttpServer(Handler& handler, const std::string& host, int port,
                       const HttpLimits& limits)
    : server_(std::make_unique<Server>(handler, limits)) {
  server_->listen(host, port);
}

HttpServer::~HttpServer() = default;

std::string HttpServer::url() const {
  const tcp::endpoint at = server_->acceptor.local_endpoint();
  const std::string address = at.address().to_string();
  return "http://" + (at.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(at.port());
}

int HttpServer::run() {
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    const bool is_ignored =
        ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    if (!is_ignored) server_->signals.add(number);
  }
  server_->wait_for_signal();
  server_->accept();
  server_->io.run();
  return server_->ended_by;
}

std::size_t HttpServer::connections() const { return server_->connections.size(); }
std::size_t HttpServer::held_bytes() const { return server_->held; }
bool HttpServer::is_ending() const { return server_->ended_by != 0; }

}  // namespace u2net::serve
