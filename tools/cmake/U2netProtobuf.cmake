# The target u2net_protobuf: protobuf's lite runtime as an archive that a library of ours can hold,
# so that who links it needs no protobuf; U2NET_PROTOBUF_IS_CUT tells whether proto/runtime.cc
# belongs to it.
#
# Debian's libprotobuf-lite.a is compiled for programs (-fPIE). Two things in it cannot be linked into
# a shared library: the thread-local variable of the arena allocator, and the direct address of some
# data of libstdc++ and libc, most of it what the log prints with. A copy of the archive leaves out the
# arena, the log and what is there for them and for extensions alone, which proto/runtime.cc stands in
# for, and renames what is left of the other.
find_package(Protobuf REQUIRED)
find_library(U2NET_PROTOBUF_ARCHIVE NAMES libprotobuf-lite.a DOC "protobuf's lite runtime, static")
mark_as_advanced(U2NET_PROTOBUF_ARCHIVE)
set(U2NET_PROTOBUF_IS_CUT OFF)

if(U2NET_PROTOBUF_ARCHIVE AND NOT DEFINED U2NET_PROTOBUF_ARCHIVE_IS_PIC)
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} -shared -o ${CMAKE_CURRENT_BINARY_DIR}/protobuf_probe.so
            -Wl,--whole-archive ${U2NET_PROTOBUF_ARCHIVE} -Wl,--no-whole-archive -pthread
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(failed)
    set(U2NET_PROTOBUF_ARCHIVE_IS_PIC OFF CACHE INTERNAL "")
  else()
    set(U2NET_PROTOBUF_ARCHIVE_IS_PIC ON CACHE INTERNAL "")
  endif()
endif()

if(U2NET_PROTOBUF_ARCHIVE AND U2NET_PROTOBUF_ARCHIVE_IS_PIC)
  add_library(u2net_protobuf STATIC IMPORTED GLOBAL)
  set_target_properties(u2net_protobuf PROPERTIES IMPORTED_LOCATION ${U2NET_PROTOBUF_ARCHIVE})
elseif(U2NET_PROTOBUF_ARCHIVE AND CMAKE_OBJCOPY AND Protobuf_VERSION MATCHES "^(3\\.)?21\\.")
  set(U2NET_PROTOBUF_IS_CUT ON)
  set(archive ${CMAKE_CURRENT_BINARY_DIR}/libprotobuf-lite-private.a)
  set(symbols ${PROJECT_SOURCE_DIR}/proto/pie_symbols.txt)
  add_custom_command(
    OUTPUT ${archive}
    COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${symbols} ${U2NET_PROTOBUF_ARCHIVE} ${archive}
    COMMAND ${CMAKE_AR} d ${archive} arena.o extension_set.o common.o strutil.o stringpiece.o status.o int128.o
    DEPENDS ${symbols} ${U2NET_PROTOBUF_ARCHIVE} VERBATIM)
  add_custom_target(u2net_protobuf_archive DEPENDS ${archive})
  add_library(u2net_protobuf STATIC IMPORTED GLOBAL)
  set_target_properties(u2net_protobuf PROPERTIES IMPORTED_LOCATION ${archive})
  add_dependencies(u2net_protobuf u2net_protobuf_archive)
else()
  message(STATUS "u2net: no static protobuf-lite ${Protobuf_VERSION} that fits: the shared one is linked")
  add_library(u2net_protobuf INTERFACE)
  target_link_libraries(u2net_protobuf INTERFACE protobuf::libprotobuf-lite)
endif()
