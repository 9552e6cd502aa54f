# What kernels_test has besides the sources of this folder.
u2net_compile_for(kernels_test tests/kernels/simd/simd_code-inl.h ${U2NET_INSTRUCTION_SETS} ${U2NET_TEST_SETS})
u2net_compile_for(kernels_test tests/kernels/simd/tile_code-inl.h ${U2NET_TILE_SETS} ${U2NET_TILE_TEST_SETS})
if(U2NET_X86)
  u2net_compile_for(kernels_test tests/kernels/simd/simd_code-inl.h avx512bf16)
endif()
target_link_options(kernels_test PRIVATE -Wl,--wrap=pthread_create)  # fork_test.cc
