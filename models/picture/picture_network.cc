// SPDX-License-Identifier: Apache-2.0
#include "models/picture/picture_network.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "models/picture/image.h"

namespace u2net::engine {
namespace {

template <class... Pieces>
[[noreturn]] void fail_unsuited(const Pieces&... why) {
  throw Error(ErrorCode::kModelUnsupported, str_cat("the model is not one for pictures: ", why...),
              "u2net infer runs any model on tensors");
}

// Of a picture's own size: enough for five halvings, and what the decoders' limits allow.
constexpr int kFewestPixels = 32;

// The sizes that were asked for, where the program leaves them open.
void choose_size(const PictureNetwork::Size& wanted, const PortInfo& input, Shape& shape) {
  const Shape& declared = input.type.shape;
  const std::int64_t sizes[] = {wanted.height, wanted.width};
  for (std::size_t axis : {2, 3}) {
    const std::int64_t size = sizes[axis - 2];
    const bool fits = declared[axis] == -1 || (size == declared[axis] && !wanted.of_the_picture);
    if ((size > 0 || wanted.of_the_picture) && !fits) {
      throw Error(ErrorCode::kInputShape,
                  str_cat("input '", input.name, "' is ", declared,
                          ": the model does not take pictures of another size"),
                  "export it with open sizes (u2net export NET.pdparams --input-shape -1,3,-1,-1), "
                  "or give the .pdparams file itself");
    }
    if (size > 0) shape[axis] = size;
  }
}

// The input's shape with the free sizes filled in.
Shape input_shape(const std::vector<PortInfo>& inputs, std::int64_t open_side) {
  if (inputs.size() != 1) fail_unsuited("it has ", inputs.size(), " inputs, expected 1");
  const TensorType& type = inputs[0].type;
  const auto free_or = [&](std::size_t axis, std::int64_t size) {
    return type.shape[axis] == -1 || type.shape[axis] == size;
  };
  if (type.dtype != DType::kFloat32 || type.shape.size() != 4 || !free_or(0, 1) || !free_or(1, 3)) {
    fail_unsuited("input '", inputs[0].name, "' is ", type.shape, " ", dtype_name(type.dtype),
                  ", expected [1,3,H,W] float32");
  }
  Shape shape = {1, 3, type.shape[2], type.shape[3]};
  for (std::size_t axis : {2, 3}) {
    if (shape[axis] == -1) shape[axis] = open_side;
    if (shape[axis] > imaging::kMaxSide) fail_unsuited("input '", inputs[0].name, "' is ", shape);
  }
  return shape;
}

// Throws where the output is not one map of a sensible size, or one for each class.
void check_output(const std::string& name, const TensorType& type, int classes) {
  const std::size_t rank = type.shape.size();
  bool is_map = type.dtype == DType::kFloat32 && rank >= 2 && (classes == 1 || rank == 4);
  for (std::size_t axis = 0; is_map && axis < rank; ++axis) {
    is_map = axis + 2 < rank ? type.shape[axis] == (axis == 1 ? classes : 1)
                             : type.shape[axis] >= 1 && type.shape[axis] <= imaging::kMaxSide;
  }
  if (!is_map) {
    fail_unsuited("output '", name, "' is ", type.shape, " ", dtype_name(type.dtype),
                  ", expected [1,", classes, ",H,W] float32");
  }
}

}  // namespace

PictureNetwork::PictureNetwork(std::unique_ptr<Session> session, const Size& size, const Kind& kind)
    : session_(std::move(session)), size_(size), kind_(kind) {
  const std::vector<PortInfo> inputs = session_->model().inputs();
  const std::size_t outputs = session_->model().output_names().size();
  const Shape declared = inputs.empty() ? Shape{} : inputs.front().type.shape;
  if (!kind.preset) kind_.preset = &imaging::network_preset_for(declared, outputs, {});
  Shape shape = input_shape(inputs, kind_.preset->side);
  choose_size(size_, session_->model().inputs().front(), shape);
  height_ = static_cast<int>(shape[2]);
  width_ = static_cast<int>(shape[3]);
  if (const Plan* planned = plan()) {
    const auto& output = planned->outputs.front();
    if (!kind.preset)
      kind_.preset = &imaging::network_preset_for(declared, outputs, output.type.shape);
    check_output(output.name, output.type, kind_.preset->classes);
  }
  if (kind_.subject < 0 || (kind_.subject > 0 && kind_.subject >= kind_.preset->classes)) {
    throw_error(ErrorCode::kUsage, "class ", kind_.subject, " of preset '", kind_.preset->name,
                "', which has ", kind_.preset->classes);
  }
}

const Plan* PictureNetwork::plan() {
  try {
    const TensorView picture = input(nullptr);
    return session_->plans() ? &session_->prepare({&picture, 1}) : nullptr;
  } catch (const Error& e) {
    // Nobody chose the sizes but the program: where they do not fit, it is the program that is
    // wrong.
    if (e.code() != ErrorCode::kInputShape || size_.height > 0 || size_.of_the_picture) throw;
    throw Error(ErrorCode::kModelFormat, e.what(), e.hint());
  }
}

void PictureNetwork::fit(int picture_height, int picture_width) {
  if (!size_.of_the_picture) return;
  height_ = std::max(picture_height, kFewestPixels);
  width_ = std::max(picture_width, kFewestPixels);
}

TensorView PictureNetwork::input(const float* picture) const {
  // Inputs are only ever read.
  return {DType::kFloat32, {1, 3, height_, width_}, const_cast<float*>(picture)};
}

std::span<const float> PictureNetwork::mask_of(const TensorView& scores) {
  const auto* values = scores.as<const float>();
  const auto count = static_cast<std::size_t>(scores.size());
  if (kind_.preset->classes == 1) return {values, count};
  const auto classes = static_cast<std::size_t>(kind_.preset->classes);
  const std::size_t plane = count / classes;
  mask_.assign(plane, 0.0F);
  for (std::size_t i = 0; i < plane; ++i) {
    std::size_t best = 0;  // the first of the largest
    for (std::size_t c = 1; c < classes; ++c) {
      if (values[c * plane + i] > values[best * plane + i]) best = c;
    }
    const auto subject = static_cast<std::size_t>(kind_.subject);
    mask_[i] = best != 0 && (subject == 0 || best == subject) ? 1.0F : 0.0F;
  }
  return mask_;
}

PictureNetwork::Prediction PictureNetwork::run(std::span<const float> picture) {
  const TensorView view = input(picture.data());
  const TensorView& output = session_->run({&view, 1}).front();
  check_output(session_->model().output_names().front(), {output.dtype, output.shape},
               kind_.preset->classes);
  const std::size_t rank = output.shape.size();
  return {mask_of(output), static_cast<int>(output.shape[rank - 2]),
          static_cast<int>(output.shape[rank - 1])};
}

}  // namespace u2net::engine
