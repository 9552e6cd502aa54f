// SPDX-License-Identifier: Apache-2.0
// What stands in for two parts of protobuf's runtime that are not linked.
//
// Its arena, written anew behind its own header: the archive's cannot be linked into a shared
// library (see U2netProtobuf.cmake). Messages that are read from a file live on one: all of them,
// however many and however deep, are gone at once, and what exists of them when an allocation fails
// is neither leaked nor taken apart half made.
//
// And extensions, which are a third of the runtime: messages have none here, so none of that is
// ever called.
#include <google/protobuf/arena.h>
#include <google/protobuf/extension_set.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <google/protobuf/port_def.inc>
#include <new>
#include <stdexcept>

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

}  // namespace internal

namespace {

// The library never prints, and the log's standard error is not there (below).
[[maybe_unused]] LogHandler* const silenced = SetLogHandler(nullptr);

}  // namespace
}  // namespace google::protobuf

// The data of libstdc++ and libc that the rest of the archive addresses directly: a type that only
// arenas are told, streams that only print, and the standard error of a log that is switched off.
#define U2NET_UNUSED(symbol)                                                           \
  extern "C" __attribute__((visibility("hidden"))) const char u2net_pie_##symbol[512]; \
  const char u2net_pie_##symbol[512] = {}
U2NET_UNUSED(_ZTIc);
U2NET_UNUSED(_ZTTNSt7__cxx1119basic_ostringstreamIcSt11char_traitsIcESaIcEEE);
U2NET_UNUSED(_ZTVNSt7__cxx1115basic_stringbufIcSt11char_traitsIcESaIcEEE);
U2NET_UNUSED(_ZTVNSt7__cxx1119basic_ostringstreamIcSt11char_traitsIcESaIcEEE);
U2NET_UNUSED(_ZTVSt15basic_streambufIcSt11char_traitsIcEE);
U2NET_UNUSED(_ZTVSt9basic_iosIcSt11char_traitsIcEE);
U2NET_UNUSED(stderr);
