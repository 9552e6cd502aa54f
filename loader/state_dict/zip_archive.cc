// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/zip_archive.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "archives are little-endian");

constexpr std::uint32_t kEndMagic = 0x06054b50, kEntryMagic = 0x02014b50, kLocalMagic = 0x04034b50;
constexpr std::size_t kEndBytes = 22, kEntryBytes = 46, kLocalBytes = 30, kMostComment = 65535;
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint32_t kElsewhere = 0xFFFFFFFF;  // in the 64-bit records of larger archives

class ZipReader {
 public:
  ZipReader(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  ZipEntries read() {
    const std::size_t end = find_end();
    const auto count = number<std::uint16_t>(end + 10);
    std::uint64_t at = number<std::uint32_t>(end + 16);
    ZipEntries entries;
    for (int i = 0; i < count; ++i) {
      if (number<std::uint32_t>(at) != kEntryMagic)
        fail("its directory has no entry at offset ", at);
      const auto name_bytes = number<std::uint16_t>(at + 28);
      const std::string_view name = text(at + kEntryBytes, name_bytes);
      if (!entries.emplace(name, content(at, name)).second)
        fail("it has ", engine::in_quotes(name), " twice");
      at += kEntryBytes + name_bytes + number<std::uint16_t>(at + 30) +
            number<std::uint16_t>(at + 32);
    }
    return entries;
  }

 private:
  template <class... Pieces>
  [[noreturn]] void fail(const Pieces&... why) const {
    throw_error(ErrorCode::kModelParams, where_,
                "a PyTorch checkpoint, if anything: the ZIP archive is damaged: ", why...);
  }

  std::span<const std::byte> part(std::uint64_t at, std::uint64_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) {
      fail(size, " bytes at offset ", at, ", the file ends at ", bytes_.size());
    }
    return bytes_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
  }

  template <class T>
  T number(std::uint64_t at) const {
    T value;
    std::memcpy(&value, part(at, sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view text(std::uint64_t at, std::uint64_t size) const {
    const auto found = part(at, size);
    return {reinterpret_cast<const char*>(found.data()), found.size()};
  }

  // The last record, behind which there may be a comment.
  std::size_t find_end() const {
    const std::size_t least = bytes_.size() - std::min(bytes_.size(), kEndBytes + kMostComment);
    for (std::size_t at = bytes_.size() - std::min(bytes_.size(), kEndBytes);
         at + kEndBytes <= bytes_.size(); --at) {
      if (number<std::uint32_t>(at) == kEndMagic) return at;
      if (at == least) break;
    }
    fail("it has no directory at its end");
  }

  std::span<const std::byte> content(std::uint64_t at, std::string_view name) const {
    const auto method = number<std::uint16_t>(at + 10);
    if (method != 0 || (number<std::uint16_t>(at + 8) & kEncrypted) != 0) {
      throw Error(
          ErrorCode::kModelUnsupported,
          str_cat(where_, engine::in_quotes(name), " is ", method != 0 ? "compressed" : "encrypted",
                  ", which torch.save does not do"),
          "save it again with torch.save(model.state_dict(), path)");
    }
    const auto size = number<std::uint32_t>(at + 24), stored = number<std::uint32_t>(at + 20);
    const auto local = number<std::uint32_t>(at + 42);
    if (size == kElsewhere || local == kElsewhere) {
      throw_error(ErrorCode::kModelUnsupported, where_,
                  "ZIP archives of over 4 GiB are not supported");
    }
    if (size != stored) {
      fail(engine::in_quotes(name), " has ", stored, " bytes that stand for ", size);
    }
    if (number<std::uint32_t>(local) != kLocalMagic)
      fail(engine::in_quotes(name), " is not at offset ", local);
    return part(std::uint64_t{local} + kLocalBytes +
                    number<std::uint16_t>(local + std::uint64_t{26}) +
                    number<std::uint16_t>(local + std::uint64_t{28}),
                size);
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
};

}  // namespace

ZipEntries read_zip(std::span<const std::byte> bytes, const std::string& where) {
  return ZipReader(bytes, where).read();
}

}  // namespace u2net::engine
