// SPDX-License-Identifier: Apache-2.0
// One picture: read, decode, predict, compose, encode, write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/picture/finish.h"
#include "models/picture/picture_network.h"
#include "tools/cli/background.h"
#include "tools/cli/crop.h"
#include "tools/cli/memory_gate.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/output_format.h"
#include "tools/imaging/picture_list.h"

namespace u2net::cli {

using engine::PictureNetwork;
using imaging::kStandardStream;
using imaging::OutputKind;
using imaging::PictureJob;

// What the results of all pictures have in common.
struct ResultOptions {
  imaging::DecodeLimits limits = {};
  imaging::Finish finish = {};
  Background background = {};
  std::optional<CropMargin> crop = {};
  imaging::OutputFormat format = imaging::OutputFormat::kPng;  // of results and panels
  int quality = 0;
  bool replace = false;  // whatever is in the way
  bool resume = false;   // what is there already stays
};

struct PictureResult {
  int width = 0, height = 0;
  int network_width = 0, network_height = 0;  // the size at which the network saw it
  float raw_min = 0, raw_max = 0;             // of the prediction
  bool flat = false;  // constant, not finite or without a subject: the mask is empty
  bool finite = true;
  bool skipped = false;  // all of its results were there
  double decode_ms = 0, preprocess_ms = 0, infer_ms = 0, compose_ms = 0, encode_ms = 0;
  std::vector<std::pair<OutputKind, std::filesystem::path>> written;
};

// A picture's file in memory.
struct PictureFile {
  std::vector<std::byte> bytes;  // freed once they are decoded
  std::string name;              // in messages
  std::string mark;              // imaging::result_mark(bytes)
};

// Makes results as files' bytes and hands them to `take` one by one, in the order of `kinds`. What
// the picture holds in memory passes `gate`; `threads` are those of encoding. `network` is called
// when the picture is decoded. Fills `result` as it goes.
void make_results(PictureFile& file, std::span<const OutputKind> kinds,
                  const ResultOptions& options, int threads,
                  const std::function<PictureNetwork&()>& network, MemoryGate& gate,
                  PictureResult& result,
                  const std::function<void(OutputKind, std::vector<std::byte>)>& take);

// The same from file to files. Fills `result` as it goes: after an exception it tells what was
// written before.
void run_picture(const PictureJob& job, const ResultOptions& options, int threads,
                 const std::function<PictureNetwork&()>& network, MemoryGate& gate,
                 PictureResult& result);

}  // namespace u2net::cli
