// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/metrics.h"

#include <cstdio>

namespace u2net::serve {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

void append_head(std::string& out, const std::string& name, const char* type, const char* help) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void append_counter(std::string& out, const std::string& name, const char* help,
                    std::uint64_t value) {
  append_head(out, name, "counter", help);
  out += name + " " + std::to_string(value) + "\n";
}

}  // namespace

void Metrics::Histogram::add(double value) {
  std::size_t at = 0;
  while (at < kBounds.size() && value > kBounds[at]) ++at;
  ++counts[at];
  sum += value;
}

void Metrics::count_request(std::string_view route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{std::string(route), status}];
  request_seconds_[std::string(route)].add(seconds);
}

void Metrics::time_stage(Stage stage, double seconds) {
  const std::lock_guard lock(mutex_);
  stages_[static_cast<std::size_t>(stage)].add(seconds);
}

void Metrics::count_picture(std::int64_t pixels) {
  const std::lock_guard lock(mutex_);
  ++pictures_;
  pixels_ += static_cast<std::uint64_t>(pixels);
}

double Metrics::mean_picture_seconds() const {
  const std::lock_guard lock(mutex_);
  double sum = 0;
  for (std::size_t i = static_cast<std::size_t>(Stage::kDecode); i < stages_.size(); ++i)
    sum += stages_[i].sum;
  return pictures_ == 0 ? 0 : sum / static_cast<double>(pictures_);
}

void Metrics::append_gauge(std::string& out, const Gauge& gauge) {
  const bool only_grows = gauge.name.ends_with("_total");
  append_head(out, std::string(gauge.name), only_grows ? "counter" : "gauge",
              std::string(gauge.help).c_str());
  out += std::string(gauge.name) + " " + number(gauge.value) + "\n";
}

void Metrics::append_histogram(std::string& out, const std::string& name, const std::string& label,
                               const Histogram& histogram) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    below += histogram.counts[i];
    const std::string bound = i < kBounds.size() ? number(kBounds[i]) : "+Inf";
    out += name + "_bucket{" + label + ",le=\"" + bound + "\"} " + std::to_string(below) + "\n";
  }
  out += name + "_sum{" + label + "} " + number(histogram.sum) + "\n";
  out += name + "_count{" + label + "} " + std::to_string(below) + "\n";
}

void Metrics::append_counts(std::string& out) const {
  const std::lock_guard lock(mutex_);
  append_head(out, "u2net_requests_total", "counter", "Requests that were answered.");
  for (const auto& [key, count] : requests_) {
    out += "u2net_requests_total{route=\"" + key.first + "\",status=\"" +
           std::to_string(key.second) + "\"} " + std::to_string(count) + "\n";
  }
  append_head(out, "u2net_request_seconds", "histogram",
              "From a request's head to the last byte of its response.");
  for (const auto& [route, histogram] : request_seconds_)
    append_histogram(out, "u2net_request_seconds", "route=\"" + route + "\"", histogram);
  append_head(out, "u2net_stage_seconds", "histogram", "Where the time of pictures goes.");
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    append_histogram(out, "u2net_stage_seconds", "stage=\"" + std::string(kStageNames[i]) + "\"",
                     stages_[i]);
  }
  append_counter(out, "u2net_pictures_total", "Pictures that were cut out.", pictures_);
  append_counter(out, "u2net_pixels_total", "Their pixels.", pixels_);
}

}  // namespace u2net::serve
