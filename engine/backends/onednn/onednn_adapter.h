// SPDX-License-Identifier: Apache-2.0
// What differs between oneDNN 2.x (operation descriptors) and 3.x (primitive descriptors built in
// one go). Everything else in engine/backends/onednn* is written against these functions.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <vector>

#include "engine/base/text.h"

namespace u2net::engine::onednn {

using dnnl::memory;

#if DNNL_VERSION_MAJOR >= 3
inline constexpr bool kIsV3 = true;
#else
inline constexpr bool kIsV3 = false;
#endif

struct ConvolutionSpec {
  memory::desc src, weights, bias, dst;
  bool has_bias = false;
  memory::dims strides, dilations, pad_begin, pad_end;  // dilations count the skipped samples
};

struct PoolingSpec {
  dnnl::algorithm algorithm;
  memory::desc src, dst;
  memory::dims strides, kernel, pad_begin, pad_end;
};

inline void append_eltwise(dnnl::post_ops& ops, dnnl::algorithm algorithm, float alpha,
                           float beta) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(algorithm, alpha, beta);
#else
  ops.append_eltwise(1.0F, algorithm, alpha, beta);
#endif
}
inline void append_relu(dnnl::post_ops& ops) {
  append_eltwise(ops, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
}

// oneDNN 2 finds the descriptor of a primitive that exists in its cache in place of the next one.
class WithoutPrimitiveCache {
 public:
  WithoutPrimitiveCache() : capacity_(dnnl::get_primitive_cache_capacity()) {
    dnnl::set_primitive_cache_capacity(0);
  }
  ~WithoutPrimitiveCache() { dnnl_set_primitive_cache_capacity(capacity_); }
  WithoutPrimitiveCache(const WithoutPrimitiveCache&) = delete;
  WithoutPrimitiveCache& operator=(const WithoutPrimitiveCache&) = delete;

 private:
  int capacity_;
};

// Passes over `rank` of the implementations that oneDNN would take. What the primitive descriptor
// was made of must still be there: oneDNN 2 keeps no copy.
template <class Make>
auto ranked(const Make& make, int rank) {
  if (rank == 0) return make();
  const WithoutPrimitiveCache uncached;
  auto pd = make();
  for (int i = 0; i < rank; ++i) {
    if (!pd.next_impl()) throw dnnl::error(dnnl_unimplemented, "it has no more implementations");
  }
  return pd;
}

// Each of the following throws dnnl::error where oneDNN has no implementation of that rank.

inline dnnl::convolution_forward::primitive_desc make_convolution(const dnnl::engine& engine,
                                                                  const ConvolutionSpec& s,
                                                                  const dnnl::primitive_attr& attr,
                                                                  int rank) {
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  using Desc = dnnl::convolution_forward::primitive_desc;
  return ranked(
      [&] {
        return Desc(engine, kKind, kAlgorithm, s.src, s.weights,
                    s.has_bias ? s.bias : memory::desc(), s.dst, s.strides, s.dilations,
                    s.pad_begin, s.pad_end, attr);
      },
      rank);
#else
  if (s.has_bias) {
    const dnnl::convolution_forward::desc desc(kKind, kAlgorithm, s.src, s.weights, s.bias, s.dst,
                                               s.strides, s.dilations, s.pad_begin, s.pad_end);
    return ranked([&] { return dnnl::convolution_forward::primitive_desc(desc, attr, engine); },
                  rank);
  }
  const dnnl::convolution_forward::desc desc(kKind, kAlgorithm, s.src, s.weights, s.dst, s.strides,
                                             s.dilations, s.pad_begin, s.pad_end);
  return ranked([&] { return dnnl::convolution_forward::primitive_desc(desc, attr, engine); },
                rank);
#endif
}

inline dnnl::pooling_forward::primitive_desc make_pooling(const dnnl::engine& engine,
                                                          const PoolingSpec& s,
                                                          const dnnl::primitive_attr& attr,
                                                          int rank) {
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  using Desc = dnnl::pooling_forward::primitive_desc;
  return ranked(
      [&] {
        return Desc(engine, kKind, s.algorithm, s.src, s.dst, s.strides, s.kernel,
                    memory::dims(s.kernel.size(), 0), s.pad_begin, s.pad_end, attr);
      },
      rank);
#else
  const dnnl::pooling_forward::desc desc(kKind, s.algorithm, s.src, s.dst, s.strides, s.kernel,
                                         s.pad_begin, s.pad_end);
  return ranked([&] { return dnnl::pooling_forward::primitive_desc(desc, attr, engine); }, rank);
#endif
}

inline dnnl::resampling_forward::primitive_desc make_resampling(
    const dnnl::engine& engine, dnnl::algorithm algorithm, const memory::desc& src,
    const memory::desc& dst, const dnnl::primitive_attr& attr, int rank) {
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  using Desc = dnnl::resampling_forward::primitive_desc;
  return ranked([&] { return Desc(engine, kKind, algorithm, src, dst, attr); }, rank);
#else
  const dnnl::resampling_forward::desc desc(kKind, algorithm, src, dst);
  return ranked([&] { return dnnl::resampling_forward::primitive_desc(desc, attr, engine); }, rank);
#endif
}

inline dnnl::eltwise_forward::primitive_desc make_eltwise(
    const dnnl::engine& engine, dnnl::algorithm algorithm, const memory::desc& data, float alpha,
    float beta, const dnnl::primitive_attr& attr, int rank) {
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  using Desc = dnnl::eltwise_forward::primitive_desc;
  return ranked([&] { return Desc(engine, kKind, algorithm, data, data, alpha, beta, attr); },
                rank);
#else
  const dnnl::eltwise_forward::desc desc(kKind, algorithm, data, alpha, beta);
  return ranked([&] { return dnnl::eltwise_forward::primitive_desc(desc, attr, engine); }, rank);
#endif
}

inline dnnl::binary::primitive_desc make_binary(const dnnl::engine& engine,
                                                dnnl::algorithm algorithm, const memory::desc& src0,
                                                const memory::desc& src1, const memory::desc& dst,
                                                const dnnl::primitive_attr& attr, int rank) {
#if DNNL_VERSION_MAJOR >= 3
  using Desc = dnnl::binary::primitive_desc;
  return ranked([&] { return Desc(engine, algorithm, src0, src1, dst, attr); }, rank);
#else
  const dnnl::binary::desc desc(algorithm, src0, src1, dst);
  return ranked([&] { return dnnl::binary::primitive_desc(desc, attr, engine); }, rank);
#endif
}

// With scale, shift, mean and variance given.
inline dnnl::batch_normalization_forward::primitive_desc make_batch_norm(
    const dnnl::engine& engine, const memory::desc& data, float epsilon,
    const dnnl::primitive_attr& attr, int rank) {
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  const auto flags = dnnl::normalization_flags::use_global_stats |
                     dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
#if DNNL_VERSION_MAJOR >= 3
  using Desc = dnnl::batch_normalization_forward::primitive_desc;
  return ranked([&] { return Desc(engine, kKind, data, data, epsilon, flags, attr); }, rank);
#else
  const dnnl::batch_normalization_forward::desc desc(kKind, data, epsilon, flags);
  return ranked(
      [&] { return dnnl::batch_normalization_forward::primitive_desc(desc, attr, engine); }, rank);
#endif
}

inline dnnl::concat::primitive_desc make_concat(const dnnl::engine& engine, int axis,
                                                const std::vector<memory::desc>& sources,
                                                const dnnl::primitive_attr& attr) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, axis, sources, attr};
#else
  return {axis, sources, engine, attr};
#endif
}

// Different for layouts of different sizes or strides, nearly always.
inline std::size_t layout_hash(const memory::desc& md) {
  std::size_t hash = 0;
  const auto add = [&hash](const auto* values, int count) {
    for (int i = 0; i < count; ++i)
      hash = (hash ^ static_cast<std::size_t>(values[i])) * 0x9E3779B97F4A7C15U;
  };
#if DNNL_VERSION_MAJOR >= 3
  const memory::dims sizes = md.get_padded_dims(), strides = md.get_strides();
  add(sizes.data(), static_cast<int>(sizes.size()));
  add(strides.data(), static_cast<int>(strides.size()));
#else
  add(md.data.padded_dims, md.data.ndims);
  add(md.data.format_desc.blocking.strides, md.data.ndims);
#endif
  return hash;
}

// A text that is equal for equal layouts: dimensions with padding, strides and inner blocks.
inline std::string layout_key(const memory::desc& md) {
  std::string key;
  const auto add = [&key](const auto& values) {
    for (auto v : values) key += str_cat(v, ",");
    key += ';';
  };
#if DNNL_VERSION_MAJOR >= 3
  add(md.get_padded_dims());
  add(md.get_strides());
  add(md.get_inner_blks());
  add(md.get_inner_idxs());
#else
  const dnnl_memory_desc_t& d = md.data;
  const dnnl_blocking_desc_t& b = d.format_desc.blocking;
  add(std::vector<dnnl_dim_t>(d.padded_dims, d.padded_dims + d.ndims));
  add(std::vector<dnnl_dim_t>(b.strides, b.strides + d.ndims));
  add(std::vector<dnnl_dim_t>(b.inner_blks, b.inner_blks + b.inner_nblks));
  add(std::vector<dnnl_dim_t>(b.inner_idxs, b.inner_idxs + b.inner_nblks));
#endif
  return key;
}

}  // namespace u2net::engine::onednn
