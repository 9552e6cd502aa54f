// SPDX-License-Identifier: Apache-2.0
#include "models/eager_executor.h"

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/binary/binary.h"
#include "kernels/concat/concat.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/interp/interp.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/unary/unary.h"

namespace u2net::engine {
namespace {

Variable allocate(Shape shape) {
  return {std::make_shared<Tensor>(DType::kFloat32, std::move(shape))};
}

const float* read(const Tensor& tensor) { return tensor.values<const float>().data(); }
const float* read(const ModelParameter* parameter) { return read(*parameter->tensor); }
float* write(const Variable& variable) { return variable.tensor->values<float>().data(); }

float ratio(std::int64_t in, std::int64_t out) {
  return out <= 1 ? 0.0F : static_cast<float>(in) / static_cast<float>(out);
}

}  // namespace

// The bias is an addition of its own, as in Paddle.
Variable EagerExecutor::conv2d(const Conv2dLayer& layer, const Variable& x) {
  const Shape &src = x.tensor->shape(), &weight = layer.weight->shape;
  // Padded so that the size stays.
  const kernels::Conv2dParams params{.n = src[0],
                                     .ic = src[1],
                                     .ih = src[2],
                                     .iw = src[3],
                                     .oc = weight[0],
                                     .oh = src[2],
                                     .ow = src[3],
                                     .kh = weight[2],
                                     .kw = weight[3],
                                     .stride_h = 1,
                                     .stride_w = 1,
                                     .pad_top = layer.padding,
                                     .pad_left = layer.padding,
                                     .dilation_h = layer.dilation,
                                     .dilation_w = layer.dilation,
                                     .groups = 1};
  const Variable sum = allocate({src[0], weight[0], src[2], src[3]});
  kernels::conv2d_reference(params, read(*x.tensor), read(layer.weight), {}, write(sum), pool_);
  return add(*sum.tensor, read(layer.bias), {1, weight[0], 1, 1});
}

Variable EagerExecutor::batch_norm(const BatchNormLayer& layer, const Variable& x) {
  const Shape& shape = x.tensor->shape();
  Variable result = allocate(shape);
  const kernels::BatchNormStatistics statistics{read(layer.scale), read(layer.bias),
                                                read(layer.mean), read(layer.variance)};
  kernels::batch_norm_reference({.n = shape[0],
                                 .channels = shape[1],
                                 .spatial = shape[2] * shape[3],
                                 .epsilon = kBatchNormEpsilon},
                                statistics, read(*x.tensor), write(result), pool_);
  return result;
}

Variable EagerExecutor::relu(const Variable& x) {
  Variable result = allocate(x.tensor->shape());
  kernels::unary_reference(kernels::UnaryKind::kRelu, {}, x.tensor->size(), read(*x.tensor),
                           write(result), pool_);
  return result;
}

Variable EagerExecutor::sigmoid(const Variable& x) {
  Variable result = allocate(x.tensor->shape());
  kernels::unary_reference(kernels::UnaryKind::kSigmoid, {}, x.tensor->size(), read(*x.tensor),
                           write(result), pool_);
  return result;
}

Variable EagerExecutor::max_pool2d(const Variable& x) {
  const Shape& src = x.tensor->shape();
  Variable result = allocate({src[0], src[1], (src[2] + 1) / 2, (src[3] + 1) / 2});
  const Shape& dst = result.tensor->shape();
  const kernels::Pool2dParams params =
      kernels::max_pool_2x2(src[0] * src[1], src[2], src[3], dst[2], dst[3]);
  kernels::pool2d_reference(params, read(*x.tensor), write(result), pool_);
  return result;
}

Variable EagerExecutor::resize_like(const Variable& x, const Variable& like) {
  const Shape &src = x.tensor->shape(), &size = like.tensor->shape();
  Variable result = allocate({src[0], src[1], size[2], size[3]});
  const kernels::InterpParams params{.kind = kernels::InterpKind::kBilinear,
                                     .planes = src[0] * src[1],
                                     .ih = src[2],
                                     .iw = src[3],
                                     .oh = size[2],
                                     .ow = size[3],
                                     .ratio_h = ratio(src[2], size[2]),
                                     .ratio_w = ratio(src[3], size[3]),
                                     .align_corners = false,
                                     .half_pixel = true,
                                     .double_coordinates = false};
  kernels::interp_reference(params, read(*x.tensor), write(result), pool_);
  return result;
}

Variable EagerExecutor::concat(std::span<const Variable> parts) {
  Shape shape = parts.front().tensor->shape();
  shape[1] = 0;
  std::vector<const std::byte*> sources;
  std::vector<std::size_t> bytes;  // of one image
  for (const Variable& part : parts) {
    shape[1] += part.tensor->shape()[1];
    sources.push_back(part.tensor->data());
    bytes.push_back(part.tensor->bytes() / static_cast<std::size_t>(shape[0]));
  }
  Variable result = allocate(shape);
  kernels::concat_reference(shape[0], sources, bytes, result.tensor->data());
  return result;
}

Variable EagerExecutor::add(const Variable& x, const Variable& y) {
  return add(*x.tensor, read(*y.tensor), y.tensor->shape());
}

Variable EagerExecutor::add(const Tensor& x, const float* y, const Shape& y_shape) {
  Variable result = allocate(x.shape());
  kernels::binary_reference(kernels::BinaryKind::kAdd, {x.shape(), y_shape, x.shape()}, read(x), y,
                            write(result), pool_);
  return result;
}

}  // namespace u2net::engine
