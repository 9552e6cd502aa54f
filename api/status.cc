// SPDX-License-Identifier: Apache-2.0
#include "api/status.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <new>

#include "api/internals.h"

namespace u2net {
inline namespace v1 {
namespace {

struct LastError {
  char message[2048] = {};
  char hint[512] = {};
};

constinit LastError no_memory = {"memory ran out",
                                 {}};  // where there is none even for what is to be said

// A key rather than a thread_local: to reach one in a library that is loaded late and to register
// its destructor end the process where memory has run out.
class LastErrors {
 public:
  LastErrors() noexcept : works_(::pthread_key_create(&key_, release) == 0) {}
  ~LastErrors() {
    if (!works_) return;
    release(of_thread());
    ::pthread_key_delete(key_);
  }
  LastErrors(const LastErrors&) = delete;
  LastErrors& operator=(const LastErrors&) = delete;

  // Null where no call has failed on this thread.
  LastError* of_thread() const noexcept {
    return works_ ? static_cast<LastError*>(::pthread_getspecific(key_)) : nullptr;
  }

  // To be overwritten; null where there is no memory for it.
  LastError* renewed() noexcept {
    LastError* last = of_thread();
    if (last && last != &no_memory) return last;
    last = works_ ? new (std::nothrow) LastError : nullptr;
    if (works_ && ::pthread_setspecific(key_, last ? last : &no_memory) == 0) return last;
    delete last;
    return nullptr;
  }

 private:
  static void release(void* last) {
    if (last != &no_memory) delete static_cast<LastError*>(last);
  }

  bool works_;
  pthread_key_t key_;
};

LastErrors& last_errors() noexcept {
  static LastErrors errors;
  return errors;
}

template <std::size_t Size>
void keep(char (&target)[Size], std::string_view text) {
  const std::size_t length = std::min(text.size(), Size - 1);
  std::copy_n(text.begin(), length, target);  // `text` may have no characters at all
  target[length] = '\0';
}

}  // namespace

u2net_status fail(u2net_status status, std::string_view message, std::string_view hint) noexcept {
  if (LastError* const last = last_errors().renewed()) {
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
    return fail(U2NET_OUT_OF_MEMORY, engine::kOutOfMemoryMessage);
  } catch (const std::exception& error) {
    return fail(U2NET_INTERNAL, error.what());
  } catch (...) {
    return fail(U2NET_INTERNAL, "something was thrown that is no exception");
  }
}

}  // namespace v1
}  // namespace u2net

using namespace u2net::v1;

const char* u2net_last_error(void) {
  const LastError* last = last_errors().of_thread();
  return last ? last->message : "";
}
const char* u2net_last_hint(void) {
  const LastError* last = last_errors().of_thread();
  return last ? last->hint : "";
}

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
    case U2NET_NO_THREADS:
      return "U2NET_NO_THREADS";
  }
  return "unknown status";
}
