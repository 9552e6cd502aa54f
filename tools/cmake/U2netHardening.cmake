# What is made for others' machines (U2NET_FOR_PACKAGES): the flags of Debian's hardening=+all,-pie (its compilers make
# position-independent programs by themselves), and no path of the folder that it was built in. Not for kernels/: its loops
# get sizes that planning has checked, and no byte of a file but elements.
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  add_compile_options(-fstack-protector-strong -Wformat -Werror=format-security "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
  if(U2NET_X86)
    add_compile_options(-fstack-clash-protection -fcf-protection)
  endif()
  add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  add_link_options(-Wl,-z,relro -Wl,-z,now)
endif()
