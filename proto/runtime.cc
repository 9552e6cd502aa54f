// SPDX-License-Identifier: Apache-2.0
// What stands in for parts of protobuf's runtime that are not linked.
//
// Its arena, written anew behind its own header: the archive's cannot be linked into a shared
// library (see U2netProtobuf.cmake). Messages that are read from a file live on one: all of them,
// however many and however deep, are gone at once, and what exists of them when an allocation fails
// is neither leaked nor taken apart half made.
//
// Extensions, which are a third of the runtime: messages have none here, so none of that is ever
// called.
//
// And its log, with what that has numbers formatted by, which is a quarter of the rest: the library
// never prints, so what is fatal is thrown and everything else is dropped.
#include <google/protobuf/arena.h>
#include <google/protobuf/extension_set.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/stubs/stringpiece.h>
#include <google/protobuf/stubs/strutil.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <google/protobuf/port_def.inc>
#include <initializer_list>
#include <new>
#include <stdexcept>
#include <string>

namespace google::protobuf {
namespace internal {
namespace {

// An arena is for one thread here. It takes blocks and keeps a list of what has to be destroyed;
// none of the shortcuts in the header ever find an arena of this thread, so that everything comes
// through the functions below.
constexpr std::size_t kFirstBlockBytes = 4096, kMostBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kAlignment = 8;

struct Block {
  Block* next;
};

struct Cleanup {
  SerialArena::CleanupNode node;
  Cleanup* next;
};

// What lies where the header expects its own kind of arena.
struct State {
  Block* blocks = nullptr;
  Cleanup* cleanups = nullptr;
  char* free = nullptr;  // in the latest block
  std::size_t room = 0;
  std::size_t next_bytes = kFirstBlockBytes;
  std::uint64_t all_bytes = 0;

  ~State() {
    for (; cleanups != nullptr; cleanups = cleanups->next) {
      if (cleanups->node.cleanup != nullptr) cleanups->node.cleanup(cleanups->node.elem);
    }
    while (blocks != nullptr) {
      Block* const next = blocks->next;
      ::operator delete(blocks);
      blocks = next;
    }
  }

  void* allocate(std::size_t bytes) {
    if (bytes > SIZE_MAX - 2 * kAlignment - sizeof(Block)) throw std::bad_alloc();
    bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    if (bytes > room) add_block(bytes);
    char* const memory = free;
    free += bytes;
    room -= bytes;
    return memory;
  }

  SerialArena::CleanupNode* add_cleanup() {
    cleanups = ::new (allocate(sizeof(Cleanup))) Cleanup{{nullptr, nullptr}, cleanups};
    return &cleanups->node;
  }

 private:
  void add_block(std::size_t bytes) {
    const std::size_t size = std::max(next_bytes, sizeof(Block) + bytes);
    // All zeros: an object whose constructor throws is destroyed all the same, as its cleanup is
    // noted first; the destructor of a string takes zeros for nothing to free.
    blocks = ::new (std::memset(::operator new(size), 0, size)) Block{blocks};
    next_bytes = std::min(2 * next_bytes, kMostBlockBytes);
    all_bytes += size;
    free = reinterpret_cast<char*>(blocks + 1);
    room = size - sizeof(Block);
  }
};

State& state_of(std::atomic<SerialArena*>& place) {
  SerialArena* known = place.load(std::memory_order_relaxed);
  if (known == nullptr) {
    known = reinterpret_cast<SerialArena*>(new State);
    place.store(known, std::memory_order_relaxed);
  }
  return *reinterpret_cast<State*>(known);
}

}  // namespace

// Of an arena that does not exist: nobody's shortcut.
PROTOBUF_THREAD_LOCAL ThreadSafeArena::ThreadCache ThreadSafeArena::thread_cache_ = {
    0, static_cast<uint64_t>(-1), nullptr};

void* SerialArena::AllocateAlignedFallback(size_t, const AllocationPolicy*) {
  throw std::logic_error("there is no arena of protobuf's own");
}

void ThreadSafeArena::Init() {
  threads_.store(nullptr, std::memory_order_relaxed);
  hint_.store(nullptr, std::memory_order_relaxed);
}
void ThreadSafeArena::InitializeFrom(void*, size_t) { Init(); }
void ThreadSafeArena::InitializeWithPolicy(void*, size_t, AllocationPolicy) { Init(); }
ThreadSafeArena::~ThreadSafeArena() { delete reinterpret_cast<State*>(threads_.load()); }

void* ThreadSafeArena::AllocateAlignedFallback(size_t bytes, const std::type_info*) {
  return state_of(threads_).allocate(bytes);
}
std::pair<void*, SerialArena::CleanupNode*> ThreadSafeArena::AllocateAlignedWithCleanup(
    size_t bytes, const std::type_info*) {
  State& state = state_of(threads_);
  void* const memory = state.allocate(bytes);
  return {memory, state.add_cleanup()};
}
void ThreadSafeArena::AddCleanup(void* object, void (*destroy)(void*)) {
  *state_of(threads_).add_cleanup() = {object, destroy};
}
uint64_t ThreadSafeArena::SpaceAllocated() const {
  const SerialArena* const state = threads_.load(std::memory_order_relaxed);
  return state == nullptr ? 0 : reinterpret_cast<const State*>(state)->all_bytes;
}

}  // namespace internal

void* Arena::AllocateAlignedNoHook(size_t bytes) { return impl_.AllocateAligned(bytes, nullptr); }
void* Arena::AllocateAlignedWithHook(size_t bytes, const std::type_info* type) {
  return impl_.AllocateAligned(bytes, type);
}
void* Arena::AllocateAlignedWithHookForArray(size_t bytes, const std::type_info* type) {
  return impl_.AllocateAligned(bytes, type);
}
std::pair<void*, internal::SerialArena::CleanupNode*> Arena::AllocateAlignedWithCleanup(
    size_t bytes, const std::type_info* type) {
  return impl_.AllocateAlignedWithCleanup(bytes, type);
}

namespace internal {

uint8_t* ExtensionSet::_InternalSerializeImpl(const MessageLite*, int, int, uint8_t*,
                                              io::EpsCopyOutputStream*) const {
  throw std::logic_error("extensions are not linked");
}

LogMessage::LogMessage(LogLevel level, const char* file, int line)
    : level_(level), filename_(file), line_(line) {}
LogMessage::~LogMessage() = default;
LogMessage& LogMessage::operator<<(const std::string& value) {
  message_ += value;
  return *this;
}
LogMessage& LogMessage::operator<<(const char* value) { return *this << std::string(value); }
LogMessage& LogMessage::operator<<(int value) { return *this << std::to_string(value); }
LogMessage& LogMessage::operator<<(uint value) { return *this << std::to_string(value); }
LogMessage& LogMessage::operator<<(unsigned long value) { return *this << std::to_string(value); }
void LogMessage::Finish() {
  if (level_ == LOGLEVEL_FATAL) throw std::logic_error("protobuf: " + message_);
}
void LogFinisher::operator=(LogMessage& message) { message.Finish(); }

}  // namespace internal

void stringpiece_internal::StringPiece::LogFatalSizeTooBig(size_t, const char* details) {
  throw std::length_error(details);
}

namespace strings {

// Of at least as many digits as its spec says.
AlphaNum::AlphaNum(Hex number) : piece_data_(digits) {
  char text[2 * sizeof number.value];
  const char* const end = std::to_chars(text, text + sizeof text, number.value, 16).ptr;
  const auto size = static_cast<std::size_t>(end - text);
  const std::size_t zeros = std::max(static_cast<std::size_t>(number.spec), size) - size;
  std::fill_n(digits, zeros, '0');
  std::copy_n(text, size, digits + zeros);
  piece_size_ = zeros + size;
}

}  // namespace strings

namespace {

std::string joined(std::initializer_list<const strings::AlphaNum*> parts) {
  std::string text;
  for (const strings::AlphaNum* part : parts) text.append(part->data(), part->size());
  return text;
}

}  // namespace

using Part = const strings::AlphaNum&;
std::string StrCat(Part a, Part b) { return joined({&a, &b}); }
std::string StrCat(Part a, Part b, Part c) { return joined({&a, &b, &c}); }
std::string StrCat(Part a, Part b, Part c, Part d, Part e) { return joined({&a, &b, &c, &d, &e}); }
std::string StrCat(Part a, Part b, Part c, Part d, Part e, Part f) {
  return joined({&a, &b, &c, &d, &e, &f});
}

}  // namespace google::protobuf

// The data of libstdc++ that the rest of the archive addresses directly: a type that only arenas
// are told.
extern "C" __attribute__((visibility("hidden"))) const char u2net_pie__ZTIc[16];
const char u2net_pie__ZTIc[16] = {};
