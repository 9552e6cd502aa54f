// SPDX-License-Identifier: Apache-2.0
// One picture: decode, predict, compose, write.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "models/picture/finish.h"
#include "models/picture/picture_network.h"
#include "tools/cli/picture_list.h"
#include "tools/imaging/decode.h"

namespace u2net::cli {

struct PictureResult {
  int width = 0, height = 0;
  int network_width = 0, network_height = 0;  // the size at which the network saw it
  float raw_min = 0, raw_max = 0;             // of the prediction
  bool flat = false;  // constant, not finite or without a subject: the mask is empty
  bool constant = false;
  bool finite = true;
  double decode_ms = 0, preprocess_ms = 0, infer_ms = 0, compose_ms = 0, encode_ms = 0;
  std::vector<std::pair<OutputKind, std::filesystem::path>> written;
};

// Fills `result` as it goes: after an exception it tells what was written before.
void run_picture(const PictureJob& job, const imaging::DecodeLimits& limits,
                 const imaging::Finish& finish, PictureNetwork& network, PictureResult& result);

}  // namespace u2net::cli
