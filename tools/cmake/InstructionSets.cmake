# The instruction sets that kernels are compiled for (kernels/base/instruction_sets.h), each with its
# flags. kernels/simd/<set>.h has its vectors.
set(U2NET_INSTRUCTION_SETS portable)
set(U2NET_FLAGS_portable "")
# The portable code for wider vectors: tests alone run it, on every machine.
set(U2NET_TEST_SETS "")
if(U2NET_TEST_WIDTHS)
  set(U2NET_TEST_SETS portable8 portable16)
endif()
set(U2NET_FLAGS_portable8 -O1)
set(U2NET_FLAGS_portable16 -O1)
if(U2NET_X86)
  list(APPEND U2NET_INSTRUCTION_SETS avx2 avx512)
  set(U2NET_FLAGS_avx2 -mavx2 -mfma)
  set(U2NET_FLAGS_avx512 ${U2NET_FLAGS_avx2} -mavx512f -mavx512dq -mavx512bw -mavx512vl
                         -mprefer-vector-width=512)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12's own intrinsics start from undefined registers (GCC bug 105593).
    list(APPEND U2NET_FLAGS_avx512 -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
endif()

if(U2NET_AARCH64)
  list(APPEND U2NET_INSTRUCTION_SETS neon)
  # Every processor of this kind has it. GCC's scheduling before registers are given out brings all
  # loads of a chunk forward, which then do not fit beside the sums (MatrixTile::chunk_by_lanes).
  set(U2NET_FLAGS_neon "")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(U2NET_FLAGS_neon -fno-schedule-insns)
  endif()
endif()

# Kernels for bf16 on the tiles of AMX; emulated for tests, on every machine.
set(U2NET_TILE_TEST_SETS emulated)
set(U2NET_FLAGS_emulated -Os)
if(U2NET_X86)
  set(U2NET_FLAGS_avx512bf16 ${U2NET_FLAGS_avx512} -mavx512bf16)
  set(U2NET_TILE_SETS amx)
  set(U2NET_FLAGS_amx ${U2NET_FLAGS_avx512bf16})
endif()

# u2net_compile_for(TARGET HEADER SET...): compiles HEADER, the path of a *-inl.h from the root, once
# for each SET: behind the header that has its vectors, with its flags.
function(u2net_compile_for target header)
  get_filename_component(name ${header} NAME_WE)
  string(REGEX REPLACE "-inl$" "" name ${name})
  foreach(set IN LISTS ARGN)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}_${set}.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT
         "#include \"kernels/simd/${set}.h\"\n//\n#include \"${header}\"\n" @ONLY)
    # Vectors wider than a register are only ever passed to inlined functions.
    set(flags ${U2NET_FLAGS_${set}} -Wno-psabi)
    if(U2NET_SANITIZE)
      # Half of the time that clang takes for unrolled code; the address sanitizer and guard pages
      # see where such a pointer leads.
      list(APPEND flags -fno-sanitize=pointer-overflow)
    endif()
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${flags}" SKIP_UNITY_BUILD_INCLUSION ON)
    target_sources(${target} PRIVATE ${source})
  endforeach()
endfunction()

# u2net_compile_for_all(TARGET HEADER): for every instruction set.
function(u2net_compile_for_all target header)
  u2net_compile_for(${target} ${header} ${U2NET_INSTRUCTION_SETS})
endfunction()
