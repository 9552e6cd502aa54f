// SPDX-License-Identifier: Apache-2.0
#include "module.h"

NB_MODULE(_u2net, module) {
  module.doc() = "The engine behind the package u2net.";
  u2net::python::define_errors(module);
  u2net::python::define_inference(module);
  u2net::python::define_pictures(module);
  u2net::python::define_results(module);
}
