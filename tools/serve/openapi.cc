// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/openapi.h"

#include "tools/cli/build_info.h"
#include "tools/cli/json_report.h"
#include "tools/imaging/output_format.h"
#include "tools/serve/http_server.h"
#include "tools/serve/http_text.h"
#include "tools/serve/parameters.h"

namespace u2net::serve {
using cli::Json;
namespace {

constexpr int kPictureErrors[] = {400, 403, 408, 413, 415, 422, 429, 500, 503};

Json schema_of(const Parameter& parameter) {
  if (parameter.type == ValueType::kFlag) return {{"type", "boolean"}, {"default", false}};
  if (parameter.type == ValueType::kInteger)
    return {{"type", "integer"}, {"minimum", parameter.least}, {"maximum", parameter.most}};
  Json schema = {{"type", "string"}};
  for (const std::string_view name : parameter.names) schema["enum"].push_back(name);
  return schema;
}

Json query_parameters() {
  Json list = Json::array();
  for (const Parameter& parameter : parameters()) {
    list.push_back({{"name", parameter.name},
                    {"in", "query"},
                    {"required", false},
                    {"description", parameter.description},
                    {"schema", schema_of(parameter)}});
  }
  return list;
}

Json picture_body(std::size_t max_body) {
  Json fields = {
      {"file", {{"type", "string"}, {"format", "binary"}, {"description", "The picture."}}}};
  for (const Parameter& parameter : parameters()) {
    Json schema = schema_of(parameter);
    schema["description"] = parameter.description;
    fields[std::string(parameter.name)] = std::move(schema);
  }
  const Json binary = {{"schema", {{"type", "string"}, {"format", "binary"}}}};
  return {{"required", true},
          {"description", "The picture's file, alone or as a form's field 'file'; at most " +
                              std::to_string(max_body) + " bytes."},
          {"content",
           {{"multipart/form-data",
             {{"schema",
               {{"type", "object"}, {"required", {"file"}}, {"properties", std::move(fields)}}}}},
            {"image/*", binary},
            {"application/octet-stream", binary}}}};
}

Json picture_responses() {
  Json content = Json::object();
  for (const imaging::OutputFormat format : imaging::kOutputFormats) {
    content[std::string(imaging::media_type_of(format))] = {
        {"schema", {{"type", "string"}, {"format", "binary"}}}};
  }
  Json headers = Json::object();
  headers["Server-Timing"] = {{"schema", {{"type", "string"}}},
                              {"description", "Milliseconds of each stage."}};
  headers["X-U2net-Model"] = {{"schema", {{"type", "string"}}},
                              {"description", "The network that did it."}};
  headers["X-U2net-Flat"] = {{"schema", {{"type", "string"}, {"enum", {"true", "false"}}}},
                             {"description", "true: no subject was found, the mask is empty."}};
  Json responses = {{"200", {{"description", "The picture."}, {"headers", headers}}}};
  responses["200"]["content"] = std::move(content);
  for (const int status : kPictureErrors) {
    responses[std::to_string(status)] = {
        {"description", reason_of(status)},
        {"content",
         {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
  }
  for (const char* status : {"429", "503"}) {
    responses[status]["headers"]["Retry-After"] = {{"schema", {{"type", "integer"}}},
                                                   {"description", "Seconds."}};
  }
  return responses;
}

Json error_schema() {
  Json text = {{"type", "string"}};
  Json maybe_text = {{"type", "string"}, {"nullable", true}};
  Json error = {{"type", "object"}, {"required", {"status", "name", "message", "hint"}}};
  error["properties"] = {
      {"status", {{"type", "integer"}}}, {"name", text}, {"message", text}, {"hint", maybe_text}};
  Json schema = {{"type", "object"}, {"required", {"schema", "u2net", "error"}}};
  schema["properties"] = {{"schema", {{"type", "string"}, {"enum", {"u2net.serve/1"}}}},
                          {"u2net", {{"type", "object"}}},
                          {"error", std::move(error)}};
  return schema;
}

Json operation_of(const RouteInfo& route, std::size_t max_body) {
  Json operation = {{"summary", route.summary}};
  if (route.takes_picture) {
    operation["parameters"] = query_parameters();
    operation["requestBody"] = picture_body(max_body);
    operation["responses"] = picture_responses();
    return operation;
  }
  const std::string type(route.type);
  operation["responses"]["200"] = {{"description", route.summary}};
  operation["responses"]["200"]["content"][type] = {
      {"schema", {{"type", type == "application/json" ? "object" : "string"}}}};
  return operation;
}

}  // namespace

std::string openapi_document(std::span<const RouteInfo> routes, std::size_t max_body) {
  Json document = {{"openapi", "3.0.3"},
                   {"info",
                    {{"title", "u2net serve"},
                     {"description", "Finds the subject of a picture and cuts it out."},
                     {"license", {{"name", "Apache-2.0"}}},
                     {"version", cli::version()}}}};
  for (const RouteInfo& route : routes) {
    document["paths"][std::string(route.path)][lower(route.method)] = operation_of(route, max_body);
  }
  document["components"]["schemas"]["Error"] = error_schema();
  return cli::json_line(document);
}

}  // namespace u2net::serve
