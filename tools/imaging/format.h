// SPDX-License-Identifier: Apache-2.0
// Tells an image format by its first bytes; a file's name or extension is never asked.
#pragma once

#include "tools/imaging/bytes.h"

namespace u2net::imaging {

enum class Format { kJpeg, kPng, kBmp, kPnm, kOther };

struct Sniffed {
  Format format = Format::kOther;
  const char* name = nullptr;  // "JPEG", "HEIF", ...; null when nothing is known about the bytes
  const char* hint = "";       // what to do about an unsupported one
};

Sniffed sniff_format(Bytes data);

}  // namespace u2net::imaging
