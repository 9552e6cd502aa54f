// SPDX-License-Identifier: Apache-2.0
// What people feed: pictures and arrays.
#include <cmath>
#include <cstring>

#include "models/picture/preprocess.h"
#include "tests/fuzz/file_checks.h"
#include "tests/fuzz/finding.h"
#include "tests/fuzz/target_list.h"
#include "tools/imaging/decode.h"
#include "tools/npy/npy.h"

namespace u2net::fuzz {

void fuzz_picture(std::span<const std::uint8_t> bytes) {
  expect_refusals({ErrorCode::kInputFormat, ErrorCode::kInputLimit}, [&] {
    const imaging::Image image = imaging::decode_image(std::as_bytes(bytes), "a picture",
                                                       {.max_side = 4096, .max_pixels = 1 << 20});
    if (image.pixels.size() != image.row_bytes() * static_cast<std::size_t>(image.height))
      throw Finding("a picture whose pixels are not width x height");
    for (float v : imaging::preprocess(image, 17, 13)) {
      if (!std::isfinite(v)) throw Finding("an element of the network's input is not finite");
    }
  });
}

void fuzz_npy(std::span<const std::uint8_t> bytes) {
  expect_refusals({ErrorCode::kInputFormat, ErrorCode::kInputLimit}, [&] {
    const MemoryFile file(bytes);
    const Tensor array = npy::read_npy(file.path());
    // What was read is written and read alike.
    const std::vector<std::byte> written = npy::encode_npy(array.view());
    const MemoryFile again({reinterpret_cast<const std::uint8_t*>(written.data()), written.size()});
    const Tensor copy = npy::read_npy(again.path());
    if (copy.dtype() != array.dtype() || copy.shape() != array.shape() ||
        std::memcmp(copy.data(), array.data(), array.bytes()) != 0)
      throw Finding("an array changes when it is written and read again");
  });
}

}  // namespace u2net::fuzz
