// SPDX-License-Identifier: Apache-2.0
// What the targets that read files share.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>

#include "engine/base/error.h"
#include "engine/graph/graph.h"
#include "engine/run/model.h"

namespace u2net::fuzz {
using namespace engine;

// Bytes that have a path while the object lives: a file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// Calls `action`, which may throw an Error of these codes alone. Throws Finding for anything else,
// and for messages of more than one line or of none.
void expect_refusals(std::initializer_list<ErrorCode> allowed, const std::function<void()>& action);

// What loading and planning a model may be refused for.
inline constexpr auto kModelRefusals = {ErrorCode::kModelFormat, ErrorCode::kModelParams,
                                        ErrorCode::kModelUnsupported, ErrorCode::kModelLimit};

// Plans a loaded program for small inputs, in modes inference and native, and runs it where that is
// little work.
void try_to_run(const Graph& graph);
// The same in the mode of the options.
void try_to_run(const Graph& graph, const ModelOptions& options);

}  // namespace u2net::fuzz
