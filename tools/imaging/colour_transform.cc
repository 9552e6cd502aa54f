// SPDX-License-Identifier: Apache-2.0
// colour_profile.h by Little CMS, whose header is included here alone.
#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <vector>

#include "tools/imaging/colour_profile.h"

#ifdef U2NET_HAS_LCMS
#include <lcms2.h>
#include <lcms2_plugin.h>

namespace u2net::imaging {
namespace {

// What the library asks for. It trusts that there is memory for small things, so all of it is had
// before; a profile whose tables need more is left in the middle, by a jump. Nothing is given back
// before the end.
class Arena {
 public:
  // Real profiles need a few MB, and some times their own size.
  explicit Arena(std::size_t profile_bytes)
      : size_((std::size_t{16} << 20) + 16 * profile_bytes),
        memory_(static_cast<std::byte*>(std::malloc(size_))) {
    if (!memory_) throw std::bad_alloc();
  }

  void* allocate(std::size_t bytes) {
    const std::size_t whole = kHeader + (bytes + kHeader - 1) / kHeader * kHeader;
    if (whole > size_ - used_) std::longjmp(back, 1);
    std::byte* block = memory_.get() + used_;
    used_ += whole;
    std::memcpy(block, &bytes, sizeof bytes);
    return block + kHeader;
  }

  void* reallocate(void* old, std::size_t bytes) {
    void* block = allocate(bytes);
    std::size_t before = 0;
    if (old) std::memcpy(&before, static_cast<std::byte*>(old) - kHeader, sizeof before);
    if (old) std::memcpy(block, old, std::min(before, bytes));
    return block;
  }

  std::jmp_buf back;

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  static constexpr std::size_t kHeader = alignof(std::max_align_t);  // the block's bytes

  std::size_t size_, used_ = 0;
  std::unique_ptr<std::byte, Free> memory_;
};

// Of the Transform that is being made. "initial-exec", because reaching another such variable may
// need memory itself.
[[gnu::tls_model("initial-exec")]] thread_local Arena* arena_in_use = nullptr;

void* lcms_allocate(cmsContext, cmsUInt32Number bytes) { return arena_in_use->allocate(bytes); }
void* lcms_reallocate(cmsContext, void* old, cmsUInt32Number bytes) {
  return arena_in_use->reallocate(old, bytes);
}
void lcms_free(cmsContext, void*) {}

cmsPluginMemHandler memory_handler() {
  cmsPluginMemHandler handler{};
  handler.base = {cmsPluginMagicNumber, 2060, cmsPluginMemHandlerSig, nullptr};
  handler.MallocPtr = lcms_allocate;
  handler.FreePtr = lcms_free;
  handler.ReallocPtr = lcms_reallocate;
  return handler;
}

// From a profile to sRGB, 8 bits a channel.
class Transform {
 public:
  Transform(Bytes icc, cmsUInt32Number format) : arena_(icc.size()) {
    arena_in_use = &arena_;
    cmsPluginMemHandler memory = memory_handler();
    context_ = cmsCreateContext(&memory, nullptr);  // needs far less than there is: no jump
    if (context_) make(icc, format);
    arena_in_use = nullptr;
  }
  ~Transform() {
    if (context_) cmsDeleteContext(context_);
  }
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;

  bool works() const { return transform_ != nullptr; }

  // In place too, where a pixel has as many bytes.
  void apply(const std::uint8_t* from, std::uint8_t* rgb, std::size_t pixels) const {
    constexpr std::size_t kMost = 1 << 24;  // the library counts in 32 bits
    const std::size_t from_bytes = T_CHANNELS(cmsGetTransformInputFormat(transform_));
    for (std::size_t at = 0; at < pixels; at += kMost) {
      cmsDoTransform(transform_, from + at * from_bytes, rgb + at * 3,
                     static_cast<cmsUInt32Number>(std::min(kMost, pixels - at)));
    }
  }

 private:
  // Nothing in here needs a destructor: what the library made lies in the arena.
  void make(Bytes icc, cmsUInt32Number format) {
    if (setjmp(arena_.back) != 0) return;
    cmsHPROFILE from =
        cmsOpenProfileFromMemTHR(context_, icc.data(), static_cast<cmsUInt32Number>(icc.size()));
    cmsHPROFILE to = cmsCreate_sRGBProfileTHR(context_);
    if (!from || !to) return;
    transform_ =
        cmsCreateTransformTHR(context_, from, format, to, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
  }

  Arena arena_;
  cmsContext context_ = nullptr;
  cmsHTRANSFORM transform_ = nullptr;
};

// Whether nothing moves by more than a level: then the bits stay as they are.
bool is_srgb(const Transform& transform) {
  constexpr int kStep = 15;  // 18 levels a channel
  std::vector<std::uint8_t> colours;
  for (int r = 0; r < 256; r += kStep) {
    for (int g = 0; g < 256; g += kStep) {
      for (int b = 0; b < 256; b += kStep) {
        for (int level : {r, g, b}) colours.push_back(static_cast<std::uint8_t>(level));
      }
    }
  }
  std::vector<std::uint8_t> seen(colours.size());
  transform.apply(colours.data(), seen.data(), colours.size() / 3);
  return std::equal(colours.begin(), colours.end(), seen.begin(),
                    [](int a, int b) { return std::abs(a - b) <= 1; });
}

}  // namespace

bool has_colour_management() { return true; }

ToSrgb to_srgb(Bytes icc) {
  if (profile_space(icc) != ColourSpace::kRgb) return {};
  const auto transform = std::make_shared<const Transform>(icc, TYPE_RGB_8);
  if (!transform->works() || is_srgb(*transform)) return {};
  return [transform](std::uint8_t* rgb, std::size_t pixels) { transform->apply(rgb, rgb, pixels); };
}

std::optional<std::array<std::uint8_t, 256>> grey_to_srgb(Bytes icc) {
  if (profile_space(icc) != ColourSpace::kGrey) return {};
  const Transform transform(icc, TYPE_GRAY_8);
  if (!transform.works()) return {};
  std::array<std::uint8_t, 256> greys{};
  std::iota(greys.begin(), greys.end(), std::uint8_t{0});
  std::array<std::uint8_t, 3 * 256> seen{};
  transform.apply(greys.data(), seen.data(), greys.size());
  for (std::size_t i = 0; i < greys.size(); ++i) greys[i] = seen[3 * i + 1];
  return greys;
}

bool cmyk_to_srgb(Bytes icc, const std::uint8_t* cmyk, std::uint8_t* rgb, std::size_t pixels) {
  if (profile_space(icc) != ColourSpace::kCmyk) return false;
  const Transform transform(icc, TYPE_CMYK_8_REV);
  if (transform.works()) transform.apply(cmyk, rgb, pixels);
  return transform.works();
}

}  // namespace u2net::imaging

#else

namespace u2net::imaging {

bool has_colour_management() { return false; }
ToSrgb to_srgb(Bytes) { return {}; }
std::optional<std::array<std::uint8_t, 256>> grey_to_srgb(Bytes) { return {}; }
bool cmyk_to_srgb(Bytes, const std::uint8_t*, std::uint8_t*, std::size_t) { return false; }

}  // namespace u2net::imaging

#endif
