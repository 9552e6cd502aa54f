// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/run_picture.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include "engine/base/atomic_file.h"
#include "models/picture/finish.h"
#include "models/picture/image.h"
#include "models/picture/postprocess.h"
#include "models/picture/preprocess.h"
#include "tools/cli/picture_parts.h"
#include "tools/cli/standard_streams.h"
#include "tools/cli/stopwatch.h"
#include "tools/imaging/colour_profile.h"
#include "tools/imaging/read_file.h"
#include "tools/imaging/result_mark.h"

namespace u2net::cli {
using namespace engine;
namespace {

using imaging::format_of;
using imaging::Image;

std::vector<std::byte> read_input(const PictureJob& job, const imaging::DecodeLimits& limits) {
  if (job.input == kStandardStream)
    return imaging::read_stream(STDIN_FILENO, "standard input", limits.max_file_bytes);
  return imaging::read_file(job.input, limits.max_file_bytes);
}

std::string input_name(const PictureJob& job) {
  return job.input == kStandardStream ? "standard input" : job.input.string();
}

// Of a picture and its mask, with what decoding and encoding hold beside them, and the copies that
// finishing makes.
std::int64_t bytes_held(const imaging::PictureSize& size, const imaging::Finish& finish) {
  constexpr std::int64_t kBeside = std::int64_t{8} << 20;
  const std::int64_t per_pixel =
      8 + (finish.refine || finish.post_process ? 2 : 0) + (finish.decontaminate ? 4 : 0);
  return per_pixel * size.width * size.height + kBeside;
}

// What is in the way of a result stays there, unless it is an earlier result of the same input.
void check_place(const std::filesystem::path& path, const std::string& mark) {
  if (path == kStandardStream) return;
  if (imaging::standing_at(path, mark) != imaging::Standing::kOther) return;
  throw Error(ErrorCode::kOutput,
              "'" + path.string() + "' is there already, and no earlier result of this picture",
              "--force replaces it, --skip-existing leaves it");
}

void write_result(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
  if (path == kStandardStream) {
    write_stdout({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } else {
    write_file_atomically(path, bytes);
  }
}

imaging::Mask predict(const Image& picture, PictureNetwork& network, PictureResult& result,
                      Stopwatch& watch) {
  network.fit(picture.height, picture.width);
  result.network_height = network.height();
  result.network_width = network.width();
  const std::vector<float> input =
      imaging::preprocess(picture, network.height(), network.width(), network.preset().pixels,
                          imaging::to_srgb(picture.icc));
  result.preprocess_ms = watch.lap();
  const PictureNetwork::Prediction prediction = network.run(input);
  result.infer_ms = watch.lap();
  imaging::Mask mask = imaging::make_mask(prediction.values, prediction.height, prediction.width,
                                          picture.width, picture.height);
  result.raw_min = mask.raw_min;
  result.raw_max = mask.raw_max;
  result.flat = mask.flat;
  result.finite = std::all_of(prediction.values.begin(), prediction.values.end(),
                              [](float value) { return std::isfinite(value); });
  return mask;
}

// Whether anything but masks is to be made.
bool has_subject(std::span<const OutputKind> kinds) {
  return std::any_of(kinds.begin(), kinds.end(),
                     [](OutputKind kind) { return kind != OutputKind::kMask; });
}

// Those that are not there yet.
PictureJob still_to_do(const PictureJob& job) {
  PictureJob rest = job;
  std::erase_if(rest.outputs, [](const auto& output) {
    std::error_code ignored;
    return output.second != kStandardStream && std::filesystem::exists(output.second, ignored);
  });
  return rest;
}

}  // namespace

void make_results(PictureFile& file, std::span<const OutputKind> kinds,
                  const ResultOptions& options, int threads,
                  const std::function<PictureNetwork&()>& network, MemoryGate& gate,
                  PictureResult& result,
                  const std::function<void(OutputKind, std::vector<std::byte>)>& take) {
  Stopwatch watch;
  std::optional<MemoryGate::Part> part;  // as long as the picture
  const Image picture = imaging::decode_image(
      file.bytes, file.name, options.limits, [&](const imaging::PictureSize& size) {
        part.emplace(gate, bytes_held(size, options.finish));
      });
  file.bytes = {};
  result.width = picture.width;
  result.height = picture.height;
  result.decode_ms += watch.lap();

  PictureNetwork& opened = network();
  watch.lap();  // it may still have been loading

  imaging::Mask mask = predict(picture, opened, result, watch);
  if (!mask.flat) imaging::finish_mask(picture, options.finish, mask.image);
  const std::optional<Image> cleaned =
      has_subject(kinds) ? imaging::finish_colours(picture, mask.image, options.finish)
                         : std::nullopt;
  const Box box = options.crop ? subject_box(mask.image, *options.crop)
                               : Box{0, 0, picture.width, picture.height};
  const PictureParts parts{part_of(picture, box),    part_of(cleaned ? *cleaned : picture, box),
                           part_of(mask.image, box), options.background,
                           options.finish.hidden,    picture.icc};
  result.compose_ms = watch.lap();
  for (const OutputKind kind : kinds) {
    const imaging::OutputOptions output{.format = format_of(kind, options.format),
                                        .quality = options.quality,
                                        .threads = threads,
                                        .mark = file.mark};
    take(kind, imaging::encode(rows_of(parts, kind), output));
    result.encode_ms += watch.lap();
  }
}

void run_picture(const PictureJob& whole_job, const ResultOptions& options, int threads,
                 const std::function<PictureNetwork&()>& network, MemoryGate& gate,
                 PictureResult& result) {
  const PictureJob job = options.resume ? still_to_do(whole_job) : whole_job;
  result.skipped = job.outputs.empty();
  if (result.skipped) return;
  Stopwatch watch;
  PictureFile file{read_input(job, options.limits), input_name(job), {}};
  file.mark = imaging::result_mark(file.bytes);
  if (!options.replace && !job.replace) {
    for (const auto& [kind, path] : job.outputs) check_place(path, file.mark);
  }
  result.decode_ms = watch.lap();
  std::vector<OutputKind> kinds;
  for (const auto& output : job.outputs) kinds.push_back(output.first);
  make_results(file, kinds, options, threads, network, gate, result,
               [&, next = job.outputs.begin()](OutputKind kind,
                                               const std::vector<std::byte>& bytes) mutable {
                 const std::filesystem::path& path = next++->second;
                 write_result(path, bytes);
                 result.written.emplace_back(kind, path);
               });
}

}  // namespace u2net::cli
