// SPDX-License-Identifier: Apache-2.0
// Tells an image format by its first bytes; a file's name or extension is never asked.
#pragma once

#include "tools/imaging/bytes.h"

namespace u2net::imaging {

enum class Format {
  kJpeg,
  kPng,
  kBmp,
  kPnm,
  kWebp,
  kTiff,
  kGif,
  kHeif,
  kAvif,
  kOther,      // of photos and drawings that are never read, or nothing that is known
  kNoPicture,  // of films, documents and pages
};

struct Sniffed {
  Format format = Format::kOther;
  const char* name = nullptr;  // "JPEG", "HEIF", ...; null when nothing is known about the bytes
  const char* hint = "";       // what to do about an unsupported one
};

// Whether a folder's picture is meant by such bytes: a format that is read, or one of photos and
// drawings that is not. Not by those of films, documents and pages.
bool is_picture_format(const Sniffed& sniffed);

Sniffed sniff_format(Bytes data);

}  // namespace u2net::imaging
