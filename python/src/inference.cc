// SPDX-License-Identifier: Apache-2.0
// Model and Session: arrays in without a copy, arrays of their own out, the GIL released meanwhile.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <optional>

#include "module.h"

namespace u2net::python {
namespace {

using Array = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;

struct NamedType {
  api::DType dtype;
  nb::dlpack::dtype_code code;
  int bits;
};
constexpr NamedType kTypes[] = {
    {api::DType::kBool, nb::dlpack::dtype_code::Bool, 8},
    {api::DType::kInt8, nb::dlpack::dtype_code::Int, 8},
    {api::DType::kInt16, nb::dlpack::dtype_code::Int, 16},
    {api::DType::kInt32, nb::dlpack::dtype_code::Int, 32},
    {api::DType::kInt64, nb::dlpack::dtype_code::Int, 64},
    {api::DType::kUInt8, nb::dlpack::dtype_code::UInt, 8},
    {api::DType::kFloat32, nb::dlpack::dtype_code::Float, 32},
    {api::DType::kFloat64, nb::dlpack::dtype_code::Float, 64},
};

api::TensorView view_of(const Array& array) {
  for (const NamedType& type : kTypes) {
    if (array.dtype() != nb::dlpack::dtype{static_cast<std::uint8_t>(type.code),
                                           static_cast<std::uint8_t>(type.bits), 1})
      continue;
    api::Shape shape;
    for (std::size_t i = 0; i < array.ndim(); ++i)
      shape.push_back(static_cast<std::int64_t>(array.shape(i)));
    return api::TensorView(type.dtype, std::move(shape), array.data());
  }
  throw api::Error(api::ErrorCode::kInputShape, "an array of a type that no network takes",
                   "array.astype(numpy.float32)");
}

nb::dlpack::dtype dtype_of(api::DType dtype) {
  for (const NamedType& type : kTypes) {
    if (type.dtype == dtype)
      return {static_cast<std::uint8_t>(type.code), static_cast<std::uint8_t>(type.bits), 1};
  }
  throw api::Error(api::ErrorCode::kInternal, "an output of unknown type");
}

nb::ndarray<nb::numpy> array_of(api::Tensor&& tensor) {
  auto* owner = new api::Tensor(std::move(tensor));
  nb::capsule capsule(owner, [](void* p) noexcept { delete static_cast<api::Tensor*>(p); });
  const std::vector<std::size_t> shape(owner->shape().begin(), owner->shape().end());
  return nb::ndarray<nb::numpy>(owner->data(), shape.size(), shape.data(), capsule, nullptr,
                                dtype_of(owner->dtype()));
}

// Bytes in any buffer: an object store's need not be copied.
using Buffer = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// What a Model is made of. Paths, or the bytes of the files, or neither for the bundled model.
api::Config config_of(const std::optional<std::string>& model, const std::string& parameters,
                      const std::optional<Buffer>& program_bytes,
                      const std::optional<Buffer>& parameter_bytes) {
  if (program_bytes || parameter_bytes) {
    const auto data = [](const auto& buffer) { return buffer ? buffer->data() : nullptr; };
    const auto size = [](const auto& buffer) { return buffer ? buffer->size() : 0; };
    return api::Config::borrow_memory(data(program_bytes), size(program_bytes),
                                      data(parameter_bytes), size(parameter_bytes));
  }
  return model ? api::Config(*model, parameters) : api::Config();
}

void load(api::Model* self, const std::optional<std::string>& model, const std::string& parameters,
          const std::optional<Buffer>& program_bytes, const std::optional<Buffer>& parameter_bytes,
          const std::string& mode, int threads, bool exact, const std::string& precision,
          const std::vector<std::string>& disabled_passes) {
  api::Config config = config_of(model, parameters, program_bytes, parameter_bytes);
  config.set_mode(api::mode_from_name(mode)).set_threads(threads).set_exact(exact);
  config.set_precision(api::precision_from_name(precision));
  for (const std::string& pass : disabled_passes) config.disable_pass(pass);
  const nb::gil_scoped_release released;
  new (self) api::Model(config);
}

std::vector<nb::ndarray<nb::numpy>> run(api::Session& session, const std::vector<Array>& arrays) {
  std::vector<api::TensorView> inputs;
  for (const Array& array : arrays) inputs.push_back(view_of(array));
  std::vector<api::Tensor> outputs;
  {
    const nb::gil_scoped_release released;
    outputs = session.run(inputs);
  }
  std::vector<nb::ndarray<nb::numpy>> results;
  for (api::Tensor& output : outputs) results.push_back(array_of(std::move(output)));
  return results;
}

std::vector<std::string> available_modes() {
  std::vector<std::string> names;
  for (api::Mode mode : api::available_modes()) names.push_back(api::mode_name(mode));
  return names;
}

std::vector<std::string> input_names(const api::Model& model) {
  std::vector<std::string> names;
  for (const api::TensorInfo& input : model.inputs()) names.push_back(input.name);
  return names;
}

std::vector<api::Shape> input_shapes(const api::Model& model) {
  std::vector<api::Shape> shapes;
  for (const api::TensorInfo& input : model.inputs()) shapes.push_back(input.shape);
  return shapes;
}

std::vector<std::string> input_types(const api::Model& model) {
  std::vector<std::string> names;
  for (const api::TensorInfo& input : model.inputs()) names.push_back(api::dtype_name(input.dtype));
  return names;
}

}  // namespace

void define_inference(nb::module_& module) {
  module.def("version", &api::version);
  module.def("has_bundled_model", &api::has_bundled_model);
  module.def("available_modes", &available_modes, "The modes of this build.");

  nb::class_<api::Model>(module, "Model", "A network with its weights; threads may share it.")
      .def("__init__", &load, nb::arg("model") = nb::none(), nb::arg("parameters") = "",
           nb::kw_only(), nb::arg("program_bytes") = nb::none(),
           nb::arg("parameter_bytes") = nb::none(), nb::arg("mode") = "native",
           nb::arg("threads") = 0, nb::arg("exact") = false, nb::arg("precision") = "f32",
           nb::arg("disabled_passes") = std::vector<std::string>())
      .def_prop_ro("input_names", &input_names)
      .def_prop_ro("input_shapes", &input_shapes, "-1 stands for any size.")
      .def_prop_ro("input_types", &input_types)
      .def_prop_ro("output_names", &api::Model::output_names)
      .def_prop_ro("mode", [](const api::Model& model) { return api::mode_name(model.mode()); });

  nb::class_<api::Session>(module, "Session", "Runs a Model; for one thread at a time.")
      .def(
          "__init__",
          [](api::Session* self, const api::Model& model) { new (self) api::Session(model); },
          nb::arg("model"))
      .def_prop_ro("threads", &api::Session::threads)
      .def("run", &run, nb::arg("inputs"),
           "One array an input, read in place; the outputs are arrays of their own.");
}

}  // namespace u2net::python
