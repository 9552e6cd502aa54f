// SPDX-License-Identifier: Apache-2.0
// Caps on what a file may ask for, far above any real export.
#pragma once

#include <cstddef>
#include <cstdint>

namespace u2net::engine {

inline constexpr std::uint64_t kMaxProgramFileBytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kMaxParameterFileBytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMaxPackedFileBytes = std::uint64_t{8} << 30;  // weights thrice
inline constexpr int kMaxProtobufDepth = 16;              // a real program needs 5
inline constexpr std::size_t kMaxJsonDepth = 64;          // a real program needs 15
inline constexpr std::size_t kMaxJsonValues = 2'000'000;  // a real program has 60 an operator
inline constexpr std::size_t kMaxPirConstantBytes = std::size_t{16} << 20;
inline constexpr std::int64_t kMaxPirListSize = 64;  // of a constant operand
// Operands of all operators, and in a .pdmodel their results: a real program has 4 an operator.
inline constexpr std::size_t kMaxConnections = 400'000;
// What the messages of a .pdmodel may take: so much, and so much for each byte of it.
inline constexpr std::uint64_t kMaxMessageBytes = std::uint64_t{128} << 20;
inline constexpr std::uint64_t kMaxMessageBytesOfByte = 2;
inline constexpr int kMaxOps = 20'000;
inline constexpr int kMaxRounds = 32;  // of a loop: as often as a size can be halved
inline constexpr int kMaxStepsOfRounds = 4 * kMaxOps;  // operators, those of loops in every round
inline constexpr std::size_t kMaxResultsOfLoop = 256;
inline constexpr int kMaxVariables = 100'000;
inline constexpr std::int32_t kMaxTensorDescBytes = 1024;
inline constexpr std::int64_t kMaxPickleOpcodes = 2'000'000;  // a real state_dict has 25 an array
inline constexpr std::size_t kMaxPickleNameBytes = 1024;

}  // namespace u2net::engine
