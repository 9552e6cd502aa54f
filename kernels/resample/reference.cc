// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "kernels/base/order.h"
#include "kernels/interp/taps.h"
#include "kernels/resample/resample.h"

namespace u2net::kernels {
namespace {

float coordinate(const ResampleRule& rule, const ResampleSize& s, std::int64_t k) {
  const auto x = static_cast<float>(k), in = static_cast<float>(s.in),
             out = static_cast<float>(s.out);
  switch (rule.coordinates) {
    case ResampleCoordinates::kAsymmetric:
      return x / s.scale;
    case ResampleCoordinates::kHalfPixel:
      return (x + 0.5F) / s.scale - 0.5F;
    case ResampleCoordinates::kPytorchHalfPixel:
      return s.out > 1 ? (x + 0.5F) / s.scale - 0.5F : 0.0F;
    case ResampleCoordinates::kHalfPixelSymmetric:
      return in / 2 * (1 - out / (s.scale * in)) + (x + 0.5F) / s.scale - 0.5F;
    case ResampleCoordinates::kAlignCorners:
      return s.out > 1 ? x * (in - 1) / (out - 1) : 0.0F;
    case ResampleCoordinates::kCropped:
      break;
  }
  return s.out > 1 ? s.start * (in - 1) + x * (s.end - s.start) * (in - 1) / (out - 1)
                   : 0.5F * (s.start + s.end) * (in - 1);
}

float weight_at(const ResampleRule& rule, float distance) {
  return rule.kind == InterpKind::kCubic ? cubic_weight(rule.cubic_a, distance)
                                         : std::max(1 - std::fabs(distance), 0.0F);
}

// How far a kernel reaches, and by how much it is stretched.
struct Reach {
  float stretch, radius;
};
Reach reach_of(const ResampleRule& rule, const ResampleSize& size) {
  const float stretch = rule.antialias && size.scale < 1 ? 1 / size.scale : 1.0F;
  return {stretch, (rule.kind == InterpKind::kCubic ? 2.0F : 1.0F) * stretch};
}

bool is_outside(const ResampleSize& size, float s) {
  return !(s >= 0 && s <= static_cast<float>(size.in - 1));
}

// The samples that results are made of. Result k of those that were made is the sum of `count`
// samples from `first` on, with the weights from `offset` on.
class Taps {
 public:
  struct Range {
    std::int64_t first, count;
    std::size_t offset;
  };

  Taps(const ResampleRule& rule, const ResampleSize& size)
      : rule_(rule), size_(size), reach_(reach_of(rule, size)) {}

  void make(std::int64_t begin, std::int64_t end) {
    results_.clear();
    weights_.clear();
    for (std::int64_t k = begin; k < end; ++k) {
      const float s = coordinate(rule_, size_, k);
      // Far outside all is as at the edge, or nothing.
      const float far = reach_.radius + 2, last = static_cast<float>(size_.in - 1);
      add(s > -far ? std::min(s, last + far) : -far);
    }
  }

  const Range& operator[](std::int64_t k) const { return results_[static_cast<std::size_t>(k)]; }
  const float* weights(const Range& range) const { return weights_.data() + range.offset; }

 private:
  // The samples from `begin` to `end`, which may lie outside.
  struct Samples {
    std::int64_t begin, end;
  };

  Samples samples_at(float s) const {
    const auto whole = [](float x) { return static_cast<std::int64_t>(std::floor(x)); };
    if (rule_.kind == InterpKind::kNearest) {
      const auto at = static_cast<std::int64_t>(rounded_coordinate(rule_.rounding, s));
      return {at, at + 1};
    }
    if (rule_.antialias) return {whole(s - reach_.radius + 1), whole(s + reach_.radius + 1)};
    const auto radius = static_cast<std::int64_t>(reach_.radius);
    return {whole(s) - radius + 1, whole(s) + radius + 1};
  }

  void add(float s) {
    const Samples samples = samples_at(s);
    const std::int64_t first = std::clamp<std::int64_t>(samples.begin, 0, size_.in - 1),
                       last = std::clamp<std::int64_t>(samples.end - 1, first, size_.in - 1);
    const Range range{first, last - first + 1, weights_.size()};
    weights_.resize(range.offset + static_cast<std::size_t>(range.count));
    float* weights = weights_.data() + range.offset;
    for (std::int64_t i = samples.begin; i < samples.end; ++i) {
      if (rule_.excludes_outside && (i < 0 || i >= size_.in)) continue;
      weights[std::clamp(i, first, last) - first] +=
          rule_.kind == InterpKind::kNearest
              ? 1.0F
              : weight_at(rule_, (static_cast<float>(i) - s) / reach_.stretch);
    }
    if (rule_.antialias || rule_.excludes_outside) {
      const float sum = std::accumulate(weights, weights + range.count, 0.0F);
      for (std::int64_t i = 0; i < range.count && sum != 0; ++i) weights[i] /= sum;
    }
    results_.push_back(range);
  }

  const ResampleRule& rule_;
  const ResampleSize& size_;
  const Reach reach_;
  std::vector<Range> results_;
  std::vector<float> weights_;
};

// One axis of src, [outer][in][inner].
void resample_axis(const ResampleRule& rule, const ResampleSize& size, std::int64_t outer,
                   std::int64_t inner, const float* src, float* dst, ThreadPool& pool) {
  constexpr std::int64_t kAtOnce = 4096;  // results, so that their weights take no room to speak of
  Taps taps(rule, size);
  for (std::int64_t begin = 0; begin < size.out; begin += kAtOnce) {
    const std::int64_t some = std::min(kAtOnce, size.out - begin);
    taps.make(begin, begin + some);
    pool.parallel_for(outer * some, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t index = from; index < to; ++index) {
        const Taps::Range& range = taps[index % some];
        const float* weights = taps.weights(range);
        const float* samples = src + (index / some * size.in + range.first) * inner;
        float* result = dst + (index / some * size.out + begin + index % some) * inner;
        for (std::int64_t i = 0; i < inner; ++i) result[i] = weights[0] * samples[i];
        for (std::int64_t t = 1; t < range.count; ++t) {
          samples += inner;
          for (std::int64_t i = 0; i < inner; ++i) result[i] += weights[t] * samples[i];
        }
      }
    });
  }
}

std::int64_t product(std::span<const std::int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

double resample_taps(const ResampleRule& rule, const ResampleSize& size) {
  return std::min(2.0 * reach_of(rule, size).radius + 1, static_cast<double>(size.in));
}

void resample_reference(const ResampleRule& rule, std::span<const std::int64_t> shape,
                        std::vector<ResampleSize> sizes, float extrapolation, const float* src,
                        float* dst, ThreadPool& pool) {
  std::vector<std::int64_t> now(shape.begin(), shape.end());
  sort_stably(sizes, [](const ResampleSize& a, const ResampleSize& b) {
    return static_cast<double>(a.out) / static_cast<double>(a.in) <
           static_cast<double>(b.out) / static_cast<double>(b.in);
  });
  const auto outer = [&](const ResampleSize& size) {
    return product(std::span(now).first(size.axis));
  };
  const auto inner = [&](const ResampleSize& size) {
    return product(std::span(now).subspan(size.axis + 1));
  };
  std::vector<float> between[2];
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    const ResampleSize& size = sizes[s];
    float* to = dst;
    if (s + 1 < sizes.size()) {
      between[s % 2].resize(static_cast<std::size_t>(outer(size) * size.out * inner(size)));
      to = between[s % 2].data();
    }
    resample_axis(rule, size, outer(size), inner(size), src, to, pool);
    now[size.axis] = size.out;
    src = to;
  }
  if (sizes.empty()) std::copy_n(src, product(now), dst);
  if (rule.coordinates != ResampleCoordinates::kCropped) return;
  for (const ResampleSize& size : sizes) {
    for (std::int64_t k = 0; k < size.out; ++k) {
      if (!is_outside(size, coordinate(rule, size, k))) continue;
      for (std::int64_t o = 0; o < outer(size); ++o)
        std::fill_n(dst + (o * size.out + k) * inner(size), inner(size), extrapolation);
    }
  }
}

}  // namespace u2net::kernels
