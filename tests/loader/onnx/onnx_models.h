// SPDX-License-Identifier: Apache-2.0
// ONNX models of tests/data/onnx, to be changed and loaded.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "loader/load_model.h"
#include "onnx.pb.h"
#include "tests/support/expect_error.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {

inline std::string case_file(const std::string& name) {
  return read_file(source_folder() / "tests/data/onnx" / name / "model.onnx");
}

inline onnx::Model model_of(const std::string& name) {
  onnx::Model model;
  EXPECT_TRUE(model.ParseFromString(case_file(name)));
  return model;
}

inline LoadedModel load_text(const std::string& bytes) {
  return load_model(
      {.program = std::as_bytes(std::span(bytes)), .parameters = {}, .program_name = "m.onnx"});
}

inline testing::AssertionResult refused(ErrorCode code,
                                        std::initializer_list<std::string_view> parts,
                                        const onnx::Model& model) {
  const std::string bytes = model.SerializeAsString();
  return fails_with(code, parts, [&] { load_text(bytes); });
}

}  // namespace u2net::engine::test
