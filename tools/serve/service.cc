// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/service.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iterator>
#include <utility>

#include "tools/cli/diagnostics.h"
#include "tools/cli/json_report.h"
#include "tools/cli/resident_memory.h"
#include "tools/serve/errors.h"
#include "tools/serve/http_text.h"
#include "tools/serve/openapi.h"
#include "tools/serve/page_files.h"

namespace u2net::serve {
namespace {

constexpr std::int64_t kPicturesInWork = std::int64_t{256} << 20;  // bytes
constexpr double kMaxRetrySeconds = 60;

// The page may load its own files, show pictures that it has made, and ask this server.
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr const char* kOtherPolicy = "default-src 'none'; frame-ancestors 'none'";

struct Route {
  RouteInfo info;
  Response (Service::*now)() const;  // null: work on a picture
};

constexpr const char* kJson = "application/json";

constexpr Route kRoutes[] = {
    {{"POST", "/api/remove", "Cuts the subject out of a picture.", "image/png", true}, nullptr},
    {{"POST", "/api/mask", "The mask of a picture's subject.", "image/png", true}, nullptr},
    {{"GET", "/api/models", "The network that is served, and its limits.", kJson},
     &Service::models},
    {{"GET", "/healthz", "Whether requests are taken.", kJson}, &Service::health},
    {{"GET", "/metrics", "Counts and times, for Prometheus.", "text/plain"}, &Service::metrics},
    {{"GET", "/openapi.json", "This description.", kJson}, &Service::openapi},
    {{"GET", "/api", "This description, where rembg's server has its own.", kJson},
     &Service::openapi},
    {{"GET", "/", "A page to drop pictures on.", "text/html"}, &Service::page},
    {{"GET", "/page.css", "Its style.", "text/css"}, &Service::style},
    {{"GET", "/page.js", "Its script.", "text/javascript"}, &Service::script},
};

const Route* find_route(const std::string& path) {
  const auto* route = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                   [&](const Route& each) { return each.info.path == path; });
  return route == std::end(kRoutes) ? nullptr : route;
}

std::string allowed_methods(const Route& route) {
  return route.now ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

bool is_allowed(const Route& route, const std::string& method) {
  return method == route.info.method || (route.now && method == "HEAD") || method == "OPTIONS";
}

// What a picture may come as. "application/x-www-form-urlencoded" is what curl says of
// --data-binary, whatever the bytes are.
bool is_picture_type(const std::string& type) {
  return type.empty() || type.starts_with("image/") || type == "application/octet-stream" ||
         type == "application/x-www-form-urlencoded" || type == "multipart/form-data";
}

Response page_file(const char* type, std::string_view text) {
  Response response = text_response(std::string(type) + "; charset=utf-8", text);
  response.headers.emplace_back("Cache-Control", "no-cache");
  return response;
}

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Service::Service(ServiceOptions options, PicturePool& pool)
    : options_(std::move(options)),
      pool_(pool),
      gate_(kPicturesInWork),
      start_seconds_(unix_seconds()) {}

bool Service::may_read(const std::string& origin) const {
  return !origin.empty() &&
         std::any_of(options_.origins.begin(), options_.origins.end(),
                     [&](const std::string& each) { return each == "*" || each == origin; });
}

// With the headers that all responses have.
Response Service::finished(Response response, const std::string& origin) const {
  const bool is_page = response.type.starts_with("text/html");
  auto& headers = response.headers;
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Content-Security-Policy", is_page ? kPagePolicy : kOtherPolicy);
  const auto has_cache = std::any_of(headers.begin(), headers.end(), [](const auto& each) {
    return each.first == "Cache-Control";
  });
  if (!has_cache) headers.emplace_back("Cache-Control", "no-store");
  if (!options_.origins.empty()) headers.emplace_back("Vary", "Origin");
  if (may_read(origin)) {
    headers.emplace_back("Access-Control-Allow-Origin", origin);
    headers.emplace_back("Access-Control-Expose-Headers",
                         "Server-Timing, X-U2net-Model, X-U2net-Flat, Retry-After");
  } else {
    headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  }
  return response;
}

std::optional<Response> Service::refuse(const Request& head) {
  std::optional<Response> response = refusal(head);
  if (!response) return std::nullopt;
  return finished(std::move(*response), head.origin);
}

std::optional<Response> Service::refusal(const Request& head) const {
  const Route* route = find_route(head.path);
  if (!route) {
    return error_response(404, "there is nothing at '" + cli::printable(head.path, 200) + "'",
                          "/openapi.json has what there is");
  }
  if (!is_allowed(*route, head.method)) {
    Response response = error_response(
        405,
        "'" + std::string(route->info.path) + "' does not take " + cli::printable(head.method, 20),
        route->now ? "" : "send the picture with POST: this server fetches nothing from elsewhere");
    response.headers.emplace_back("Allow", allowed_methods(*route));
    return response;
  }
  if (head.method == "OPTIONS") {
    Response response{.status = 204, .type = {}};
    response.headers.emplace_back("Allow", allowed_methods(*route));
    if (may_read(head.origin)) {
      response.headers.emplace_back("Access-Control-Allow-Methods", allowed_methods(*route));
      response.headers.emplace_back("Access-Control-Allow-Headers", "Content-Type");
    }
    return response;
  }
  return route->now ? std::nullopt : refuse_picture(head);
}

std::optional<Response> Service::refuse_picture(const Request& head) const {
  // Another site's page cannot read the result, but could have this machine work.
  if (head.fetch_site == "cross-site" && !may_read(head.origin)) {
    return error_response(403, "pages of '" + cli::printable(head.origin, 200) + "' may not ask",
                          "--allow-origin permits it");
  }
  const std::string encoding = lower(head.content_encoding);
  if (!encoding.empty() && encoding != "identity")
    return error_response(415,
                          "a body encoded as '" + cli::printable(encoding, 40) + "' is not taken");
  const std::string type = media_type(head.content_type);
  if (!is_picture_type(type)) {
    return error_response(415,
                          "a body of the type '" + cli::printable(type, 80) + "' is no picture",
                          "send image/*, application/octet-stream or multipart/form-data");
  }
  if (pool_.is_full()) return busy();
  return std::nullopt;
}

std::pair<std::string, std::string> Service::retry_after() const {
  const auto in_front = static_cast<double>(pool_.queue_limit() + pool_.workers());
  const double wait =
      metrics_.mean_picture_seconds() * in_front / static_cast<double>(pool_.workers());
  return {"Retry-After",
          std::to_string(static_cast<int>(std::clamp(std::ceil(wait), 1.0, kMaxRetrySeconds)))};
}

Response Service::busy() const {
  Response response = error_response(
      429, "the queue is full: " + std::to_string(pool_.queue_limit()) + " pictures wait",
      "try again later; --queue makes it longer");
  response.headers.push_back(retry_after());
  return response;
}

void Service::answer(Request request, std::function<void(Response)> reply) {
  const Route* route = find_route(request.path);
  if (route->now) return reply(finished((this->*route->now)(), request.origin));
  const auto shared = std::make_shared<Request>(std::move(request));
  const bool is_taken =
      pool_.offer([this, shared, reply](PictureNetwork& network, double queue_ms) {
        reply(finished(picture_response(*shared, network, queue_ms), shared->origin));
      });
  if (!is_taken) reply(finished(busy(), shared->origin));
}

Response Service::error(int status, const std::string& message) {
  Response response = error_response(status, message);
  if (status == 503) response.headers.push_back(retry_after());
  return finished(std::move(response));
}

void Service::ended(const Exchange& exchange) {
  const Route* route = find_route(exchange.path);
  metrics_.count_request(route ? route->info.path : "other", exchange.status,
                         exchange.total_ms / 1e3);
  if (options_.is_quiet) return;
  char numbers[120];
  std::snprintf(numbers, sizeof numbers, "%d, %zu bytes in, %zu out, %.1f ms", exchange.status,
                exchange.received_bytes, exchange.sent_bytes, exchange.total_ms);
  const std::string asked =
      exchange.method.empty() ? "-" : exchange.method + " " + exchange.path.substr(0, 200);
  cli::print_note(exchange.client + " " + asked + " " + numbers +
                  (exchange.is_cut_off ? ", cut off" : ""));
}

Response Service::page() const { return page_file("text/html", page_document()); }
Response Service::style() const { return page_file("text/css", page_style()); }
Response Service::script() const { return page_file("text/javascript", page_script()); }

Response Service::models() const {
  const NetworkInfo& network = options_.network;
  cli::Json report = cli::new_report("serve");
  report["models"] = {{{"name", network.name},
                       {"mode", network.mode},
                       {"preset", network.preset},
                       {"height", network.height},
                       {"width", network.width}}};
  report["limits"] = {{"max_body", options_.max_body}, {"max_pixels", options_.limits.max_pixels}};
  return text_response(kJson, cli::json_line(report));
}

Response Service::health() const {
  const bool is_ending = server_ && server_->is_ending();
  Response response = text_response(
      kJson,
      cli::json_line({{"schema", "u2net.serve/1"}, {"status", is_ending ? "ending" : "ok"}}));
  if (is_ending) response.status = 503;
  return response;
}

Response Service::metrics() const {
  const auto of = [](std::size_t count) { return static_cast<double>(count); };
  const Gauge gauges[] = {
      {"u2net_queue_length", "Pictures that wait for a worker.", of(pool_.waiting())},
      {"u2net_queue_limit", "How many may.", of(pool_.queue_limit())},
      {"u2net_workers", "Pictures that are worked on at once, at most.", of(pool_.workers())},
      {"u2net_workers_busy", "Those that are now.", of(pool_.busy())},
      {"u2net_connections", "Clients that are connected.",
       of(server_ ? server_->connections() : 0)},
      {"u2net_held_bytes", "Of bodies and responses in memory.",
       of(server_ ? server_->held_bytes() : 0)},
      {"process_resident_memory_bytes", "Resident memory.", of(cli::resident_bytes().value_or(0))},
      {"process_cpu_seconds_total", "Processor time.",
       static_cast<double>(std::clock()) / CLOCKS_PER_SEC},
      {"process_start_time_seconds", "Since 1970.", start_seconds_},
  };
  return text_response("text/plain; version=0.0.4; charset=utf-8", metrics_.text(gauges));
}

Response Service::openapi() const {
  std::vector<RouteInfo> routes;
  for (const Route& route : kRoutes) routes.push_back(route.info);
  return text_response(kJson, openapi_document(routes, options_.max_body));
}

}  // namespace u2net::serve
