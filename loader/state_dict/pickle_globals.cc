// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/pickle_globals.h"

namespace u2net::engine {
namespace {

struct KnownGlobal {
  std::string_view module;
  std::string_view name;
  PickleGlobal meaning;
};

constexpr KnownGlobal kGlobals[] = {
    {"numpy.core.multiarray", "_reconstruct", PickleGlobal::kReconstruct},   // numpy 1
    {"numpy._core.multiarray", "_reconstruct", PickleGlobal::kReconstruct},  // numpy 2
    {"numpy", "ndarray", PickleGlobal::kNdarray},
    {"numpy", "dtype", PickleGlobal::kDtype},
    {"collections", "OrderedDict", PickleGlobal::kOrderedDict},
    {"_codecs", "encode", PickleGlobal::kEncode},    // bytes in protocol 2
    {"__builtin__", "bytes", PickleGlobal::kBytes},  // no bytes in protocol 2
    {"__builtin__", "tuple", PickleGlobal::kTuple},  // a tensor in a nest, protocol 2
    {"builtins", "tuple", PickleGlobal::kTuple},     // the same, protocols 3 and 4
    {"torch", "Size", PickleGlobal::kTuple},
    {"torch._utils", "_rebuild_tensor", PickleGlobal::kTorchTensor},
    {"torch._utils", "_rebuild_tensor_v2", PickleGlobal::kTorchTensor},
    {"torch._utils", "_rebuild_parameter", PickleGlobal::kTorchParameter},
    {"torch", "FloatStorage", PickleGlobal::kTorchStorage},
    {"torch", "DoubleStorage", PickleGlobal::kTorchStorage},
    {"torch", "HalfStorage", PickleGlobal::kTorchStorage},
    {"torch", "BFloat16Storage", PickleGlobal::kTorchStorage},
    {"torch", "LongStorage", PickleGlobal::kTorchStorage},
    {"torch", "IntStorage", PickleGlobal::kTorchStorage},
    {"torch", "ShortStorage", PickleGlobal::kTorchStorage},
    {"torch", "CharStorage", PickleGlobal::kTorchStorage},
    {"torch", "ByteStorage", PickleGlobal::kTorchStorage},
    {"torch", "BoolStorage", PickleGlobal::kTorchStorage},
};

}  // namespace

std::optional<PickleGlobal> find_pickle_global(std::string_view module, std::string_view name) {
  for (const KnownGlobal& known : kGlobals) {
    if (known.module == module && known.name == name) return known.meaning;
  }
  return std::nullopt;
}

}  // namespace u2net::engine
