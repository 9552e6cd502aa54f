// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>

#include "tools/npy/npy.h"
#include "tools/npy/npy_header.h"

namespace u2net::npy {
using namespace engine;

std::vector<std::byte> encode_npy(const TensorView& tensor) {
  // A header of rank 8 has less than 300 bytes: the two bytes for its length always suffice.
  const std::string text = format_npy_header({tensor.dtype, tensor.shape});
  std::string start(kNpyMagic);
  start += {'\x01', '\x00'};
  start += static_cast<char>(text.size() & 0xff);
  start += static_cast<char>(text.size() >> 8 & 0xff);
  start += text;
  const std::size_t bytes = byte_count(tensor.dtype, tensor.shape);
  std::vector<std::byte> file(start.size() + bytes);
  std::memcpy(file.data(), start.data(), start.size());
  if (bytes > 0) std::memcpy(file.data() + start.size(), tensor.data, bytes);
  return file;
}

}  // namespace u2net::npy
