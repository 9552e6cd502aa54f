// SPDX-License-Identifier: Apache-2.0
// What a request for a picture may say, as one list: those of `u2net run`, and those of rembg's
// server. The list reads requests and describes itself in openapi.json.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/run_picture.h"
#include "tools/imaging/picture_list.h"
#include "tools/serve/http_text.h"

namespace u2net::serve {

// What is to be made of a picture.
struct PictureOrder {
  std::string served_model;  // what `model` may always name
  bool has_kind = false;
  imaging::OutputKind kind = imaging::OutputKind::kCutout;
  bool has_background = false;
  cli::ResultOptions results = {};

  void write(imaging::OutputKind asked) {
    has_kind = true;
    kind = asked;
  }
};

enum class ValueType { kFlag, kInteger, kChoice, kText };

struct Parameter {
  std::string_view name;
  ValueType type;
  // Takes a value whose type has been checked: of a flag 0 or 1. Throws Error (kUsage).
  void (*take)(PictureOrder& order, std::int64_t number, const std::string& text);
  std::string_view description;
  std::int64_t least = 0, most = 0;              // of an integer
  std::span<const std::string_view> names = {};  // of a choice
};

std::span<const Parameter> parameters();

// Fills `order`; '-' and '_' are the same in names. Throws Error (kUsage) for what is unknown,
// given twice or out of range.
void take_fields(const Fields& fields, PictureOrder& order);

// Chooses what was left open: on a background, and as JPEG, it is a result, else a cutout.
void complete_order(PictureOrder& order);

}  // namespace u2net::serve
