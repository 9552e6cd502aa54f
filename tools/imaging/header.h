// SPDX-License-Identifier: Apache-2.0
// Walks a file's structure before any codec sees it: the size is known, and limited, before pixels
// are allocated, and what the codec would swallow silently (missing ends, overfull tables, variants
// it gets wrong) becomes an engine::Error of code kInputFormat. `name` stands in the messages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/imaging/bytes.h"

namespace u2net::imaging {

// What a JPEG of four components says of them: in an Adobe segment that is known, in one that is
// not, or not at all. Clear for all other pictures.
enum class Inks { kClear, kUnknown, kUnsaid };

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  // No intact file has height * row_bytes > max_raw_bytes, in the units of its format.
  std::uint64_t row_bytes = 0;
  std::uint64_t max_raw_bytes = 0;
  std::vector<std::byte> icc;  // the embedded profile; may be empty
  Inks inks = Inks::kClear;
  bool is_cmyk = false;
  std::size_t adobe_transform_at = 0;
  Bytes exif;  // the TIFF structure of an Exif block, a part of the file's bytes; may be empty
};

Header read_jpeg_header(Bytes data, const std::string& name);
Header read_png_header(Bytes data, const std::string& name);
Header read_bmp_header(Bytes data, const std::string& name);
// The file with a header that stb_image understands; empty where it has one. To be called after
// read_bmp_header.
std::vector<std::byte> with_known_bmp_header(Bytes data);
Header read_pnm_header(Bytes data, const std::string& name);

// "JPEG, PNG, BMP, PNM", and what else this build reads.
std::string readable_formats();

// "cannot read 'NAME': damaged FORMAT (WHAT)"
[[noreturn]] void fail_damaged(const std::string& name, const char* format,
                               const std::string& what);
// "cannot read 'NAME': unsupported format (WHAT); supported: ..."
[[noreturn]] void fail_unsupported(const std::string& name, const std::string& what,
                                   const std::string& hint = {});

}  // namespace u2net::imaging
