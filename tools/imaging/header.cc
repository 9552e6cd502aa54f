// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/header.h"

#include "engine/base/error.h"
#include "tools/imaging/codecs.h"

namespace u2net::imaging {
using namespace engine;

std::string readable_formats() {
  const std::string others = codec_names();
  return others.empty() ? "JPEG, PNG, BMP, PNM" : "JPEG, PNG, BMP, PNM, " + others;
}

void fail_damaged(const std::string& name, const char* format, const std::string& what) {
  throw Error(ErrorCode::kInputFormat,
              "cannot read '" + name + "': damaged " + format + " (" + what + ")");
}

void fail_unsupported(const std::string& name, const std::string& what, const std::string& hint) {
  throw Error(ErrorCode::kInputFormat,
              "cannot read '" + name + "': unsupported format (" + what +
                  "); supported: " + readable_formats(),
              hint);
}

}  // namespace u2net::imaging
