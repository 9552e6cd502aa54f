// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/state_dict.h"

#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/byte_stream.h"
#include "loader/limits.h"
#include "loader/quoted.h"
#include "loader/recognise.h"
#include "loader/state_dict/find_parameters.h"
#include "loader/state_dict/numpy_array.h"
#include "loader/state_dict/pickle_reader.h"
#include "loader/state_dict/torch_file.h"

namespace u2net::engine {
namespace {

constexpr std::string_view kNameTable = "StructuredToParameterName@@";
constexpr std::string_view kSliceTable = "UnpackBigParamInfor@@";

constexpr std::uint64_t kNamesOfByte = 2;  // beside the array, and in the table

using Entries = std::map<std::string_view, PickleRef>;

class Interpreter {
 public:
  Interpreter(const Pickle& pickle, std::uint64_t file_bytes, const std::string& name)
      : pickle_(pickle),
        budget_(file_bytes),
        name_budget_(kNamesOfByte * file_bytes),
        prefix_(str_cat("cannot load parameters '", name, "': ")) {}

  StateDict run() {
    entries_ = entries_of(find_parameters(pickle_, prefix_), "the pickle");
    const std::optional<PickleRef> names = extract(kNameTable);
    if (const std::optional<PickleRef> slices = extract(kSliceTable)) join_slices(*slices);
    for (const auto& [name, ref] : entries_) add_entry(name, ref);
    if (names) add_names(*names);
    return std::move(result_);
  }

 private:
  template <class... Pieces>
  [[noreturn]] void fail(const Pieces&... why) const {
    throw_error(ErrorCode::kModelParams, prefix_, why...);
  }

  std::string where(std::string_view name) const {
    return str_cat(prefix_, "parameter ", in_quotes(name), ": ");
  }

  std::string_view text_of(PickleRef ref, const std::string& what) const {
    const PickleValue& value = pickle_[ref];
    if (value.kind != PickleKind::kText) {
      fail(what, " is ", pickle_kind_name(value.kind), ", expected a string");
    }
    if (value.text.empty() || value.text.size() > kMaxPickleNameBytes) {
      fail(what, " has ", value.text.size(), " bytes, expected 1 to ", kMaxPickleNameBytes);
    }
    return value.text;
  }

  const std::vector<PickleRef>& items_of(PickleRef ref, PickleKind kind,
                                         const std::string& what) const {
    const PickleValue& value = pickle_[ref];
    if (value.kind != kind) {
      fail(what, " is ", pickle_kind_name(value.kind), ", expected ", pickle_kind_name(kind));
    }
    return value.items;
  }

  // A dict with texts as its keys.
  Entries entries_of(PickleRef ref, const std::string& what) const {
    const std::vector<PickleRef>& items = items_of(ref, PickleKind::kDict, what);
    Entries entries;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      const std::string_view key = text_of(items[i], str_cat("a key of ", what));
      if (!entries.emplace(key, items[i + 1]).second) {
        fail(what, " has ", in_quotes(key), " twice");
      }
    }
    return entries;
  }

  std::optional<PickleRef> extract(std::string_view key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    const PickleRef ref = found->second;
    entries_.erase(found);
    return ref;
  }

  // Every array has its data in the file, so that all of them together are not larger than it;
  // a file that shares data between arrays to make them so is not an honest one.
  void take(std::size_t bytes, std::string_view name) {
    if (bytes > budget_) {
      throw_error(ErrorCode::kModelLimit, where(name),
                  "with it, the arrays are larger than the file");
    }
    budget_ -= bytes;
  }

  // The name of Paddle's parameter, which the file may have once for many.
  void add_name(std::string_view name, std::string_view parameter) {
    if (parameter.size() > name_budget_) {
      throw_error(ErrorCode::kModelLimit, where(name),
                  "with it, the names are larger than the file");
    }
    name_budget_ -= parameter.size();
    result_.parameter_names.insert_or_assign(std::string(name), std::string(parameter));
  }

  void add(std::string_view name, std::shared_ptr<const Tensor> tensor) {
    if (!result_.tensors.emplace(name, std::move(tensor)).second) {
      fail("the pickle has ", in_quotes(name), " twice, once in slices");
    }
  }

  // An array, or the tuple (name of the parameter, array).
  void add_entry(std::string_view name, PickleRef ref) {
    const std::vector<PickleRef>& items = pickle_[ref].items;
    if (pickle_[ref].kind == PickleKind::kTuple && items.size() == 2) {
      const std::string what = str_cat("parameter ", in_quotes(name), ": its name");
      add_name(name, text_of(items[0], what));
      ref = items[1];
    }
    std::shared_ptr<const Tensor>& tensor = read_[ref];
    if (!tensor) {
      const NumpyArray array = read_numpy_array(pickle_, ref, where(name));
      take(array.bytes(), name);
      Tensor copy(array.type);
      copy_numpy_array(array, copy.data());
      tensor = std::make_shared<const Tensor>(as_float32(std::move(copy), array.half, result_));
    }
    add(name, tensor);
  }

  // {name: {'OriginShape': shape, 'slices': [name of an entry, ...]}}
  void join_slices(PickleRef table) {
    for (const auto& [name, ref] : entries_of(table, in_quotes(kSliceTable))) {
      Entries info = entries_of(ref, str_cat(in_quotes(kSliceTable), " of ", in_quotes(name)));
      if (!info.contains("OriginShape") || !info.contains("slices")) {
        fail(in_quotes(kSliceTable), " of ", in_quotes(name), " needs 'OriginShape' and 'slices'");
      }
      const Shape shape = read_numpy_shape(pickle_, info.at("OriginShape"), where(name));
      const std::vector<PickleRef>& slices = items_of(
          info.at("slices"), PickleKind::kList, str_cat("the list of slices of ", in_quotes(name)));
      join(name, shape, slices);
    }
  }

  void join(std::string_view name, const Shape& shape, const std::vector<PickleRef>& slices) {
    std::vector<NumpyArray> parts;
    std::int64_t elements = 0;
    for (const PickleRef slice : slices) {
      const std::string_view key = text_of(slice, str_cat("a slice of ", in_quotes(name)));
      const std::optional<PickleRef> ref = extract(key);
      if (!ref) fail("there is no ", in_quotes(key), ", a slice of ", in_quotes(name));
      parts.push_back(read_numpy_array(pickle_, *ref, where(key)));
      take(parts.back().bytes(), key);
      const TensorType& type = parts.back().type;
      if (type.shape.size() != 1 || type.dtype != parts.front().type.dtype ||
          parts.back().half != parts.front().half) {
        throw_error(ErrorCode::kModelParams, where(key), "a slice of ", dtype_name(type.dtype), ' ',
                    type.shape, ", expected one dimension of ",
                    dtype_name(parts.front().type.dtype));
      }
      elements += type.shape[0];
    }
    if (parts.empty() || elements != element_count(shape)) {
      fail("the slices of ", in_quotes(name), " have ", elements, " elements, its shape is ",
           shape);
    }
    Tensor whole(parts.front().type.dtype, shape);
    std::byte* destination = whole.data();
    for (const NumpyArray& part : parts) {
      copy_numpy_array(part, destination);
      destination += part.bytes();
    }
    add(name,
        std::make_shared<const Tensor>(as_float32(std::move(whole), parts.front().half, result_)));
  }

  // Names of what is not there are left over from another dict, and of no use.
  void add_names(PickleRef table) {
    for (const auto& [key, ref] : entries_of(table, in_quotes(kNameTable))) {
      const std::string_view name =
          text_of(ref, str_cat(in_quotes(kNameTable), " of ", in_quotes(key)));
      if (result_.tensors.contains(std::string(key))) {
        add_name(key, name);
      }
    }
  }

  const Pickle& pickle_;
  std::uint64_t budget_, name_budget_;  // bytes
  std::string prefix_;
  Entries entries_;
  std::map<PickleRef, std::shared_ptr<const Tensor>> read_;
  StateDict result_;
};

void reject_mistakes(ByteStream& stream) {
  const std::optional<Recognised> found =
      recognise_mistake(stream.peek(kRecognisedBytes), stream.size(), FileRole::kStateDict);
  if (!found) return;
  throw Error(ErrorCode::kModelParams,
              str_cat("cannot load parameters '", stream.name(), "': this is ", found->what),
              found->hint);
}

}  // namespace

Tensor as_float32(Tensor tensor, HalfFloat half, StateDict& state) {
  if (half == HalfFloat::kNone && tensor.dtype() != DType::kFloat64) return tensor;
  ++state.converted;
  Tensor result(DType::kFloat32, tensor.shape());
  const std::span<float> to = result.values<float>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (half == HalfFloat::kNone) {
      to[i] = static_cast<float>(tensor.values<double>()[i]);
      continue;
    }
    const auto bits = static_cast<std::uint16_t>(tensor.values<std::int16_t>()[i]);
    to[i] = half == HalfFloat::kFloat16 ? from_float16(bits) : from_bfloat16(bits);
  }
  return result;
}

StateDict read_state_dict(std::span<const std::byte> bytes, const std::string& name) {
  if (looks_like_torch(bytes)) return read_torch_file(bytes, name);
  const Pickle pickle = read_pickle(bytes, name);
  return Interpreter(pickle, bytes.size(), name).run();
}

StateDict load_state_dict(const std::filesystem::path& path) {
  ByteStream stream = ByteStream::open(path, kMaxParameterFileBytes);
  reject_mistakes(stream);
  return read_state_dict(stream.read_all(), stream.name());
}

}  // namespace u2net::engine
