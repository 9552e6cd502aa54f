// SPDX-License-Identifier: Apache-2.0
// What the linker asks for of two parts of protobuf's runtime that are not linked: the arena
// allocator, which cannot be (see U2netProtobuf.cmake), and extensions, which are a third of the
// runtime. Messages are on the heap here and have no extensions, so none of it is ever called.
#include <google/protobuf/arena.h>
#include <google/protobuf/extension_set.h>
#include <google/protobuf/stubs/logging.h>

#include <google/protobuf/port_def.inc>
#include <stdexcept>

namespace google::protobuf {
namespace {

[[noreturn]] void fail() { throw std::logic_error("a part of protobuf that is not linked"); }

}  // namespace

void* Arena::AllocateAlignedNoHook(size_t) { fail(); }
void* Arena::AllocateAlignedWithHook(size_t, const std::type_info*) { fail(); }
void* Arena::AllocateAlignedWithHookForArray(size_t, const std::type_info*) { fail(); }
std::pair<void*, internal::SerialArena::CleanupNode*> Arena::AllocateAlignedWithCleanup(
    size_t, const std::type_info*) {
  fail();
}

namespace internal {

PROTOBUF_THREAD_LOCAL ThreadSafeArena::ThreadCache ThreadSafeArena::thread_cache_ = {
    0, static_cast<uint64_t>(-1), nullptr};
void* ThreadSafeArena::AllocateAlignedFallback(size_t, const std::type_info*) { fail(); }
void ThreadSafeArena::AddCleanup(void*, void (*)(void*)) { fail(); }
uint64_t ThreadSafeArena::SpaceAllocated() const { return 0; }
ThreadSafeArena::~ThreadSafeArena() = default;

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
