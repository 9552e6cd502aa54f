// SPDX-License-Identifier: Apache-2.0
#include "engine/api/status.h"

#include <algorithm>
#include <exception>
#include <new>

#include "engine/api/internals.h"

namespace u2net::v1 {
namespace {

struct LastError {
  char message[2048] = {};
  char hint[512] = {};
};

// On the heap: a library that is loaded late has next to no memory for variables of threads.
class OfThread {
 public:
  ~OfThread() { delete last_; }
  // Null where there is no memory even for this.
  LastError* get() noexcept {
    if (last_ == nullptr) last_ = new (std::nothrow) LastError;
    return last_;
  }
  const char* message() const { return last_ ? last_->message : ""; }
  const char* hint() const { return last_ ? last_->hint : ""; }

 private:
  LastError* last_ = nullptr;
};
thread_local OfThread of_thread;

template <std::size_t Size>
void keep(char (&target)[Size], std::string_view text) {
  const std::size_t length = std::min(text.size(), Size - 1);
  std::copy_n(text.begin(), length, target);  // `text` may have no characters at all
  target[length] = '\0';
}

}  // namespace

u2net_status fail(u2net_status status, std::string_view message, std::string_view hint) noexcept {
  if (LastError* const last = of_thread.get()) {
    keep(last->message, message);
    keep(last->hint, hint);
  }
  return status;
}

u2net_status status_of_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return fail(static_cast<u2net_status>(error.code()), error.what(), error.hint());
  } catch (const std::bad_alloc&) {
    return fail(U2NET_OUT_OF_MEMORY, "memory ran out");
  } catch (const std::exception& error) {
    return fail(U2NET_INTERNAL, error.what());
  } catch (...) {
    return fail(U2NET_INTERNAL, "something was thrown that is no exception");
  }
}

}  // namespace u2net::v1

using namespace u2net::v1;

const char* u2net_last_error(void) { return of_thread.message(); }
const char* u2net_last_hint(void) { return of_thread.hint(); }

const char* u2net_status_name(u2net_status status) {
  switch (status) {
    case U2NET_OK:
      return "U2NET_OK";
    case U2NET_USAGE:
      return "U2NET_USAGE";
    case U2NET_MODEL_NOT_FOUND:
      return "U2NET_MODEL_NOT_FOUND";
    case U2NET_MODEL_FORMAT:
      return "U2NET_MODEL_FORMAT";
    case U2NET_MODEL_PARAMS:
      return "U2NET_MODEL_PARAMS";
    case U2NET_MODEL_UNSUPPORTED:
      return "U2NET_MODEL_UNSUPPORTED";
    case U2NET_MODEL_LIMIT:
      return "U2NET_MODEL_LIMIT";
    case U2NET_INPUT_SHAPE:
      return "U2NET_INPUT_SHAPE";
    case U2NET_INPUT_LIMIT:
      return "U2NET_INPUT_LIMIT";
    case U2NET_MODE_UNAVAILABLE:
      return "U2NET_MODE_UNAVAILABLE";
    case U2NET_OUT_OF_MEMORY:
      return "U2NET_OUT_OF_MEMORY";
    case U2NET_INTERNAL:
      return "U2NET_INTERNAL";
    case U2NET_BUFFER_TOO_SMALL:
      return "U2NET_BUFFER_TOO_SMALL";
  }
  return "unknown status";
}
