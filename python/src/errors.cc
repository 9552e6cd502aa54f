// SPDX-License-Identifier: Apache-2.0
// Errors of the engine as exceptions of u2net._errors, which sorts them by name.
#include "engine/base/error.h"
#include "module.h"

namespace u2net::python {
namespace {

void raise(std::string_view name, const char* message, const std::string& hint) {
  nb::object error = nb::module_::import_("u2net._errors")
                         .attr("make")(nb::str(name.data(), name.size()), message, hint.c_str());
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
}

void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const api::Error& e) {
    raise(e.name(), e.what(), e.hint());
  } catch (const engine::Error& e) {
    raise(error_name(e.code()), e.what(), e.hint());
  }
}

}  // namespace

void define_errors(nb::module_&) { nb::register_exception_translator(translate); }

}  // namespace u2net::python
