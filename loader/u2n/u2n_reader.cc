// SPDX-License-Identifier: Apache-2.0
// What is looked at more than once, or before it is checked, is a copy: the file may change at any
// time. Only elements of float32, of which any value is as good as another, stay in the file.
#include "loader/u2n/u2n_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/plan/kernel_choice.h"
#include "loader/limits.h"
#include "loader/u2n/graph_index.h"
#include "loader/u2n/u2n_format.h"
#include "loader/u2n/xxh64.h"

namespace u2net::engine {
namespace {

// Below, a tensor shares its page with others, and is copied.
constexpr std::size_t kBorrowedFrom = kU2nPageBytes;

template <class... Pieces>
[[noreturn]] void fail(const std::string& name, const Pieces&... why) {
  throw_error(ErrorCode::kModelFormat, "cannot load model '", name, "': ", why...);
}

void expect(const std::string& name, const char* what, std::uint64_t got, std::uint64_t expected) {
  if (got == expected) return;
  fail(name, what, " is ", got, ", expected ", expected);
}

U2nHeader read_header(ByteStream& stream) {
  U2nHeader header;
  if (stream.remaining() < sizeof header) {
    fail(stream.name(), "it has ", stream.size(), " bytes, a packed model ", sizeof header,
         " or more");
  }
  stream.read(&header, sizeof header);
  if (!std::ranges::equal(std::string_view(header.magic, sizeof header.magic), kU2nMagic))
    fail(stream.name(), "it is no packed model");
  expect(stream.name(), "its byte order", header.byte_order, kU2nByteOrder);
  if (header.format != kU2nFormat) {
    throw Error(ErrorCode::kModelFormat,
                str_cat("cannot load model '", stream.name(), "': its format is version ",
                        header.format, ", this u2net reads ", kU2nFormat),
                "make it again with: u2net pack");
  }
  if (header.header_digest != header_digest_of(header))
    fail(stream.name(), "it is damaged: its header has another digest");
  expect(stream.name(), "its size", stream.size(), header.file_bytes);
  expect(stream.name(), "the last field of its header", header.reserved, 0);
  if (header.index_bytes > kMaxProgramFileBytes || header.index_bytes > stream.remaining()) {
    throw_error(ErrorCode::kModelLimit, "cannot load model '", stream.name(), "': its index has ",
                header.index_bytes, " bytes, the limit is ",
                std::min(kMaxProgramFileBytes, stream.remaining()));
  }
  expect(stream.name(), "the offset of its data", header.data_offset,
         rounded_up(sizeof header + header.index_bytes, kU2nPageBytes));
  if (header.data_offset > stream.size()) fail(stream.name(), "it ends in front of its data");
  return header;
}

std::vector<std::byte> read_index(ByteStream& stream, const U2nHeader& header) {
  std::vector<std::byte> index(static_cast<std::size_t>(header.index_bytes));
  stream.read(index.data(), index.size());
  if (xxh64(index) != header.index_digest)
    fail(stream.name(), "it is damaged: its index has another digest");
  std::vector<std::byte> zeros(static_cast<std::size_t>(header.data_offset - stream.offset()));
  stream.read(zeros.data(), zeros.size());
  if (std::ranges::any_of(zeros, [](std::byte b) { return b != std::byte{0}; }))
    fail(stream.name(), "it is damaged: there is something between its index and its data");
  return index;
}

// Read, not mapped: what is looked at in a mapping counts as the memory of the process, and most of
// it will not be looked at again.
void check_digests(ByteStream& stream, IndexReader& index) {
  const std::size_t blocks = index.count(kU2nBlocks);
  expect(stream.name(), "the number of its digests", blocks,
         rounded_up(stream.remaining(), kU2nDigestBlockBytes) / kU2nDigestBlockBytes);
  std::vector<std::byte> block;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::uint64_t offset = stream.offset();
    block.resize(static_cast<std::size_t>(
        std::min<std::uint64_t>(stream.remaining(), kU2nDigestBlockBytes)));
    stream.read(block.data(), block.size());
    if (xxh64(block) != index.number<std::uint64_t>())
      fail(stream.name(), "it is damaged: the data from byte ", offset, " on have another digest");
  }
}

// The data of the file, piece by piece.
class DataReader {
 public:
  DataReader(ByteStream& stream, std::uint64_t offset) : stream_(stream), offset_(offset) {
    if (offset < stream.size()) data_ = stream.share(offset);
  }

  // The next bytes.
  const std::byte* take(std::uint64_t bytes, const std::string& what) {
    const std::uint64_t at = rounded_up(at_, kU2nAlignment);
    if (at > data_.bytes.size() || bytes > data_.bytes.size() - at) {
      fail(stream_.name(), what, " has ", bytes, " bytes from ", offset_ + at,
           " on, the file ends at ", offset_ + data_.bytes.size());
    }
    at_ = at + bytes;
    return data_.bytes.data() + at;
  }

  // What was taken, read: a look at a mapping brings its neighbourhood into the memory of the
  // process, and that is large tensors which nobody may come to look at.
  void read(const std::byte* taken, std::uint64_t bytes, std::byte* destination) {
    stream_.read_at(offset_ + static_cast<std::uint64_t>(taken - data_.bytes.data()), destination,
                    static_cast<std::size_t>(bytes));
  }

  void expect_end() const {
    expect(stream_.name(), "the size of its data", data_.bytes.size(), at_);
  }

  // Read only, as long as somebody has it.
  std::shared_ptr<const void> owner() const { return data_.owner; }
  std::shared_ptr<const void> shared(const std::byte* at) const { return {data_.owner, at}; }

 private:
  ByteStream& stream_;
  std::uint64_t offset_;  // in the file
  SharedBytes data_;
  std::uint64_t at_ = 0;
};

TensorType read_tensor_type(IndexReader& index, const std::string& what) {
  TensorType type = read_type(index, what);
  try {
    check_dimensions(type.shape);
  } catch (const Error& e) {
    throw_error(e.code(), "cannot load model '", index.name(), "': ", what, ": ", e.what());
  }
  return type;
}

Tensors read_tensors(IndexReader& index, DataReader& data) {
  const std::size_t count = index.count(kU2nTensors);
  Tensors tensors;
  tensors.reserve(count);
  for (std::size_t t = 0; t < count; ++t) {
    const std::string what = str_cat("tensor ", t);
    const TensorType type = read_tensor_type(index, what);
    const std::size_t bytes = byte_count(type.dtype, type.shape);
    const std::byte* at = data.take(bytes, what);
    if (type.dtype == DType::kFloat32 && bytes >= kBorrowedFrom) {
      tensors.push_back(std::make_shared<const Tensor>(Tensor::borrow(type, data.owner(), at)));
    } else {
      Tensor copy(type);
      data.read(at, bytes, copy.data());
      tensors.push_back(std::make_shared<const Tensor>(std::move(copy)));
    }
  }
  return tensors;
}

std::vector<PackedWeight> read_packed(IndexReader& index, DataReader& data,
                                      const Tensors& tensors) {
  const std::size_t count = index.count(kU2nPacked);
  std::vector<PackedWeight> packed;
  packed.reserve(count);
  for (std::size_t p = 0; p < count; ++p) {
    const auto tensor = index.number<std::uint32_t>();
    if (tensor >= tensors.size()) {
      index.fail("packed weight ", p, " is of tensor ", tensor, " of ", tensors.size());
    }
    PackedWeight weight{.weight = tensors[tensor], .layout = index.text(), .data = nullptr};
    const auto bytes = index.number<std::uint64_t>();
    weight.data = data.shared(
        data.take(bytes, str_cat("packed weight '", weight.layout, "' of tensor ", tensor)));
    weight.bytes = static_cast<std::size_t>(bytes);
    packed.push_back(std::move(weight));
  }
  return packed;
}

// Empty where what is packed is for this program on this processor.
std::string why_not_used(const std::string& kernels, std::uint32_t packing) {
  if (packing != kU2nPacking)
    return str_cat("in layouts of version ", packing, ", this u2net's are of version ",
                   kU2nPacking);
  const std::string here = kernels_of_this_processor();
  return kernels == here
             ? ""
             : str_cat("for ", kernels, ", and this processor's kernels are for ", here);
}

void read_packed_for_here(IndexReader& index, DataReader& data, const Tensors& tensors,
                          LoadedModel& model) {
  const std::string kernels = index.text();
  const auto packing = index.number<std::uint32_t>();
  std::vector<PackedWeight> packed = read_packed(index, data, tensors);
  data.expect_end();
  std::size_t bytes = 0;
  for (const PackedWeight& weight : packed) bytes += weight.bytes;
  model.packed_for = str_cat(kernels, ": ", packed.size(), " weights, ", bytes, " bytes");
  if (const std::string why = why_not_used(kernels, packing); !why.empty()) {
    model.warnings.push_back(
        str_cat("the weights of '", index.name(), "' are packed ", why, ": they are packed anew"));
  } else {
    model.packed = std::move(packed);
  }
}

void read_origin(IndexReader& index, LoadedModel& model) {
  model.paddle_version = index.number<std::int64_t>();
  model.pir_version = index.number<std::int64_t>();
  model.opset = index.number<std::int64_t>();
  model.parameter_count = index.number<std::int64_t>();
  model.parameter_elements = index.number<std::int64_t>();
  const std::size_t notes = index.count(kU2nNotes);
  for (std::size_t n = 0; n < notes; ++n) model.notes.push_back(index.text());
}

}  // namespace

std::string kernels_of_this_processor() {
  return std::string(kernels::isa_name(usable_features()));
}

LoadedModel read_u2n(ByteStream stream, GraphStage stage) {
  const U2nHeader header = read_header(stream);
  const std::vector<std::byte> bytes = read_index(stream, header);
  IndexReader index(bytes, stream.name());
  check_digests(stream, index);
  DataReader data(stream, header.data_offset);
  LoadedModel model;
  const auto source_bytes = index.number<std::uint64_t>();
  read_origin(index, model);
  const Tensors tensors = read_tensors(index, data);
  read_packed_for_here(index, data, tensors, model);
  const IndexReader as_written = index.section(), after_passes = index.section();
  index.expect_end();
  model.passes_have_run = stage == GraphStage::kAfterPasses;
  model.graph = read_graph(model.passes_have_run ? after_passes : as_written, tensors);
  if (!model.passes_have_run) model.packed.clear();
  // What planning may take is that of the model that was packed, but no more than this file's.
  model.graph.file_bytes = static_cast<std::size_t>(std::min(source_bytes, header.file_bytes));
  return model;
}

}  // namespace u2net::engine
