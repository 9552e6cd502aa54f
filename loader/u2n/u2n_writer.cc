// SPDX-License-Identifier: Apache-2.0
#include "loader/u2n/u2n_writer.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <tuple>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/base/order.h"
#include "loader/limits.h"
#include "loader/u2n/graph_index.h"
#include "loader/u2n/u2n_format.h"
#include "loader/u2n/xxh64.h"

namespace u2net::engine {
namespace {

using Bytes = std::span<const std::byte>;

// Passes leave behind what nobody reads any more.
Graph without_unused_constants(Graph graph) {
  const Connections connections(graph);
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    if (connections.uses[id].empty()) graph.values[id].constant = nullptr;
  }
  return graph;
}

class Writer {
 public:
  explicit Writer(U2nContents contents)
      : contents_(std::move(contents)),
        after_passes_(without_unused_constants(contents_.after_passes)) {
    for (const Graph* graph :
         std::initializer_list<const Graph*>{&after_passes_, &contents_.model.graph}) {
      for (const Value& value : graph->values) {
        const Tensor* tensor = value.constant.get();
        if (!tensor || !numbers_.emplace(tensor, tensors_.size()).second) continue;
        tensors_.push_back(tensor);
        pieces_.push_back({tensor->data(), tensor->bytes()});
      }
    }
    std::erase_if(contents_.packed,
                  [&](const PackedWeight& p) { return !numbers_.contains(p.weight.get()); });
    const auto key = [&](const PackedWeight& p) {
      return std::tuple(numbers_.at(p.weight.get()), p.layout);
    };
    kernels::sort_stably(contents_.packed, [&](const PackedWeight& a, const PackedWeight& b) {
      return key(a) < key(b);
    });
    for (const PackedWeight& p : contents_.packed)
      pieces_.push_back({static_cast<const std::byte*>(p.data.get()), p.bytes});
  }

  std::vector<std::byte> write() {
    std::uint64_t data_bytes = 0;
    for (const Bytes piece : pieces_)
      data_bytes = rounded_up(data_bytes, kU2nAlignment) + piece.size();
    digests_.resize(rounded_up(data_bytes, kU2nDigestBlockBytes) / kU2nDigestBlockBytes);
    // Once for its size, and once with the digests.
    const std::uint64_t index_bytes = index().size(),
                        offset = rounded_up(kU2nHeaderBytes + index_bytes, kU2nPageBytes);
    check_size("index", index_bytes, kMaxProgramFileBytes);
    check_size("packed model", offset + data_bytes, kMaxPackedFileBytes);
    std::vector<std::byte> file(static_cast<std::size_t>(offset + data_bytes));
    const std::span<std::byte> data = std::span(file).subspan(static_cast<std::size_t>(offset));
    write_data(data);
    const std::string with_digests = index();
    std::memcpy(file.data() + kU2nHeaderBytes, with_digests.data(), with_digests.size());
    U2nHeader header{.magic = {},
                     .format = kU2nFormat,
                     .byte_order = kU2nByteOrder,
                     .file_bytes = file.size(),
                     .index_bytes = index_bytes,
                     .data_offset = offset,
                     .index_digest = xxh64(std::as_bytes(std::span(with_digests))),
                     .reserved = 0,
                     .header_digest = 0};
    std::ranges::copy(kU2nMagic, header.magic);
    header.header_digest = header_digest_of(header);
    std::memcpy(file.data(), &header, sizeof header);
    return file;
  }

 private:
  static void check_size(const char* what, std::uint64_t bytes, std::uint64_t limit) {
    if (bytes <= limit) return;
    throw_error(ErrorCode::kModelLimit, "the ", what, " would have ", bytes,
                " bytes, the limit is ", limit);
  }

  void write_data(std::span<std::byte> data) {
    std::size_t at = 0;
    for (const Bytes piece : pieces_) {
      at = static_cast<std::size_t>(rounded_up(at, kU2nAlignment));
      if (!piece.empty()) std::memcpy(data.data() + at, piece.data(), piece.size());
      at += piece.size();
    }
    for (std::size_t b = 0; b < digests_.size(); ++b) {
      const auto rest = Bytes(data).subspan(b * kU2nDigestBlockBytes);
      digests_[b] = xxh64(rest.first(std::min(rest.size(), kU2nDigestBlockBytes)));
    }
  }

  std::string index() const {
    const LoadedModel& model = contents_.model;
    IndexWriter out;
    out.count(kU2nBlocks, digests_.size());
    for (std::uint64_t digest : digests_) out.number(digest);
    out.number(std::uint64_t{model.graph.file_bytes});
    for (std::int64_t number : {model.paddle_version, model.pir_version, model.opset,
                                model.parameter_count, model.parameter_elements})
      out.number(number);
    out.count(kU2nNotes, model.notes.size());
    for (const std::string& note : model.notes) out.text(note);
    out.count(kU2nTensors, tensors_.size());
    for (const Tensor* tensor : tensors_) write_type({tensor->dtype(), tensor->shape()}, out);
    out.text(contents_.kernels);
    out.number(kU2nPacking);
    out.count(kU2nPacked, contents_.packed.size());
    for (const PackedWeight& p : contents_.packed) {
      out.number(numbers_.at(p.weight.get()));
      out.text(p.layout);
      out.number(std::uint64_t{p.bytes});
    }
    out.section([&] { write_graph(model.graph, numbers_, out); });
    out.section([&] { write_graph(after_passes_, numbers_, out); });
    return out.bytes();
  }

  U2nContents contents_;
  Graph after_passes_;
  TensorNumbers numbers_;
  std::vector<const Tensor*> tensors_;  // by number
  std::vector<Bytes> pieces_;           // of the data, in order
  std::vector<std::uint64_t> digests_;
};

}  // namespace

std::vector<std::byte> write_u2n(U2nContents contents) {
  return Writer(std::move(contents)).write();
}

}  // namespace u2net::engine
