// SPDX-License-Identifier: Apache-2.0
// In place of two parts of protobuf's runtime that are not linked: the arena allocator, which
// cannot be (see U2netProtobuf.cmake), and extensions, which are a third of the runtime and which
// messages do not have here.
//
// The arena keeps what this project uses: memory and cleanups of messages that one thread makes and
// that end together, also where an exception ends their parsing in the middle. It is a list of
// blocks, one a request, found through threads_. Nothing ever enters thread_cache_ and hint_, so
// that the inline parts of the header all come here.
#include <google/protobuf/arena.h>
#include <google/protobuf/extension_set.h>
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdlib>
#include <google/protobuf/port_def.inc>
#include <new>
#include <stdexcept>
#include <utility>

namespace google::protobuf {
namespace {

[[noreturn]] void fail() { throw std::logic_error("a part of protobuf that is not linked"); }

}  // namespace

namespace internal {
namespace {

struct ArenaBlock {
  ArenaBlock* next;
  SerialArena::CleanupNode node;  // cleanup: null for none
  std::size_t padding;            // keeps what follows aligned as malloc does
};
static_assert(sizeof(ArenaBlock) % alignof(std::max_align_t) == 0);

// threads_ is of another type, whose other functions are not there.
ArenaBlock* first_of(const std::atomic<SerialArena*>& threads) {
  return reinterpret_cast<ArenaBlock*>(threads.load(std::memory_order_relaxed));
}

// All zeros: a string whose constructor throws is destroyed all the same.
ArenaBlock* add_block(std::atomic<SerialArena*>& threads, std::size_t bytes) {
  auto* block = static_cast<ArenaBlock*>(std::calloc(1, sizeof(ArenaBlock) + bytes));
  if (block == nullptr) throw std::bad_alloc();
  block->next = first_of(threads);
  threads.store(reinterpret_cast<SerialArena*>(block), std::memory_order_relaxed);
  return block;
}

}  // namespace

PROTOBUF_THREAD_LOCAL ThreadSafeArena::ThreadCache ThreadSafeArena::thread_cache_ = {
    0, static_cast<std::uint64_t>(-1), nullptr};

void ThreadSafeArena::Init() {
  threads_.store(nullptr, std::memory_order_relaxed);
  hint_.store(nullptr, std::memory_order_relaxed);
}

ThreadSafeArena::~ThreadSafeArena() {
  for (ArenaBlock* block = first_of(threads_); block; block = block->next) {
    if (block->node.cleanup) block->node.cleanup(block->node.elem);
  }
  for (ArenaBlock* block = first_of(threads_); block;) std::free(std::exchange(block, block->next));
}

void* ThreadSafeArena::AllocateAlignedFallback(std::size_t bytes, const std::type_info*) {
  return add_block(threads_, bytes) + 1;
}

std::pair<void*, SerialArena::CleanupNode*> ThreadSafeArena::AllocateAlignedWithCleanup(
    std::size_t bytes, const std::type_info*) {
  ArenaBlock* block = add_block(threads_, bytes);
  return {block + 1, &block->node};
}

void ThreadSafeArena::AddCleanup(void* elem, void (*cleanup)(void*)) {
  add_block(threads_, 0)->node = {elem, cleanup};
}

std::uint64_t ThreadSafeArena::SpaceAllocated() const { return 0; }

}  // namespace internal

void* Arena::AllocateAlignedNoHook(std::size_t bytes) {
  return impl_.AllocateAlignedWithCleanup(bytes, nullptr).first;
}
void* Arena::AllocateAlignedWithHook(std::size_t bytes, const std::type_info* type) {
  return impl_.AllocateAlignedWithCleanup(bytes, type).first;
}
void* Arena::AllocateAlignedWithHookForArray(std::size_t bytes, const std::type_info* type) {
  return impl_.AllocateAlignedWithCleanup(bytes, type).first;
}
std::pair<void*, internal::SerialArena::CleanupNode*> Arena::AllocateAlignedWithCleanup(
    std::size_t bytes, const std::type_info* type) {
  return impl_.AllocateAlignedWithCleanup(bytes, type);
}

namespace internal {

uint8_t* ExtensionSet::_InternalSerializeImpl(const MessageLite*, int, int, uint8_t*,
                                              io::EpsCopyOutputStream*) const {
  fail();
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
