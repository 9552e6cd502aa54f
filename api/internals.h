// SPDX-License-Identifier: Apache-2.0
// Between the public interface and the engine, whose types of the same names are engine::Error,
// engine::Model and so on; those of the interface are in u2net::v1.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "engine/base/error.h"
#include "engine/run/session.h"
#include "models/load_network.h"
#include "u2net/segment.hpp"
#include "u2net/u2net.hpp"

namespace u2net::v1 {

// The engine's error as the interface's.
Error translated(const engine::Error& error);

// Calls f; what it throws of the engine's leaves as the interface's.
template <class F>
decltype(auto) at_boundary(F&& f) {
  try {
    return f();
  } catch (const engine::Error& error) {
    throw translated(error);
  } catch (const std::system_error& error) {
    if (is_lack_of_threads(error)) throw translated(lack_of_threads());
    throw;
  }
}

struct Model::Impl {
  std::shared_ptr<const engine::Model> network;
  Mode mode = Mode::kNative;
  engine::SessionOptions defaults;  // of its sessions
  std::vector<engine::PortInfo> inputs;
  std::vector<std::string> outputs;
};

struct Internals {
  static const Config::Impl& of(const Config& config) { return *config.impl_; }
  static const Model::Impl& of(const Model& model) { return *model.impl_; }
};

// What runs a model with these options.
engine::SessionOptions session_options(const Model& model, const SessionOptions& options);
std::unique_ptr<engine::Session> session_of(const Model& model,
                                            const engine::SessionOptions& options);

// Throws as Segmenter::segment() does for a picture that cannot be looked at.
void check_picture(const ImageView& picture);

// Whether a call is in an object that is for one thread at a time; of that call, in which process.
class Busy {
 public:
  // Throws kUsage where another thread is in it. Where one was when the process forked, which is
  // not in this process, the call goes on if it can `take_over`, and true is returned; else kUsage.
  bool enter(const char* what, bool take_over);
  void leave() { state_ = kFree; }
  // Nobody can finish the call that was in it: what it works on is as a fork left it, not even fit
  // to be destroyed.
  bool is_lost() const;

 private:
  static constexpr std::uint32_t kFree = 0;
  std::atomic<std::uint32_t> state_{kFree};  // or 1 + the kernels::fork_generation() of the call
};

// Held during such a call.
class Alone {
 public:
  Alone(Busy& busy, const char* what, bool take_over = false)
      : busy_(busy), took_over_(busy.enter(what, take_over)) {}
  ~Alone() { busy_.leave(); }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  bool took_over() const { return took_over_; }

 private:
  Busy& busy_;
  bool took_over_;
};

// Destroys what has a member `busy`, or gives its memory up where that is lost.
template <class Impl>
void drop(std::unique_ptr<Impl>& impl) {
  if (impl && impl->busy.is_lost()) {
    static_cast<void>(impl.release());
  } else {
    impl.reset();
  }
}

}  // namespace u2net::v1
