// SPDX-License-Identifier: Apache-2.0
// Runs networks of the U2-Net family as PaddlePaddle exports them: Config -> Model -> Session.
//
//   u2net::Model model(u2net::Config("u2netp").set_threads(2));     // immutable; copies share it
//   u2net::Session session(model);                                  // for one thread at a time
//   session.set_input("x", {pixels.data(), {1, 3, 320, 320}});      // copies
//   session.run();
//   u2net::Tensor d0 = session.output(0);                           // a copy, yours to keep
//
// Everything is owned and copied unless the verb says `borrow`. What fails throws u2net::Error
// (std::bad_alloc where memory runs out). Nothing is printed, nothing runs before main(), and what
// failed for want of memory or threads may be called again. Mode onednn cannot promise that: oneDNN
// and OpenMP end the process where there is no memory for them.
//
// Threads: in mode native outputs have the same bits for every number of threads, and a picture has
// the same in every batch, on one processor (with one U2NET_MAX_ISA); so have the modes on the
// reference kernels. Mode onednn: oneDNN takes its kernels by number of threads and batch, so that
// there bits may differ, within rounding.
//
// fork(): a child may run, copy and destroy what it inherited. A Session that another thread was in
// at that moment throws kUsage from then on, a Segmenter goes on. Mode onednn cannot go on where
// the forking thread had run it with several threads, which are OpenMP's: kModeUnavailable.
//
// Floating point: within a call numbers below the smallest normal one (1.2e-38) are zero, as
// operands and as results, in every mode as in PaddleInference (such numbers would take a hundred
// times as long); rounding is to nearest and nothing traps. When a call returns or throws the
// caller's settings (MXCSR) are as they were.
//
// Infinite values and NaN: ReLU(NaN) is 0, a maximum forgets a NaN with what came before it in its
// window and is at least -FLT_MAX, everything else is IEEE arithmetic (0 * inf is NaN, so in
// resizing samples of no weight count): as PaddlePaddle does it on a CPU. In mode native a 3x3
// convolution may go by transforms of tiles (Winograd): there an infinite value or a NaN makes NaN
// of every tile of 6x6 or 4x4 results of which it is a sample, at most 6 pixels away in either
// dimension, and of nothing else; set_exact(true) keeps it to the results that it is a term of. In
// mode onednn a maximum leaves NaN out and resizing leaves out samples of no weight, as oneDNN
// does.
//
// For C++17 and later; see u2net.h for C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "u2net/base.h"

namespace u2net {
inline namespace v1 {

// Stable numbers, those of u2net_status in u2net.h.
enum class ErrorCode {
  kUsage = 1,             // an argument or option that makes no sense
  kModelNotFound = 2,     // a model or parameter file cannot be opened or read
  kModelFormat = 3,       // the bytes are not a (whole, consistent) Paddle program
  kModelParams = 4,       // the parameters do not fit the program
  kModelUnsupported = 5,  // a valid program that needs what this engine does not have
  kModelLimit = 6,        // a size cap was exceeded
  kInputShape = 7,        // wrong name, shape or type of an input
  kInputLimit = 8,        // a picture is larger than allowed
  kModeUnavailable = 9,   // a mode that this build does not contain, or a forked process cannot run
  kInternal = 11,         // a bug in the engine
  kNoThreads = 13,        // the system starts no more threads
};

class U2NET_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string hint = {});
  Error(const Error&);
  ~Error() override;

  ErrorCode code() const { return code_; }
  std::string name() const;                          // "E-MODEL-FORMAT"
  const std::string& hint() const { return hint_; }  // one action to take, or empty

 private:
  ErrorCode code_;
  std::string hint_;
};

// Stable numbers: Paddle's.
enum class DType {
  kBool = 0,
  kInt16 = 1,
  kInt32 = 2,
  kInt64 = 3,
  kFloat32 = 5,
  kFloat64 = 6,
  kUInt8 = 20,
  kInt8 = 21,
};

U2NET_API std::string dtype_name(DType dtype);
U2NET_API std::size_t dtype_size(DType dtype);  // bytes of an element

template <class T>
constexpr DType dtype_of() = delete;
template <>
constexpr DType dtype_of<bool>() {
  return DType::kBool;
}
template <>
constexpr DType dtype_of<std::int16_t>() {
  return DType::kInt16;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::kInt32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::kInt64;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::kFloat32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::kFloat64;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::kUInt8;
}
template <>
constexpr DType dtype_of<std::int8_t>() {
  return DType::kInt8;
}

using Shape = std::vector<std::int64_t>;

// The number of elements. Throws kInputShape where it is negative or beyond 2^34; a Tensor holds
// 2^31 at most.
U2NET_API std::size_t element_count(const Shape& shape);
// "[1,3,320,320]"
U2NET_API std::string to_string(const Shape& shape);

namespace detail {
[[noreturn]] U2NET_API void fail_dtype(DType is, DType wanted);
}

// Elements of others, row-major; to be read only, and only as long as their owner says.
class TensorView {
 public:
  TensorView() = default;
  TensorView(DType dtype, Shape shape, const void* data)
      : dtype_(dtype), shape_(std::move(shape)), data_(data) {}
  template <class T>
  TensorView(const T* data, Shape shape) : TensorView(dtype_of<T>(), std::move(shape), data) {}

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::size_t size() const { return element_count(shape_); }
  std::size_t bytes() const { return size() * dtype_size(dtype_); }
  const void* data() const { return data_; }

  // Another tensor of the same type.
  void set_data(const void* data) { data_ = data; }

  // Throws kInputShape where T is not the type of the elements.
  template <class T>
  const T* data() const {
    if (dtype_ != dtype_of<T>()) detail::fail_dtype(dtype_, dtype_of<T>());
    return static_cast<const T*>(data_);
  }

 private:
  DType dtype_ = DType::kFloat32;
  Shape shape_ = {0};
  const void* data_ = nullptr;
};

// Elements of its own, zero at first.
class Tensor {
 public:
  Tensor() = default;
  Tensor(DType dtype, Shape shape)
      : dtype_(dtype),
        shape_(std::move(shape)),
        bytes_(element_count(shape_) * dtype_size(dtype)) {}
  explicit Tensor(const TensorView& view) : Tensor(view.dtype(), view.shape()) {
    if (!bytes_.empty()) std::memcpy(bytes_.data(), view.data(), bytes_.size());
  }

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::size_t size() const { return bytes_.size() / dtype_size(dtype_); }
  std::size_t bytes() const { return bytes_.size(); }
  void* data() { return bytes_.data(); }
  const void* data() const { return bytes_.data(); }

  template <class T>
  T* data() {
    if (dtype_ != dtype_of<T>()) detail::fail_dtype(dtype_, dtype_of<T>());
    return reinterpret_cast<T*>(bytes_.data());
  }
  template <class T>
  const T* data() const {
    return const_cast<Tensor*>(this)->data<T>();
  }

  // As long as the tensor lives and keeps its place.
  operator TensorView() const { return {dtype_, shape_, bytes_.data()}; }

 private:
  DType dtype_ = DType::kFloat32;
  Shape shape_ = {0};
  std::vector<std::byte> bytes_;
};

// How a network is run; README.md, "Modes". All give the same outputs, within rounding.
enum class Mode {
  kDefault = 0,    // native
  kDynamic = 1,    // the network as code, layer by layer, with the parameters of a .pdparams file
  kStatic = 2,     // the program as written, on the reference kernels
  kInference = 3,  // optimised, on the reference kernels
  kOneDnn = 4,     // optimised, on oneDNN; not in every build
  kNative = 5,     // optimised, on the engine's own kernels
};

U2NET_API std::string mode_name(Mode mode);
// Throws kUsage for an unknown name.
U2NET_API Mode mode_from_name(std::string_view name);
// Those of this build.
U2NET_API std::vector<Mode> available_modes();

// What mode native may compute in: a permission, made use of where that is faster on this
// processor. Where it is not, and in the other modes, results have the bits of kF32;
// Session::precision() tells. Inputs and outputs are float32 in any case. Stable numbers, those of
// u2net_precision.
enum class Precision {
  kF32 = 0,     // the default
  kBf16 = 1,    // convolutions of numbers in bfloat16, summed in float32
  kBf16x3 = 2,  // the same with two bfloat16 a number: nearly as exact as float32
  kMixed = 3,   // the one or the other: bf16 where its roundings do next to nothing to the outputs
};

U2NET_API std::string precision_name(Precision precision);
// Throws kUsage for an unknown name.
U2NET_API Precision precision_from_name(std::string_view name);

// "0.1.0"
U2NET_API std::string version();
// Whether a model was compiled into this build of the library (U2NET_BUNDLE_MODEL).
U2NET_API bool has_bundled_model();

// Which model, and how to run it. Cheap to copy; nothing is read before a Model is made.
class U2NET_API Config {
 public:
  // The model that is compiled in, U2Netp.
  Config();
  // A prefix (m for m.pdmodel + m.pdiparams), a program file or a folder. `parameters` where that
  // file is named otherwise. Or a file that `u2net pack` made (.u2n): it is mapped as long as
  // Models and Sessions of it exist, and must not be shortened in its place meanwhile.
  explicit Config(std::string model, std::string parameters = {});
  // The bytes of a .pdmodel and of a .pdiparams file, or none and those of a .pdparams file; or of
  // a .u2n file and none.
  static Config from_memory(const void* program, std::size_t program_bytes, const void* parameters,
                            std::size_t parameter_bytes);
  // The same without a copy: they must stay as they are until the Model is made, and no longer.
  static Config borrow_memory(const void* program, std::size_t program_bytes,
                              const void* parameters, std::size_t parameter_bytes);
  Config(const Config&);
  Config& operator=(const Config&);
  Config(Config&&) noexcept;
  Config& operator=(Config&&) noexcept;
  ~Config();

  Config& set_mode(Mode mode);
  // Of each Session, at most 256. 0, the default: as many as the environment variable
  // OMP_NUM_THREADS says, or else one for every processor that the process may use (by its affinity
  // and its control group's quota).
  Config& set_threads(int threads);
  // A Session that would need more for its activations refuses to run (kModelLimit).
  Config& set_max_memory(std::size_t bytes);
  // Mode native: no convolution by transforms; slower, rounding closer to the plain sum.
  Config& set_exact(bool exact);
  // Of mode native; kF32 by default.
  Config& set_precision(Precision precision);
  // Leaves out a pass over the graph; throws when the Model is made where there is none so called.
  Config& disable_pass(std::string name);

 private:
  friend class Model;
  friend struct Internals;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// -1 in a shape stands for any size.
struct TensorInfo {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
};

// A network with its weights. Immutable: any number of threads may share it. Copies are cheap and
// the same model.
class U2NET_API Model {
 public:
  explicit Model(const Config& config);
  Model(const Model&);
  Model& operator=(const Model&);
  ~Model();

  std::vector<TensorInfo> inputs() const;
  std::vector<std::string> output_names() const;
  Mode mode() const;

 private:
  friend struct Internals;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

struct SessionOptions {
  int threads = -1;            // -1: as the Config of the model says
  std::size_t max_memory = 0;  // bytes; 0: as the Config of the model says
};

// Runs a Model. For one thread at a time, which is checked; cheap, as Sessions share the weights.
// After the first run with given sizes, setting inputs of those sizes and running allocate nothing.
class U2NET_API Session {
 public:
  explicit Session(const Model& model, const SessionOptions& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();
  // Another Session of the same model with the same options, without inputs.
  Session clone() const;

  Model model() const;
  int threads() const;

  // Copies. Throws kInputShape for an unknown name (the message lists those there are) and for what
  // the program cannot take; the input is then as it was.
  void set_input(std::string_view name, const TensorView& value);
  void set_input(std::size_t index, const TensorView& value);
  // Keeps the address alone: the elements must be there at every run until another value is set.
  void borrow_input(std::string_view name, const TensorView& value);
  void borrow_input(std::size_t index, const TensorView& value);

  // Throws kInputShape before anything runs where an input is missing or does not fit.
  void run();
  // All at once: borrows the inputs during the call, and returns copies of the outputs.
  std::vector<Tensor> run(const std::vector<TensorView>& inputs);

  // Of the last run, a copy. Throws kUsage before the first one.
  Tensor output(std::string_view name) const;
  Tensor output(std::size_t index) const;
  // In the session's own memory: until its next run, or its end.
  const TensorView& borrow_output(std::string_view name) const;
  const TensorView& borrow_output(std::size_t index) const;

  // What the activations take for the inputs as they are set; 0 in mode dynamic.
  std::size_t memory_bytes();
  // What a run with the inputs as they are set computes in: what the Config permits, or kF32.
  Precision precision();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace u2net
