// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <vector>

namespace u2net::imaging {
namespace {

using Values = std::vector<std::uint8_t>;

// A raw deflate stream, whole; empty where it is none.
Values inflated(const std::vector<std::byte>& stream, std::size_t size) {
  Values out(size + 1);  // one more, to see what is too much
  z_stream z{};
  EXPECT_EQ(::inflateInit2(&z, -15), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stream.data()));
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  const bool is_whole = ::inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0;
  out.resize(is_whole ? z.total_out : 0);
  ::inflateEnd(&z);
  return out;
}

// Nothing, single values, and noise, of sizes around the bytes that are stored as they are.
TEST(Deflate, PiecesOfAnySizeMakeOneStream) {
  std::mt19937 random(1);
  for (Effort effort : {Effort::kFast, Effort::kZlib, Effort::kSmall}) {
    Deflater deflater(effort);
    for (int levels : {1, 2, 256}) {
      std::vector<std::byte> stream;
      Values all;
      const std::vector<std::size_t> sizes = {0, 1, 2, 31, 32, 33, 40, 300, 5000, 70000, 1};
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        Values piece(sizes[i]);
        for (std::uint8_t& v : piece)
          v = static_cast<std::uint8_t>(random() % static_cast<unsigned>(levels));
        all.insert(all.end(), piece.begin(), piece.end());
        deflater.piece(piece, i + 1 == sizes.size(), stream);
      }
      EXPECT_TRUE(inflated(stream, all.size()) == all) << levels << " levels";
    }
  }
}

}  // namespace
}  // namespace u2net::imaging
