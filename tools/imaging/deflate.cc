// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

#ifdef U2NET_HAS_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#endif

namespace u2net::imaging {
namespace {

constexpr std::size_t kMaxPiece = std::numeric_limits<std::uint32_t>::max() / 2;

// A block of at most 255 bytes as they are, not the last one (RFC 1951, 3.2.4), from a whole byte
// on.
void append_stored(std::span<const std::uint8_t> data, std::vector<std::byte>& out) {
  const auto size = static_cast<std::uint8_t>(data.size());
  for (const int head : {0, int{size}, 0, 255 - size, 255}) out.push_back(std::byte(head));
  const auto bytes = std::as_bytes(data);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// What is left of a piece, and where the next bytes of the stream go.
struct Step {
  const std::uint8_t* in;
  std::uint32_t in_bytes;
  std::uint8_t* out;
  std::uint32_t out_bytes;
  bool is_last;
};

}  // namespace

class Deflater::Stream {
 public:
  virtual ~Stream() = default;
  // How many of the piece's first bytes stand in the stream as they are, in a stored block, before
  // the first step.
  virtual std::size_t begin(std::span<const std::uint8_t>) = 0;
  // As far as there is input and room.
  virtual void step(Step& step) = 0;
};

class Deflater::ZlibStream final : public Deflater::Stream {
 public:
  explicit ZlibStream(int level) {
    constexpr int kRaw = -15, kMemory = 8;
    if (::deflateInit2(&z_, level, Z_DEFLATED, kRaw, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~ZlibStream() override { ::deflateEnd(&z_); }
  ZlibStream(const ZlibStream&) = delete;
  ZlibStream& operator=(const ZlibStream&) = delete;

  std::size_t begin(std::span<const std::uint8_t>) override {
    ::deflateReset(&z_);
    return 0;
  }
  void step(Step& step) override {
    z_.next_in = const_cast<Bytef*>(step.in);  // only ever read
    z_.avail_in = step.in_bytes;
    z_.next_out = step.out;
    z_.avail_out = step.out_bytes;
    if (::deflate(&z_, step.is_last ? Z_FINISH : Z_SYNC_FLUSH) == Z_STREAM_ERROR)
      throw std::logic_error("zlib refuses a piece");
    step = {z_.next_in, z_.avail_in, z_.next_out, z_.avail_out, step.is_last};
  }

 private:
  z_stream z_{};
};

#ifdef U2NET_HAS_ISAL

class Deflater::IsalStream final : public Deflater::Stream {
 public:
  IsalStream() : buffer_(ISAL_DEF_LVL1_DEFAULT) {}

  // Without a dictionary ISA-L (2.30 to 2.32 at least, on x86) enters its third byte at a place
  // that follows from the stream's address, so that once in a few thousand addresses the same bytes
  // are packed differently. The piece's own beginning is the dictionary.
  std::size_t begin(std::span<const std::uint8_t> data) override {
    ::isal_deflate_init(&z_);
    z_.level = 1;
    z_.level_buf = buffer_.data();
    z_.level_buf_size = static_cast<std::uint32_t>(buffer_.size());
    constexpr std::size_t kDictionary = 32;
    const std::size_t size = std::min(kDictionary, data.size());
    if (::isal_deflate_set_dict(&z_, const_cast<std::uint8_t*>(data.data()),  // only ever read
                                static_cast<std::uint32_t>(size)) != COMP_OK)
      throw std::logic_error("ISA-L refuses a dictionary");
    return size;
  }
  void step(Step& step) override {
    z_.end_of_stream = step.is_last ? 1 : 0;
    z_.flush = step.is_last ? NO_FLUSH : SYNC_FLUSH;
    z_.next_in = const_cast<std::uint8_t*>(step.in);  // only ever read
    z_.avail_in = step.in_bytes;
    z_.next_out = step.out;
    z_.avail_out = step.out_bytes;
    if (::isal_deflate(&z_) != COMP_OK) throw std::logic_error("ISA-L refuses a piece");
    step = {z_.next_in, z_.avail_in, z_.next_out, z_.avail_out, step.is_last};
  }

 private:
  isal_zstream z_{};
  std::vector<std::uint8_t> buffer_;
};

const char* deflate_name() { return "ISA-L"; }

std::uint32_t adler32(std::span<const std::uint8_t> data) {
  return ::isal_adler32(1, data.data(), data.size());
}

std::uint32_t crc32(std::span<const std::byte> data) {
  return ::crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(data.data()), data.size());
}

#else

const char* deflate_name() { return "zlib"; }

std::uint32_t adler32(std::span<const std::uint8_t> data) {
  return static_cast<std::uint32_t>(::adler32_z(1, data.data(), data.size()));
}

std::uint32_t crc32(std::span<const std::byte> data) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));
}

#endif

Deflater::Deflater(Effort effort) {
#ifdef U2NET_HAS_ISAL
  if (effort == Effort::kFast) {
    stream_ = std::make_unique<IsalStream>();
    return;
  }
#endif
  stream_ = std::make_unique<ZlibStream>(effort == Effort::kSmall ? 9 : 1);
}

Deflater::~Deflater() = default;

void Deflater::piece(std::span<const std::uint8_t> data, bool is_last,
                     std::vector<std::byte>& out) {
  if (data.size() > kMaxPiece) throw std::length_error("a piece of more than 2 GiB");
  const std::size_t stored = stream_->begin(data);
  if (stored > 0) append_stored(data.first(stored), out);
  Step step{data.data() + stored, static_cast<std::uint32_t>(data.size() - stored), nullptr, 0,
            is_last};
  std::size_t filled = out.size();
  do {
    // Room for what cannot be made smaller: stored blocks, and the empty one at the end.
    out.resize(filled + step.in_bytes + step.in_bytes / 1000 + 4096);
    const std::size_t room = out.size() - filled;
    step.out = reinterpret_cast<std::uint8_t*>(out.data() + filled);
    step.out_bytes = static_cast<std::uint32_t>(room);
    stream_->step(step);
    filled += room - step.out_bytes;
  } while (step.out_bytes == 0);
  out.resize(filled);
}

std::uint32_t adler32_combined(std::uint32_t first, std::uint32_t second, std::uint64_t size) {
  return static_cast<std::uint32_t>(::adler32_combine(first, second, static_cast<z_off_t>(size)));
}

}  // namespace u2net::imaging
