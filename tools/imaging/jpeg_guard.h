// SPDX-License-Identifier: Apache-2.0
// libjpeg reports what it cannot go on with to a function that may not return: it jumps back to
// where the library was called. For files that include <jpeglib.h>.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdio>

// They need the ones above.
#include <jerror.h>
#include <jpeglib.h>

#include "tools/imaging/bytes.h"

namespace u2net::imaging {

class JpegGuard {
 public:
  // To be the `err` of what it guards.
  jpeg_error_mgr* manager() {
    ::jpeg_std_error(&base_);
    base_.error_exit = [](j_common_ptr common) { std::longjmp(of(common).back_, 1); };
    base_.emit_message = [](j_common_ptr common, int level) {
      // Cameras leave padding between segments, and before the end.
      if (level < 0 && common->err->msg_code != JWRN_EXTRANEOUS_DATA) of(common).warned_ = true;
    };
    base_.output_message = [](j_common_ptr) {};
    return &base_;
  }

  // Whether what it calls came to an end. It may call libjpeg and nothing that has a destructor.
  template <typename Call>
  [[nodiscard]] bool run(Call call) {
    if (setjmp(back_) != 0) return false;
    call();
    return true;
  }

  bool warned() const { return warned_; }
  bool ran_out_of_memory() const { return base_.msg_code == JERR_OUT_OF_MEMORY; }

 private:
  static JpegGuard& of(j_common_ptr common) {
    static_assert(offsetof(JpegGuard, base_) == 0);
    return *reinterpret_cast<JpegGuard*>(common->err);
  }

  jpeg_error_mgr base_{};
  std::jmp_buf back_{};
  bool warned_ = false;
};

// A file that is read.
struct JpegReader {
  JpegGuard guard;
  jpeg_decompress_struct jpeg{};

  JpegReader() = default;
  ~JpegReader() { ::jpeg_destroy_decompress(&jpeg); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
};

// Whether the reader, a new one, stands before the pixels. The bytes have to stay.
[[nodiscard]] inline bool read_head(JpegReader& reader, Bytes data) {
  jpeg_decompress_struct& jpeg = reader.jpeg;
  jpeg.err = reader.guard.manager();
  return reader.guard.run([&] {
    jpeg_create_decompress(&jpeg);
    ::jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(data.data()),
                   static_cast<unsigned long>(data.size()));
    ::jpeg_read_header(&jpeg, TRUE);
  });
}

}  // namespace u2net::imaging
