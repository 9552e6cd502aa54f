// SPDX-License-Identifier: Apache-2.0
// A layout by oneDNN's name: the dimensions (a is the first) from the outermost to the innermost, a
// capital where blocks of it come at the end, then those blocks. "aBcd8b": N, C/8, H, W, 8 of C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph/tensor.h"

namespace u2net::bench {
using namespace engine;

class LayoutTag {
 public:
  // Throws Error (kUsage) for a name that is none, or of another number of dimensions.
  LayoutTag(const std::string& name, const Shape& dims);

  // Elements, with those that fill up blocks.
  std::int64_t size() const { return size_; }
  // Where the element of these indices lies.
  std::int64_t offset(const Shape& indices) const;

 private:
  struct Block {
    std::size_t dim;
    std::int64_t size;
  };

  std::vector<Block> blocks_;  // the innermost last
  Shape strides_;              // by dimension, of whole blocks
  std::int64_t size_ = 0;
};

}  // namespace u2net::bench
