// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/torch_file.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/half_float.h"
#include "loader/limits.h"
#include "loader/quoted.h"
#include "loader/state_dict/find_parameters.h"
#include "loader/state_dict/numpy_array.h"
#include "loader/state_dict/pickle_reader.h"
#include "loader/state_dict/zip_archive.h"

namespace u2net::engine {
namespace {

using namespace std::string_view_literals;
using Bytes = std::span<const std::byte>;

// The first pickle of a file of the older kind: PROTO 2, a number of ten bytes, STOP.
constexpr std::string_view kOldMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr std::string_view kZipMagic = "PK\x03\x04";
constexpr int kOldProtocol = 1001;

struct StorageType {
  std::string_view name;
  DType dtype;
  HalfFloat half = HalfFloat::kNone;
};
constexpr StorageType kStorageTypes[] = {
    {"FloatStorage", DType::kFloat32},
    {"DoubleStorage", DType::kFloat64},
    {"HalfStorage", DType::kInt16, HalfFloat::kFloat16},
    {"BFloat16Storage", DType::kInt16, HalfFloat::kBfloat16},
    {"LongStorage", DType::kInt64},
    {"IntStorage", DType::kInt32},
    {"ShortStorage", DType::kInt16},
    {"CharStorage", DType::kInt8},
    {"ByteStorage", DType::kUInt8},
    {"BoolStorage", DType::kBool},
};

// What the engine calls PyTorch's names of statistics, which Paddle writes otherwise.
constexpr std::pair<std::string_view, std::string_view> kTranslated[] = {
    {".running_mean", "._mean"}, {".running_var", "._variance"}};
constexpr std::string_view kCounter = ".num_batches_tracked";  // of training alone

std::string translated(std::string_view name) {
  for (const auto& [torch, paddle] : kTranslated) {
    if (name.ends_with(torch))
      return std::string(name.substr(0, name.size() - torch.size())) + std::string(paddle);
  }
  return std::string(name);
}

// A tensor of the pickle: rows of a storage.
struct Rows {
  const StorageType* type = nullptr;
  Shape shape, strides;  // in elements
  const std::byte* first = nullptr;
};

void copy_rows(const Rows& rows, std::size_t item, std::byte* to) {
  const std::size_t rank = rows.shape.size();
  std::vector<std::int64_t> index(rank, 0);
  std::int64_t offset = 0;
  for (std::int64_t left = element_count(rows.shape); left > 0; --left) {
    std::memcpy(to, rows.first + static_cast<std::size_t>(offset) * item, item);
    to += item;
    for (std::size_t i = rank; i-- > 0;) {
      if (rows.shape[i] == 1) continue;  // whose stride may be any number
      offset += rows.strides[i];
      if (++index[i] < rows.shape[i]) break;
      offset -= rows.strides[i] * rows.shape[i];
      index[i] = 0;
    }
  }
}

bool are_contiguous(const Rows& rows) {
  std::uint64_t step = 1;  // which wraps around where there are no elements
  for (std::size_t i = rows.shape.size(); i-- > 0;) {
    if (rows.shape[i] != 1 && static_cast<std::uint64_t>(rows.strides[i]) != step) return false;
    step *= static_cast<std::uint64_t>(rows.shape[i]);
  }
  return true;
}

class TorchReader {
 public:
  TorchReader(Bytes bytes, const std::string& name)
      : bytes_(bytes),
        name_(name),
        prefix_(str_cat("cannot load parameters '", name, "': ")),
        budget_(bytes.size()) {}

  StateDict read() {
    const bool is_zip = text_of_bytes(bytes_).starts_with(kZipMagic);
    return is_zip ? read_archive() : read_old();
  }

 private:
  template <class... Pieces>
  [[noreturn]] void fail(const Pieces&... why) const {
    throw_error(ErrorCode::kModelParams, prefix_, why...);
  }

  static std::string_view text_of_bytes(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  StateDict read_archive() {
    const ZipEntries entries = read_zip(bytes_, prefix_);
    constexpr std::string_view kPickle = "/data.pkl";
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.first.ends_with(kPickle) &&
             entry.first.find('/') + kPickle.size() == entry.first.size();
    });
    if (found == entries.end()) {
      throw_error(ErrorCode::kModelParams, prefix_,
                  "this is a ZIP archive, but not one that torch.save wrote");
    }
    const std::string folder(found->first.substr(0, found->first.find('/') + 1));
    if (entries.contains(str_cat(folder, "constants.pkl"))) {
      throw Error(ErrorCode::kModelUnsupported, str_cat(prefix_, "this is a TorchScript program"),
                  "save the weights alone with torch.save(model.state_dict(), path)");
    }
    if (const auto order = entries.find(str_cat(folder, "byteorder"));
        order != entries.end() && text_of_bytes(order->second) != "little") {
      throw_error(ErrorCode::kModelUnsupported, prefix_, "big-endian elements are not supported");
    }
    const Pickle pickle = read_pickle(found->second, name_);
    const std::string data = str_cat(folder, "data/");
    for (const auto& [name, content] : entries) {
      if (name.starts_with(data)) storages_.emplace(name.substr(data.size()), content);
    }
    return state_of(pickle);
  }

  Pickle take_pickle(std::size_t& at) const {
    std::size_t used = 0;
    if (at == bytes_.size()) fail("this is a PyTorch checkpoint that ends early");
    Pickle pickle = read_pickle(bytes_.subspan(at), name_, &used);
    at += used;
    return pickle;
  }

  // Number of protocol, facts about the machine, the object, the keys of its storages; then, for
  // each key, how many elements it has and these.
  StateDict read_old() {
    std::size_t at = kOldMagic.size();
    const Pickle protocol = take_pickle(at);
    if (const PickleValue& number = protocol[protocol.root];
        number.kind != PickleKind::kInteger || number.integer != kOldProtocol)
      fail("protocol ", number.integer, " of torch.save, expected ", kOldProtocol);
    check_machine(take_pickle(at));
    const Pickle object = take_pickle(at);
    const Pickle keys = take_pickle(at);
    const std::map<std::string_view, std::size_t> items = storage_items(object);
    if (keys[keys.root].kind != PickleKind::kList) fail("the keys of its storages are not a list");
    for (const PickleRef ref : keys[keys.root].items) {
      const PickleValue& key = keys[ref];
      const auto item = items.find(key.text);
      if (key.kind != PickleKind::kText || item == items.end())
        fail("a storage ", engine::in_quotes(key.text), " that no tensor has");
      std::uint64_t count = 0;
      take(at, sizeof count, key.text, &count);
      if (count > bytes_.size())
        fail("storage ", engine::in_quotes(key.text), " of ", count, " elements");
      const std::size_t from = at;
      take(at, count * item->second, key.text);
      storages_.insert_or_assign(std::string(key.text), bytes_.subspan(from, at - from));
    }
    if (at != bytes_.size()) fail(bytes_.size() - at, " bytes are left over behind its storages");
    return state_of(object);
  }

  void take(std::size_t& at, std::uint64_t size, std::string_view key, void* to = nullptr) const {
    if (size > bytes_.size() - at) {
      fail("storage ", engine::in_quotes(key), " needs ", size, " bytes at offset ", at,
           ", the file ends at ", bytes_.size());
    }
    if (to) std::memcpy(to, bytes_.data() + at, static_cast<std::size_t>(size));
    at += static_cast<std::size_t>(size);
  }

  void check_machine(const Pickle& facts) const {
    const std::vector<PickleRef>& items = facts[facts.root].items;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      if (facts[items[i]].text == "little_endian" && facts[items[i + 1]].integer == 0)
        throw_error(ErrorCode::kModelUnsupported, prefix_, "big-endian elements are not supported");
    }
  }

  // ('storage', type, key, where, elements, ...): the bytes of an element, by key.
  std::map<std::string_view, std::size_t> storage_items(const Pickle& pickle) const {
    std::map<std::string_view, std::size_t> items;
    for (const PickleValue& value : pickle.values) {
      if (value.kind != PickleKind::kStorage) continue;
      const std::size_t item = dtype_size(type_of(pickle, value).dtype);
      if (!items.emplace(value.text, item).second && items.at(value.text) != item)
        fail("storage ", engine::in_quotes(value.text), " is of two types");
    }
    return items;
  }

  const StorageType& type_of(const Pickle& pickle, const PickleValue& storage) const {
    const std::string_view name = pickle[storage.items[0]].text;
    for (const StorageType& type : kStorageTypes) {
      if (type.name == name) return type;
    }
    throw_error(ErrorCode::kModelUnsupported, prefix_, engine::in_quotes(name),
                " is not supported");
  }

  StateDict state_of(const Pickle& pickle) {
    const PickleValue& dict = pickle[find_parameters(pickle, prefix_)];
    if (dict.kind != PickleKind::kDict)
      fail("it holds ", pickle_kind_name(dict.kind), ", expected a dict of tensors");
    StateDict state;
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue& key = pickle[dict.items[i]];
      if (key.kind != PickleKind::kText || key.text.size() > kMaxPickleNameBytes)
        fail("a key of the dict is ", pickle_kind_name(key.kind), ", expected a name");
      if (key.text.ends_with(kCounter)) continue;
      const std::string where = str_cat(prefix_, "parameter ", engine::in_quotes(key.text), ": ");
      auto tensor = std::make_shared<const Tensor>(
          read_tensor(pickle, pickle[dict.items[i + 1]], where, state));
      if (!state.tensors.emplace(translated(key.text), std::move(tensor)).second)
        fail("the dict has ", engine::in_quotes(key.text), " twice");
    }
    return state;
  }

  Tensor read_tensor(const Pickle& pickle, const PickleValue& value, const std::string& where,
                     StateDict& state) {
    if (value.kind != PickleKind::kTensor) {
      throw_error(ErrorCode::kModelParams, where, "it is ", pickle_kind_name(value.kind),
                  ", expected a tensor");
    }
    const Rows rows = rows_of(pickle, value, where);
    Tensor tensor(rows.type->dtype, rows.shape);
    if (tensor.bytes() > budget_)
      throw_error(ErrorCode::kModelLimit, where, "with it, the tensors are larger than the file");
    budget_ -= tensor.bytes();
    const std::size_t item = dtype_size(rows.type->dtype);
    if (are_contiguous(rows) && tensor.size() > 0) {
      std::memcpy(tensor.data(), rows.first, tensor.bytes());
    } else {
      copy_rows(rows, item, tensor.data());
    }
    if (rows.type->dtype == DType::kBool) {  // no other byte is a bool in C++
      for (std::size_t i = 0; i < tensor.bytes(); ++i)
        tensor.data()[i] = tensor.data()[i] == std::byte{0} ? std::byte{0} : std::byte{1};
    }
    return as_float32(std::move(tensor), rows.type->half, state);
  }

  // (storage, offset, shape, strides, ...)
  Rows rows_of(const Pickle& pickle, const PickleValue& tensor, const std::string& where) const {
    const PickleValue& storage = pickle[tensor.items[0]];
    Rows rows{.type = &type_of(pickle, storage),
              .shape = read_numpy_shape(pickle, tensor.items[2], where),
              .strides = read_numpy_shape(pickle, tensor.items[3], where)};
    const PickleValue& offset = pickle[tensor.items[1]];
    if (offset.kind != PickleKind::kInteger || offset.integer < 0 ||
        rows.strides.size() != rows.shape.size())
      throw_error(ErrorCode::kModelParams, where, "its offset or strides make no sense");
    const auto found = storages_.find(storage.text);
    if (found == storages_.end())
      throw_error(ErrorCode::kModelParams, where, "there is no storage ",
                  engine::in_quotes(storage.text));
    const std::size_t item = dtype_size(rows.type->dtype);
    const auto elements = static_cast<std::int64_t>(found->second.size() / item);
    std::int64_t last = offset.integer;
    bool fits = true;
    for (std::size_t i = 0; i < rows.shape.size(); ++i) {
      std::int64_t reach = 0;
      fits = fits &&
             !__builtin_mul_overflow(std::max<std::int64_t>(rows.shape[i] - 1, 0), rows.strides[i],
                                     &reach) &&
             !__builtin_add_overflow(last, reach, &last);
    }
    if (element_count(rows.shape) == 0) return rows;
    if (!fits || last >= elements) {
      throw_error(ErrorCode::kModelParams, where, "shape ", rows.shape, " with strides ",
                  rows.strides, " from element ", offset.integer, " on, its storage has ", elements,
                  " elements");
    }
    rows.first = found->second.data() + static_cast<std::size_t>(offset.integer) * item;
    return rows;
  }

  Bytes bytes_;
  const std::string& name_;
  std::string prefix_;
  std::uint64_t budget_;  // what tensors may take that share storages
  std::map<std::string, Bytes, std::less<>> storages_;
};

}  // namespace

bool looks_like_torch(Bytes head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  return text.starts_with(kZipMagic) || text.starts_with(kOldMagic);
}

StateDict read_torch_file(Bytes bytes, const std::string& name) {
  return TorchReader(bytes, name).read();
}

}  // namespace u2net::engine
