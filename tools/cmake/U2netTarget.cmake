# u2net_target(NAME): what every target of this project has in common.
# Nothing here leaks into a project that adds this one as a subdirectory.
function(u2net_target name)
  target_compile_features(${name} PUBLIC cxx_std_20)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  # Floating-point contraction stays off: the reference kernels mean what they say on every ISA.
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -ffp-contract=off
                         -ffunction-sections -fdata-sections)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports overlapping copies inside of std::string's operator+ (GCC bug 105651).
    target_compile_options(${name} PRIVATE -Wno-restrict)
  endif()
  if(U2NET_WARNINGS_AS_ERRORS)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(U2NET_SANITIZE)
    target_compile_options(${name} PUBLIC -fsanitize=${U2NET_SANITIZE} -fno-sanitize-recover=all
                                          -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=${U2NET_SANITIZE})
  endif()
endfunction()

# For what runs once a model or a plan, where size counts more than speed. GCC's -Os makes vectors, copies
# of computations and guesses of virtual calls nevertheless, which are 12 kB of the light library.
set(U2NET_SMALL_OPTIONS -Os)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND U2NET_SMALL_OPTIONS -fno-tree-vectorize -fno-tree-slp-vectorize -fno-devirtualize -fno-gcse)
endif()

# u2net_small(SOURCE...): files of that kind.
function(u2net_small)
  foreach(source IN LISTS ARGN)
    set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS "$<$<CONFIG:Release>:${U2NET_SMALL_OPTIONS}>")
  endforeach()
endfunction()

# u2net_small_target(NAME [EXCEPT REGEX]): the same for all of a target, so that its files have the flags of
# its precompiled header; those whose path matches keep the build's own level, and do without the header.
function(u2net_small_target name)
  cmake_parse_arguments(PARSE_ARGV 1 small "" "EXCEPT" "")
  target_compile_options(${name} PRIVATE "$<$<CONFIG:Release>:${U2NET_SMALL_OPTIONS}>")
  get_target_property(sources ${name} SOURCES)
  foreach(source IN LISTS sources)
    if(small_EXCEPT AND source MATCHES "${small_EXCEPT}")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>
                                  SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()

# u2net_light_on_compiler(NAME): for what spends its time in other targets' code. Without optimisation it
# takes a third of the time to compile in a sanitized build.
function(u2net_light_on_compiler name)
  if(U2NET_SANITIZE)
    target_compile_options(${name} PRIVATE -O0)
  endif()
endfunction()

# u2net_precompile(NAME): what most files of the engine and the loaders include is compiled once, with
# U2NET_PRECOMPILE.
function(u2net_precompile name)
  if(U2NET_PRECOMPILE)
    target_precompile_headers(${name} PRIVATE <algorithm> <cmath> <filesystem> <map> <memory> <optional> <span>
                              <string> <vector> ${PROJECT_SOURCE_DIR}/engine/graph/graph.h
                              ${PROJECT_SOURCE_DIR}/engine/graph/op.h)
  endif()
endfunction()

# u2net_unity(NAME NAMES NAME... [EXCEPT REGEX]): a unity build, where there is one, of a target whose files use some
# names for something of their own: each of those becomes a name of its file. Files whose path matches stay apart.
function(u2net_unity name)
  cmake_parse_arguments(PARSE_ARGV 1 unity "" "EXCEPT" "NAMES")
  set(text "#define U2NET_JOIN_PLAIN(a, b) a##b\n#define U2NET_JOIN(a, b) U2NET_JOIN_PLAIN(a, b)\n")
  foreach(each IN LISTS unity_NAMES)
    string(APPEND text "#define ${each} U2NET_JOIN(${each}_, U2NET_FILE)\n")
  endforeach()
  set(header ${CMAKE_CURRENT_BINARY_DIR}/${name}_unity.h)
  file(CONFIGURE OUTPUT ${header} CONTENT "${text}")
  set_target_properties(${name} PROPERTIES UNITY_BUILD_UNIQUE_ID U2NET_FILE
                        UNITY_BUILD_CODE_BEFORE_INCLUDE "#include \"${header}\"")
  get_target_property(sources ${name} SOURCES)
  foreach(source IN LISTS sources)
    if(unity_EXCEPT AND source MATCHES "${unity_EXCEPT}")
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()
