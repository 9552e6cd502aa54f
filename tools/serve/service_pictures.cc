// SPDX-License-Identifier: Apache-2.0
// The work of Service on pictures, on the threads of the pool.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/imaging/codecs.h"
#include "tools/imaging/format.h"
#include "tools/imaging/result_mark.h"
#include "tools/serve/errors.h"
#include "tools/serve/multipart.h"
#include "tools/serve/parameters.h"
#include "tools/serve/service.h"

namespace u2net::serve {
using imaging::OutputKind;
namespace {

constexpr std::size_t kMaxFieldBytes = 4 << 10;
constexpr std::int64_t kMaxBackgroundPixels = 25'000'000;  // of a picture behind the subject

bool is_readable(std::span<const std::byte> bytes) {
  constexpr imaging::Format kBuiltIn[] = {imaging::Format::kJpeg, imaging::Format::kPng,
                                          imaging::Format::kBmp, imaging::Format::kPnm};
  const imaging::Format format = imaging::sniff_format(bytes).format;
  return std::find(std::begin(kBuiltIn), std::end(kBuiltIn), format) != std::end(kBuiltIn) ||
         imaging::find_codec(format);
}

Fields fields_of_query(const std::string& query) {
  const auto fields = query_fields(query);
  if (!fields) throw Malformed("the query has a '%' that begins no escape");
  return *fields;
}

cli::Background background_of(const Part& part, imaging::DecodeLimits limits) {
  limits.max_pixels = std::min(limits.max_pixels, kMaxBackgroundPixels);
  return cli::picture_background(imaging::decode_image(part.bytes, "background", limits));
}

// Takes the parts of a form: a picture to `picture`, where it lies in the body, others as fields or
// into `order`.
void take_form(const Request& request, const imaging::DecodeLimits& limits,
               std::optional<std::span<const std::byte>>& picture, Fields& fields,
               PictureOrder& order) {
  for (const Part& part :
       parse_multipart(request.body, header_parameter(request.content_type, "boundary"))) {
    if (part.name == "file") {
      if (picture) throw Malformed("the form: it has two fields 'file', one picture is taken");
      picture = part.bytes;
    } else if (part.name == "background" && part.is_file) {
      order.results.background = background_of(part, limits);
      order.has_background = true;
    } else if (part.is_file || part.bytes.size() > kMaxFieldBytes) {
      throw Malformed("the form: field '" + engine::one_line(part.name).substr(0, 80) +
                      "' is no picture to take, and longer fields than " +
                      std::to_string(kMaxFieldBytes) + " bytes are none");
    } else {
      fields.emplace_back(part.name, std::string(reinterpret_cast<const char*>(part.bytes.data()),
                                                 part.bytes.size()));
    }
  }
  if (!picture) {
    throw engine::Error(engine::ErrorCode::kUsage, "the form has no field 'file'",
                        "its field 'file' is the picture");
  }
}

void only_mask(PictureOrder& order) {
  if (order.has_kind && order.kind != OutputKind::kMask) {
    throw engine::Error(
        engine::ErrorCode::kUsage,
        "/api/mask makes masks, write asks for a " + std::string(imaging::output_name(order.kind)),
        "post to /api/remove");
  }
  order.write(OutputKind::kMask);
}

std::string server_timing(const cli::PictureResult& result, double queue_ms) {
  char text[240];
  std::snprintf(text, sizeof text,
                "queue;dur=%.1f, decode;dur=%.1f, preprocess;dur=%.1f, infer;dur=%.1f, "
                "compose;dur=%.1f, encode;dur=%.1f",
                queue_ms, result.decode_ms, result.preprocess_ms, result.infer_ms,
                result.compose_ms, result.encode_ms);
  return text;
}

}  // namespace

// A request that has been read: what to make, and of which file.
struct Service::Order {
  PictureOrder what;
  cli::PictureFile file;
  double receive_ms;
};

Service::Order Service::read_order(Request& request) const {
  Order order{{.served_model = options_.network.name}, {{}, "picture", {}}, request.receive_ms};
  order.what.results.limits = options_.limits;
  Fields fields = fields_of_query(request.query);
  if (media_type(request.content_type) == "multipart/form-data") {
    std::optional<std::span<const std::byte>> picture;
    take_form(request, options_.limits, picture, fields, order.what);
    // In place: it may be large.
    const auto first = picture->data() - request.body.data();
    request.body.resize(static_cast<std::size_t>(first) + picture->size());
    request.body.erase(request.body.begin(), request.body.begin() + first);
  }
  take_fields(fields, order.what);
  if (request.path == "/api/mask") only_mask(order.what);
  complete_order(order.what);
  if (request.body.empty()) throw Malformed("there is no picture in the request: it is empty");
  order.file.bytes = std::move(request.body);
  order.file.mark = imaging::result_mark(order.file.bytes);
  return order;
}

Response Service::picture_response(Request& request, PictureNetwork& network, double queue_ms) {
  try {
    Order order = read_order(request);
    const bool readable = is_readable(order.file.bytes);
    try {
      return make_picture(order, network, queue_ms);
    } catch (const engine::Error& error) {
      if (readable || error.code() != engine::ErrorCode::kInputFormat) throw;
      return error_response(error, 415);
    }
  } catch (...) {
    return current_error_response();
  }
}

Response Service::make_picture(Order& order, PictureNetwork& network, double queue_ms) {
  cli::PictureResult result;
  Response response{.type = std::string(imaging::media_type_of(order.what.results.format))};
  const OutputKind kinds[] = {order.what.kind};
  make_results(
      order.file, kinds, order.what.results, network.threads(),
      [&]() -> PictureNetwork& { return network; }, gate_, result,
      [&](OutputKind, std::vector<std::byte> bytes) { response.body = std::move(bytes); });
  time_stages(order.receive_ms, result, queue_ms);
  const std::string ending(imaging::ending_of(order.what.results.format));
  response.headers = {
      {"Content-Disposition",
       "inline; filename=\"" + std::string(imaging::output_name(order.what.kind)) + ending + "\""},
      {"Server-Timing", server_timing(result, queue_ms)},
      {"X-U2net-Model", options_.network.name},
      {"X-U2net-Flat", result.flat ? "true" : "false"}};
  return response;
}

void Service::time_stages(double receive_ms, const cli::PictureResult& result, double queue_ms) {
  const std::pair<Stage, double> times[] = {
      {Stage::kReceive, receive_ms},      {Stage::kQueue, queue_ms},
      {Stage::kDecode, result.decode_ms}, {Stage::kPreprocess, result.preprocess_ms},
      {Stage::kInfer, result.infer_ms},   {Stage::kCompose, result.compose_ms},
      {Stage::kEncode, result.encode_ms},
  };
  for (const auto& [stage, ms] : times) metrics_.time_stage(stage, ms / 1e3);
  metrics_.count_picture(std::int64_t{result.width} * result.height);
}

}  // namespace u2net::serve
