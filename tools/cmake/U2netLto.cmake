# U2NET_LTO: the shared library is optimised across the files of the engine, the loaders and the models when
# it is linked, which makes it a sixteenth smaller. Those files are compiled both ways (fat objects): programs
# and the static library are linked as they ever were. GCC alone, in release builds. Kernels are left out:
# what is compiled for one instruction set must not end up in the code of others.
set(U2NET_HAS_LTO OFF)
if(U2NET_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT U2NET_SANITIZE)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT U2NET_HAS_LTO OUTPUT reason LANGUAGES CXX)
  if(NOT U2NET_HAS_LTO)
    message(STATUS "u2net: the compiler cannot optimise across files, so libu2net.so is larger")
  endif()
endif()

# u2net_lto_part(NAME): a library that is a part of it.
function(u2net_lto_part name)
  if(U2NET_HAS_LTO)
    target_compile_options(${name} PRIVATE -flto -ffat-lto-objects)
    target_link_options(${name} INTERFACE $<IF:$<BOOL:$<TARGET_PROPERTY:U2NET_IS_WHOLE>>,-flto=auto;-flto-partition=one,-fno-lto>)
  endif()
endfunction()

# u2net_lto_whole(NAME): a shared library in which the parts are optimised.
function(u2net_lto_whole name)
  set_target_properties(${name} PROPERTIES U2NET_IS_WHOLE ON)
endfunction()
