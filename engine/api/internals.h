// SPDX-License-Identifier: Apache-2.0
// Between the public interface and the engine, whose types of the same names are u2net::Error,
// u2net::Model and so on; those of the interface are in u2net::v1.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "engine/error.h"
#include "engine/session.h"
#include "models/runner.h"
#include "u2net/segment.hpp"
#include "u2net/u2net.hpp"

namespace u2net::v1 {

// The engine's error as the interface's.
Error translated(const u2net::Error& error);

// Calls f; what it throws of the engine's leaves as the interface's.
template <class F>
decltype(auto) at_boundary(F&& f) {
  try {
    return f();
  } catch (const u2net::Error& error) {
    throw translated(error);
  } catch (const std::system_error& error) {
    if (is_lack_of_threads(error)) throw translated(lack_of_threads());
    throw;
  }
}

struct Model::Impl {
  LoadedNetwork network;
  Mode mode = Mode::kNative;
  u2net::SessionOptions defaults;  // of its sessions
  std::vector<u2net::Model::PortInfo> inputs;
  std::vector<std::string> outputs;
};

struct Internals {
  static const Config::Impl& of(const Config& config) { return *config.impl_; }
  static const Model::Impl& of(const Model& model) { return *model.impl_; }
};

// What runs a model with these options.
u2net::SessionOptions session_options(const Model& model, const SessionOptions& options);
std::unique_ptr<Runner> runner_of(const Model& model, const u2net::SessionOptions& options);

// Throws as Segmenter::segment() does for a picture that cannot be looked at.
void check_picture(const ImageView& picture);

// Held during a call that only one thread may make at a time. Throws kUsage where another one does.
class Alone {
 public:
  Alone(std::atomic<bool>& busy, const char* what);
  ~Alone() { busy_ = false; }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

 private:
  std::atomic<bool>& busy_;
};

}  // namespace u2net::v1
