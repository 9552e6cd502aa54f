// SPDX-License-Identifier: Apache-2.0
#include "tests/support/packed_model.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "engine/run/session.h"
#include "loader/u2n/u2n_format.h"
#include "loader/u2n/u2n_reader.h"
#include "loader/u2n/u2n_writer.h"
#include "loader/u2n/xxh64.h"

namespace u2net::engine::test {
namespace {

std::string written(const LoadedModel& model, const Model& native, const std::string& kernels) {
  const std::vector<std::byte> bytes =
      write_u2n({.model = model,
                 .after_passes = native.graph(),
                 .packed = native.weights().entries(),
                 .kernels = kernels.empty() ? kernels_of_this_processor() : kernels});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::shared_ptr<const Model> native_model(const LoadedModel& model) {
  return std::make_shared<const Model>(model.graph,
                                       ModelOptions{.mode = "native", .disabled_passes = {}});
}

}  // namespace

std::string packed_model(const LoadedModel& model, std::span<const TensorView> inputs,
                         const std::string& kernels) {
  const auto native = native_model(model);
  Session session(native, {.threads = 1});
  session.prepare(inputs);
  return written(model, *native, kernels);
}

std::string packed_model(const LoadedModel& model) {
  return written(model, *native_model(model), {});
}

std::string with_right_digests(std::string file) {
  U2nHeader header;
  constexpr std::size_t kDigests = sizeof header + 4;  // behind their number
  if (file.size() < kDigests) return file;
  const auto bytes = [&](std::uint64_t from, std::uint64_t count) {
    return std::as_bytes(std::span(file).subspan(from, count));
  };
  std::memcpy(&header, file.data(), sizeof header);
  header.index_bytes = std::min<std::uint64_t>(header.index_bytes, file.size() - sizeof header);
  header.data_offset = rounded_up(sizeof header + header.index_bytes, kU2nPageBytes);
  header.file_bytes = file.size();
  std::uint64_t at = header.data_offset;
  for (std::size_t digest = kDigests;
       at < file.size() && digest + 8 <= sizeof header + header.index_bytes; digest += 8) {
    const std::uint64_t size = std::min<std::uint64_t>(file.size() - at, kU2nDigestBlockBytes);
    const std::uint64_t right = xxh64(bytes(at, size));
    std::memcpy(file.data() + digest, &right, sizeof right);
    at += size;
  }
  header.index_digest = xxh64(bytes(sizeof header, header.index_bytes));
  header.header_digest = header_digest_of(header);
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

}  // namespace u2net::engine::test
