// SPDX-License-Identifier: Apache-2.0
// u2net stream: raw frames in, raw frames or masks out, as ffmpeg reads and writes them.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "engine/run/session.h"
#include "kernels/base/processors.h"
#include "models/picture/compose.h"
#include "models/picture/picture_network.h"
#include "models/picture/postprocess.h"
#include "models/picture/preprocess.h"
#include "tools/cli/background.h"
#include "tools/cli/command.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/model_options.h"
#include "tools/cli/standard_streams.h"
#include "tools/imaging/in_order.h"

namespace u2net::cli {
using namespace engine;
namespace {

using FrameClock = std::chrono::steady_clock;
using imaging::Image;
using imaging::PixelView;

// As ffmpeg's -pix_fmt names them.
struct PixelFormat {
  std::string_view name;
  int channels;
  bool blue_first;
};
constexpr PixelFormat kPixelFormats[] = {
    {"rgb24", 3, false}, {"bgr24", 3, true}, {"rgba", 4, false},
    {"bgra", 4, true},   {"gray", 1, false},
};

// What becomes of a frame.
struct FrameOutput {
  std::string_view name;
  Image (*make)(const PixelView& frame, Image mask, const Background& background);
};
constexpr FrameOutput kFrameOutputs[] = {
    {"rgba", [](const PixelView& frame, Image mask,
                const Background&) { return imaging::cutout(frame, mask); }},
    {"rgb24",
     [](const PixelView& frame, Image mask, const Background& background) {
       return before_background(frame, mask, background, frame.height, 0);
     }},
    {"gray", [](const PixelView&, Image mask, const Background&) { return mask; }},
};

template <typename Row, std::size_t kRows>
const Row& find_row(const Row (&rows)[kRows], const std::string& name, const char* option) {
  std::string names;
  for (const Row& row : rows) {
    if (row.name == name) return row;
    append_word(names, row.name);
  }
  throw Error(ErrorCode::kUsage,
              std::string(option) + ": there is no format '" + name + "'; formats: " + names);
}

struct StreamOptions {
  std::string size;
  std::string format = "rgb24";
  std::string output = "rgba";
  std::string background;
  ModelChoice model;
  bool quiet = false;
};

struct FrameSize {
  int width = 0, height = 0;
};

// As ffmpeg writes it: the width first.
FrameSize parse_frame_size(const std::string& text) {
  FrameSize size;
  char rest = 0;
  const bool read = text.size() <= 11 &&
                    std::sscanf(text.c_str(), "%dx%d%c", &size.width, &size.height, &rest) == 2;
  if (!read || size.width < 1 || size.height < 1 || size.width > imaging::kMaxSide ||
      size.height > imaging::kMaxSide ||
      std::int64_t{size.width} * size.height > imaging::kMaxPixels)
    throw Error(ErrorCode::kUsage, "--size: '" + text + "' is no size of frames, WIDTHxHEIGHT");
  return size;
}

// The frames of standard input, each taken by the thread whose turn it is.
class FrameReader {
 public:
  explicit FrameReader(std::size_t bytes) : bytes_(bytes) {}

  // Frame `i`, or nothing at the end. To be called once for each number.
  bool read(std::size_t i, std::vector<std::uint8_t>& frame) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return next_ == i; });
    const bool whole = !ended_ && fill(frame);
    ended_ = !whole;
    ++next_;
    turn_.notify_all();
    return whole;
  }
  // Bytes behind the last whole frame.
  std::size_t left_over() const { return left_over_; }
  // The errno of a read that failed, or 0.
  int failure() const { return failure_; }

 private:
  bool fill(std::vector<std::uint8_t>& frame) {
    frame.resize(bytes_);
    std::size_t filled = 0;
    while (filled < bytes_) {
      const ssize_t got = ::read(STDIN_FILENO, frame.data() + filled, bytes_ - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        failure_ = errno;
        break;
      }
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    if (filled < bytes_) left_over_ = filled;
    return filled == bytes_;
  }

  std::mutex mutex_;
  std::condition_variable turn_;
  std::size_t bytes_, next_ = 0, left_over_ = 0;
  bool ended_ = false;
  int failure_ = 0;
};

struct Frame {
  bool is_there = false;
  FrameClock::time_point read_at;
  Image result;
};

struct EndOfFrames {};

class Stream {
 public:
  explicit Stream(StreamOptions& options)
      : size_(parse_frame_size(options.size)),
        format_(find_row(kPixelFormats, options.format, "--format")),
        output_(find_row(kFrameOutputs, options.output, "--output-format")),
        background_(options.background.empty() ? Background()
                                               : parse_background(options.background, {})),
        threads_(options.model.threads > 0 ? options.model.threads : kernels::default_threads()),
        reader_(frame_bytes()) {
    const std::shared_ptr<const Model> model = open_model(options.model);
    // Threads of OpenMP, which oneDNN's are, do not share the processors.
    workers_ = options.model.mode == "onednn" ? 1 : threads_;
    const SessionOptions session{.threads = threads_ / workers_, .kernels = options.model.kernels};
    for (int i = 0; i < workers_; ++i)
      networks_.push_back(
          std::make_unique<PictureNetwork>(std::make_unique<Session>(model, session)));
  }

  void run() {
    const auto ahead = static_cast<std::size_t>(workers_) + 1;
    std::vector<Frame> frames(ahead);
    try {
      imaging::in_order(
          std::numeric_limits<std::size_t>::max(), workers_, ahead,
          [&](std::size_t i, int worker) { make(i, worker, frames[i % ahead]); },
          [&](std::size_t i) { take(frames[i % ahead]); });
    } catch (const EndOfFrames&) {
    }
    if (reader_.failure() != 0) {
      throw Error(ErrorCode::kInputNotFound, "cannot read standard input: " +
                                                 std::system_category().message(reader_.failure()));
    }
    if (reader_.left_over() > 0) {
      throw Error(ErrorCode::kInputFormat,
                  "standard input ends inside of frame " + std::to_string(latencies_.size() + 1) +
                      ": " + std::to_string(reader_.left_over()) + " of " +
                      std::to_string(frame_bytes()) + " bytes",
                  "--size and --format have to be those of the frames");
    }
  }

  void tell() {
    if (latencies_.empty()) return print_note("no frames");
    const std::chrono::duration<double> elapsed = FrameClock::now() - start_;
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](std::size_t percent) {
      return latencies_[(latencies_.size() - 1) * percent / 100];
    };
    char text[160];
    std::snprintf(text, sizeof text,
                  "%zu frames, %.1f a second; from read to written: median %.1f ms, 95%% below "
                  "%.1f ms, at most %.1f ms",
                  latencies_.size(), static_cast<double>(latencies_.size()) / elapsed.count(),
                  at(50), at(95), at(100));
    print_note(text);
  }

 private:
  std::size_t frame_bytes() const {
    return static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height) *
           static_cast<std::size_t>(format_.channels);
  }

  void make(std::size_t i, int worker, Frame& frame) {
    std::vector<std::uint8_t> bytes;
    frame.is_there = reader_.read(i, bytes);
    if (!frame.is_there) return;
    frame.read_at = FrameClock::now();
    const PixelView view(bytes.data(), size_.width, size_.height, format_.channels,
                         frame_bytes() / static_cast<std::size_t>(size_.height),
                         format_.blue_first);
    PictureNetwork& network = *networks_[static_cast<std::size_t>(worker)];
    const auto prediction = network.run(
        imaging::preprocess(view, network.height(), network.width(), network.preset().pixels));
    imaging::Mask mask = imaging::make_mask(prediction.values, prediction.height, prediction.width,
                                            size_.width, size_.height);
    frame.result = output_.make(view, std::move(mask.image), background_);
  }

  void take(Frame& frame) {
    if (!frame.is_there) throw EndOfFrames();
    const auto& pixels = frame.result.pixels;
    write_stdout({reinterpret_cast<const char*>(pixels.data()), pixels.size()});
    const std::chrono::duration<double, std::milli> latency = FrameClock::now() - frame.read_at;
    latencies_.push_back(latency.count());
  }

  FrameSize size_;
  PixelFormat format_;
  FrameOutput output_;
  Background background_;
  int threads_, workers_ = 1;
  FrameReader reader_;
  std::vector<std::unique_ptr<PictureNetwork>> networks_;
  std::vector<double> latencies_;
  FrameClock::time_point start_ = FrameClock::now();
};

int stream_frames(StreamOptions options) {
  Stream stream(options);
  stream.run();
  if (!options.quiet) stream.tell();
  return 0;
}

constexpr const char* kStreamFooter =
    "Frames are raw bytes without heads, one behind the other; each gives one, in order.\n"
    "Several are in work at once, one a thread; -t 1 keeps the time from a frame to its\n"
    "result shortest. At the end (or after Ctrl-C of what feeds it) it says how fast it was.\n"
    "\n"
    "Example: a webcam or a film before a beach\n"
    "  ffmpeg -i in.mp4 -f rawvideo -pix_fmt rgb24 -s 640x360 - |\n"
    "    u2net stream --size 640x360 --output-format rgb24 --background beach.jpg |\n"
    "    ffmpeg -f rawvideo -pix_fmt rgb24 -s 640x360 -r 25 -i - out.mp4";

}  // namespace

Action define_stream(CLI::App& app) {
  auto options = std::make_shared<StreamOptions>();
  app.footer(kStreamFooter);
  app.add_option("--size", options->size, "Of the frames, the width first")
      ->type_name("WxH")
      ->required();
  app.add_option("--format", options->format,
                 "Of the frames: rgb24, bgr24, rgba, bgra or gray (default: rgb24)")
      ->type_name("FORMAT");
  app.add_option("--output-format", options->output,
                 "Of the results: rgba (the subject, transparent elsewhere), rgb24 (before\n"
                 "--background), or gray (the mask) (default: rgba)")
      ->type_name("FORMAT");
  app.add_option("--background", options->background,
                 "As for `u2net run`, with --output-format rgb24 (default: white)")
      ->type_name("COLOUR|PICTURE");
  add_model_option(app, options->model);
  add_parameters_option(app, options->model);
  add_mode_option(app, options->model);
  add_threads_option(app, options->model);
  app.add_flag("-q,--quiet", options->quiet, "Errors only");
  return [options] { return stream_frames(*options); };
}

}  // namespace u2net::cli
