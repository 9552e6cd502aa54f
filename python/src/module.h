// SPDX-License-Identifier: Apache-2.0
// The parts of the extension module. Python's side of it is u2net/*.py.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "u2net/segment.hpp"
#include "u2net/u2net.hpp"

namespace u2net::python {

namespace nb = nanobind;
namespace api = u2net::v1;

void define_errors(nb::module_& module);
void define_inference(nb::module_& module);
void define_pictures(nb::module_& module);
void define_results(nb::module_& module);

// An array of its own: the capsule frees the memory with the last view.
template <class T>
nb::ndarray<nb::numpy, T> owning(std::vector<T>&& values,
                                 std::initializer_list<std::size_t> shape) {
  auto* owner = new std::vector<T>(std::move(values));
  nb::capsule capsule(owner, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::ndarray<nb::numpy, T>(owner->data(), shape.size(), shape.begin(), capsule);
}

}  // namespace u2net::python
