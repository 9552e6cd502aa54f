// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/onnx_size.h"

#include "onnx.pb.h"

namespace u2net::engine {
namespace {

// Of onnx.proto. Single numbers lie in their message.
constexpr MessageField kEntryFields[] = {{1, FieldKind::kText}, {2, FieldKind::kText}};
constexpr MessageShape kEntry{sizeof(onnx::Entry), kEntryFields};
constexpr MessageField kTensorFields[] = {
    {1, FieldKind::kNumbers}, {3, FieldKind::kText},    {4, FieldKind::kFixed},
    {5, FieldKind::kNumbers}, {7, FieldKind::kNumbers}, {8, FieldKind::kText},
    {9, FieldKind::kText},    {10, FieldKind::kFixed},  {13, FieldKind::kMessage, &kEntry}};
constexpr MessageShape kTensor{sizeof(onnx::Tensor), kTensorFields};
constexpr MessageField kAttributeFields[] = {
    {1, FieldKind::kText}, {4, FieldKind::kText},  {5, FieldKind::kMessage, &kTensor},
    {6, FieldKind::kText}, {7, FieldKind::kFixed}, {8, FieldKind::kNumbers},
    {9, FieldKind::kText}};
constexpr MessageShape kAttribute{sizeof(onnx::Attribute), kAttributeFields};
constexpr MessageField kNodeFields[] = {{1, FieldKind::kText, nullptr, true},
                                        {2, FieldKind::kText, nullptr, true},
                                        {3, FieldKind::kText},
                                        {4, FieldKind::kText},
                                        {5, FieldKind::kMessage, &kAttribute},
                                        {7, FieldKind::kText}};
constexpr MessageShape kNode{sizeof(onnx::Node), kNodeFields};
constexpr MessageField kDimensionFields[] = {{2, FieldKind::kText}};
constexpr MessageShape kDimension{sizeof(onnx::Dimension), kDimensionFields};
constexpr MessageField kShapeFields[] = {{1, FieldKind::kMessage, &kDimension}};
constexpr MessageShape kShape{sizeof(onnx::TensorShape), kShapeFields};
constexpr MessageField kTensorTypeFields[] = {{2, FieldKind::kMessage, &kShape}};
constexpr MessageShape kTensorType{sizeof(onnx::TensorType), kTensorTypeFields};
constexpr MessageField kTypeFields[] = {{1, FieldKind::kMessage, &kTensorType}};
constexpr MessageShape kType{sizeof(onnx::Type), kTypeFields};
constexpr MessageField kValueFields[] = {{1, FieldKind::kText}, {2, FieldKind::kMessage, &kType}};
constexpr MessageShape kValue{sizeof(onnx::ValueInfo), kValueFields};
constexpr MessageField kGraphFields[] = {{1, FieldKind::kMessage, &kNode},
                                         {5, FieldKind::kMessage, &kTensor},
                                         {11, FieldKind::kMessage, &kValue},
                                         {12, FieldKind::kMessage, &kValue},
                                         {15, FieldKind::kText}};
constexpr MessageShape kGraph{sizeof(onnx::Graph), kGraphFields};
constexpr MessageField kOperatorSetFields[] = {{1, FieldKind::kText}};
constexpr MessageShape kOperatorSet{sizeof(onnx::OperatorSet), kOperatorSetFields};
constexpr MessageField kModelFields[] = {{2, FieldKind::kText},
                                         {7, FieldKind::kMessage, &kGraph},
                                         {8, FieldKind::kMessage, &kOperatorSet}};
constexpr MessageShape kModel{sizeof(onnx::Model), kModelFields};

}  // namespace

const MessageShape& onnx_model_shape() { return kModel; }
const MessageShape& onnx_graph_shape() { return kGraph; }

}  // namespace u2net::engine
