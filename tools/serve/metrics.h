// SPDX-License-Identifier: Apache-2.0
// What happened, counted, in Prometheus' text format. From any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace u2net::serve {

// Where the time of a picture goes.
enum class Stage { kReceive, kQueue, kDecode, kPreprocess, kInfer, kCompose, kEncode };
inline constexpr std::array<std::string_view, 7> kStageNames = {
    "receive", "queue", "decode", "preprocess", "infer", "compose", "encode"};

// What is so at the moment.
struct Gauge {
  std::string_view name, help;
  double value;
};

class Metrics {
 public:
  // `route`: of a short list, as every one is a line.
  void count_request(std::string_view route, int status, double seconds);
  void time_stage(Stage stage, double seconds);
  void count_picture(std::int64_t pixels);
  // Of a picture, from the queue to its bytes; 0 before the first.
  double mean_picture_seconds() const;

  template <typename Gauges>
  std::string text(const Gauges& gauges) const {
    std::string out;
    for (const Gauge& gauge : gauges) append_gauge(out, gauge);
    append_counts(out);
    return out;
  }

 private:
  // Of 5 ms to 10 s, in steps of about two.
  static constexpr std::array<double, 11> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                     0.5,   1,    2.5,   5,    10};
  struct Histogram {
    std::array<std::uint64_t, kBounds.size() + 1> counts = {};
    double sum = 0;
    void add(double value);
  };

  static void append_gauge(std::string& out, const Gauge& gauge);
  static void append_histogram(std::string& out, const std::string& name, const std::string& label,
                               const Histogram& histogram);
  void append_counts(std::string& out) const;

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, Histogram> request_seconds_;
  std::array<Histogram, kStageNames.size()> stages_;
  std::uint64_t pictures_ = 0, pixels_ = 0;
};

}  // namespace u2net::serve
