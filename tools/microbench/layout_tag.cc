// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/layout_tag.h"

#include <algorithm>
#include <cctype>

#include "engine/base/error.h"

namespace u2net::bench {
using namespace engine;

LayoutTag::LayoutTag(const std::string& name, const Shape& dims) : strides_(dims.size(), 0) {
  const auto fail = [&] {
    throw Error(ErrorCode::kUsage,
                "'" + name + "' is not a layout of " + std::to_string(dims.size()) + " dimensions");
  };
  const auto dim_of = [&](char letter) {
    const auto dim =
        static_cast<std::size_t>(std::tolower(static_cast<unsigned char>(letter)) - 'a');
    if (dim >= dims.size()) fail();
    return dim;
  };
  std::size_t at = 0;
  std::vector<std::size_t> order;
  for (; at < name.size() && std::isalpha(static_cast<unsigned char>(name[at])); ++at)
    order.push_back(dim_of(name[at]));
  Shape filled = dims;  // in whole blocks
  std::int64_t inner = 1;
  Shape factor(dims.size(), 1);
  while (at < name.size()) {
    std::int64_t size = 0;
    for (; at < name.size() && std::isdigit(static_cast<unsigned char>(name[at])) && size < 4096;
         ++at)
      size = size * 10 + (name[at] - '0');
    if (size < 1 || at == name.size() || !std::islower(static_cast<unsigned char>(name[at])))
      fail();
    blocks_.push_back({dim_of(name[at++]), size});
    factor[blocks_.back().dim] *= size;
    inner *= size;
    if (inner > (1 << 20)) fail();
  }
  std::vector<std::size_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (sorted.size() != dims.size() || sorted[d] != d) fail();
    filled[d] = (dims[d] + factor[d] - 1) / factor[d];
  }
  std::int64_t stride = inner;
  for (std::size_t i = order.size(); i-- > 0;) {
    strides_[order[i]] = stride;
    stride *= filled[order[i]];
  }
  size_ = stride;
}

std::int64_t LayoutTag::offset(const Shape& indices) const {
  Shape left = indices;
  std::int64_t offset = 0, stride = 1;
  for (std::size_t b = blocks_.size(); b-- > 0;) {
    const auto& [dim, size] = blocks_[b];
    offset += left[dim] % size * stride;
    left[dim] /= size;
    stride *= size;
  }
  for (std::size_t d = 0; d < left.size(); ++d) offset += left[d] * strides_[d];
  return offset;
}

}  // namespace u2net::bench
