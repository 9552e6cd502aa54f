// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/program_size.h"

#include "framework.pb.h"

namespace u2net::engine {
namespace {

// Of framework.proto. Single numbers lie in their message.
constexpr MessageShape kLeaf{sizeof(proto::Scalar), {}};
constexpr MessageField kAttrFields[] = {{1, FieldKind::kText},
                                        {5, FieldKind::kText},
                                        {6, FieldKind::kNumbers},
                                        {7, FieldKind::kNumbers},
                                        {8, FieldKind::kText},
                                        {11, FieldKind::kNumbers},
                                        {14, FieldKind::kNumbers},
                                        {15, FieldKind::kNumbers},
                                        {16, FieldKind::kNumbers},
                                        {17, FieldKind::kText},
                                        {18, FieldKind::kText},
                                        {20, FieldKind::kMessage, &kLeaf},
                                        {21, FieldKind::kMessage, &kLeaf}};
constexpr MessageShape kAttr{sizeof(proto::OpDesc::Attr), kAttrFields};
constexpr MessageField kSlotFields[] = {{1, FieldKind::kText},
                                        {2, FieldKind::kText, nullptr, true}};
constexpr MessageShape kSlot{sizeof(proto::OpDesc::Var), kSlotFields};
constexpr MessageField kOpFields[] = {{1, FieldKind::kMessage, &kSlot},
                                      {2, FieldKind::kMessage, &kSlot},
                                      {3, FieldKind::kText},
                                      {4, FieldKind::kMessage, &kAttr}};
constexpr MessageShape kOp{sizeof(proto::OpDesc), kOpFields};
constexpr MessageField kTensorFields[] = {{2, FieldKind::kNumbers}};
constexpr MessageShape kTensor{sizeof(proto::VarType::TensorDesc), kTensorFields};
constexpr MessageField kLodTensorFields[] = {{1, FieldKind::kMessage, &kTensor}};
constexpr MessageShape kLodTensor{sizeof(proto::VarType::LoDTensorDesc), kLodTensorFields};
constexpr MessageField kTypeFields[] = {{3, FieldKind::kMessage, &kLodTensor}};
constexpr MessageShape kType{sizeof(proto::VarType), kTypeFields};
constexpr MessageField kVariableFields[] = {{1, FieldKind::kText},
                                            {2, FieldKind::kMessage, &kType}};
constexpr MessageShape kVariable{sizeof(proto::VarDesc), kVariableFields};
constexpr MessageField kBlockFields[] = {{3, FieldKind::kMessage, &kVariable},
                                         {4, FieldKind::kMessage, &kOp}};
constexpr MessageShape kBlock{sizeof(proto::BlockDesc), kBlockFields};
constexpr MessageField kPairFields[] = {{1, FieldKind::kText}, {2, FieldKind::kMessage, &kLeaf}};
constexpr MessageShape kPair{sizeof(proto::OpVersionMap::OpVersionPair), kPairFields};
constexpr MessageField kVersionsFields[] = {{1, FieldKind::kMessage, &kPair}};
constexpr MessageShape kVersions{sizeof(proto::OpVersionMap), kVersionsFields};
constexpr MessageField kProgramFields[] = {{1, FieldKind::kMessage, &kBlock},
                                           {4, FieldKind::kMessage, &kLeaf},
                                           {5, FieldKind::kMessage, &kVersions}};
constexpr MessageShape kProgram{sizeof(proto::ProgramDesc), kProgramFields};

}  // namespace

const MessageShape& program_shape() { return kProgram; }

}  // namespace u2net::engine
