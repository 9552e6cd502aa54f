// SPDX-License-Identifier: Apache-2.0
// A packed model in one file, which docs/u2n.md describes field by field:
//
//   header   64 bytes                           its own digest in its last field
//   index    what there is: sizes, digests of   its digest is in the header
//            the data, tensors, both graphs
//   zeros    to a whole page
//   data     tensors, then packed weights,      a digest each MiB, in the index
//            each from a multiple of 64 on
//
// Where data lie is not written but follows from the sizes of what comes before, and all must end
// with the file: nothing can overlap, nothing can lie outside, and no byte is without a digest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/graph/graph.h"
#include "kernels/base/rounding.h"
#include "loader/limits.h"
#include "loader/u2n/index_bytes.h"
#include "loader/u2n/xxh64.h"

namespace u2net::engine {

inline constexpr std::string_view kU2nMagic = "\x89U2N\r\n\x1a\n";
// Of header, index and graphs. Another one cannot be read.
inline constexpr std::uint32_t kU2nFormat = 1;
// Of what kernels make of weights under a name (ConvKernel::packing(), "bias16"): to be raised when
// something else comes to be packed under a name that was used before. Packed weights of another
// version are not looked at; they are made anew from the weights in the file.
inline constexpr std::uint32_t kU2nPacking = 1;
inline constexpr std::uint32_t kU2nByteOrder = 0x01020304;

inline constexpr std::size_t kU2nHeaderBytes = 64;
inline constexpr std::size_t kU2nPageBytes = 4096;
inline constexpr std::size_t kU2nAlignment = 64;
inline constexpr std::size_t kU2nDigestBlockBytes = std::size_t{1} << 20;

inline constexpr CountLimit kU2nBlocks = {"blocks of data",
                                          kMaxPackedFileBytes / kU2nDigestBlockBytes, 8};
inline constexpr CountLimit kU2nNotes = {"notes", 64, 4};
inline constexpr CountLimit kU2nTensors = {"tensors", kMaxConnections, 2};
inline constexpr CountLimit kU2nPacked = {"packed weights", kMaxConnections, 16};
inline constexpr CountLimit kU2nValues = {"values", kMaxConnections, 8};
inline constexpr CountLimit kU2nPorts = {"inputs or outputs", kMaxConnections, 8};
inline constexpr CountLimit kU2nOperators = {"operators", kMaxStepsOfRounds, 20};
// Of one operator, and of all.
inline constexpr CountLimit kU2nOperands = {"operands and results", kMaxConnections + kMaxVariables,
                                            sizeof(ValueId)};
inline constexpr CountLimit kU2nAttributes = {"attributes of an operator", 64, 6};  // one has 16
// Of an attribute that is a list, and of what folding a batch normalisation leaves behind.
inline constexpr std::size_t kU2nMostListed = std::size_t{16} << 20;
inline constexpr CountLimit kU2nBooleans = {"booleans of a list", kU2nMostListed, 1};
inline constexpr CountLimit kU2nIntegers = {"integers of a list", kU2nMostListed, 8};
inline constexpr CountLimit kU2nReals = {"numbers of a list", kU2nMostListed, 8};
inline constexpr CountLimit kU2nTexts = {"texts of a list", 4096, 4};
inline constexpr CountLimit kU2nChannels = {"channels", kU2nMostListed, 8};

struct U2nHeader {
  char magic[8];
  std::uint32_t format;
  std::uint32_t byte_order;
  std::uint64_t file_bytes;
  std::uint64_t index_bytes;
  std::uint64_t data_offset;
  std::uint64_t index_digest;
  std::uint64_t reserved;
  std::uint64_t header_digest;  // of what comes before it
};
static_assert(sizeof(U2nHeader) == kU2nHeaderBytes);

inline std::uint64_t header_digest_of(const U2nHeader& header) {
  return xxh64(std::as_bytes(std::span(&header, 1)).first(offsetof(U2nHeader, header_digest)));
}

using kernels::rounded_up;

}  // namespace u2net::engine
