// SPDX-License-Identifier: Apache-2.0
#include "tests/support/guard_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace u2net::engine::test {
namespace {

const auto kPage = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
constexpr std::size_t kLine = 64;
constexpr std::byte kCanary{0xA5};

}  // namespace

PageGuarded::PageGuarded(std::size_t count, Alignment alignment) : count_(count) {
  const std::size_t bytes = count * sizeof(float);
  const std::size_t inner = (std::max<std::size_t>(bytes, 1) + kPage - 1) / kPage * kPage;
  mapped_ = inner + 2 * kPage;
  void* mapping =
      ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  mapping_ = static_cast<std::byte*>(mapping);
  std::fill_n(mapping_ + kPage, inner, kCanary);
  std::size_t room = bytes;
  if (alignment == Alignment::kLine) room = (bytes + kLine - 1) / kLine * kLine;
  data_ = reinterpret_cast<float*>(mapping_ + kPage + inner - room);
  fill(std::numeric_limits<float>::quiet_NaN());
  ::mprotect(mapping_, kPage, PROT_NONE);
  ::mprotect(mapping_ + kPage + inner, kPage, PROT_NONE);
}

PageGuarded::~PageGuarded() {
  if (mapping_) ::munmap(mapping_, mapped_);
}

PageGuarded::PageGuarded(PageGuarded&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      mapped_(other.mapped_),
      data_(other.data_),
      count_(other.count_) {}

void PageGuarded::fill(float value) { std::fill_n(data_, count_, value); }

bool PageGuarded::canaries_are_intact() const {
  const auto* begin = reinterpret_cast<const std::byte*>(data_);
  const auto* end = begin + count_ * sizeof(float);
  const auto intact = [](std::byte b) { return b == kCanary; };
  return std::all_of(static_cast<const std::byte*>(mapping_ + kPage), begin, intact) &&
         std::all_of(end, static_cast<const std::byte*>(mapping_ + mapped_ - kPage), intact);
}

}  // namespace u2net::engine::test
