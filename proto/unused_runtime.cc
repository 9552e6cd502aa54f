// SPDX-License-Identifier: Apache-2.0
// What the linker asks for of a part of protobuf's runtime that is not linked: extensions, which
// are a third of it. Messages have none here, so it is never called.
#include <google/protobuf/extension_set.h>
#include <google/protobuf/stubs/logging.h>

#include <google/protobuf/port_def.inc>
#include <stdexcept>

namespace google::protobuf {
namespace {

[[noreturn]] void fail() { throw std::logic_error("a part of protobuf that is not linked"); }

}  // namespace

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
