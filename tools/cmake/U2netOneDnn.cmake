# Finds oneDNN for the onednn mode and sets U2NET_HAS_ONEDNN.
# Debian's dnnl-config.cmake asks for OpenCL (package ocl-icd-opencl-dev): without it oneDNN counts
# as not found.
# The number of threads is set through OpenMP's C functions, which must be those of the runtime that
# oneDNN itself was built with, whatever compiler builds this project: hence the library by name and no
# find_package(OpenMP), which would bring in clang's own runtime beside GCC's.
set(U2NET_OPENMP_LIBRARY gomp CACHE STRING "The OpenMP runtime that oneDNN was built with")
set(U2NET_HAS_ONEDNN OFF)
if(NOT U2NET_WITH_ONEDNN STREQUAL "OFF")
  find_package(dnnl CONFIG QUIET)
  if(dnnl_FOUND)
    set(U2NET_HAS_ONEDNN ON)
  elseif(U2NET_WITH_ONEDNN STREQUAL "ON")
    message(FATAL_ERROR "U2NET_WITH_ONEDNN=ON, but oneDNN was not found "
                        "(Debian: libdnnl-dev and ocl-icd-opencl-dev).")
  endif()
endif()
message(STATUS "u2net: onednn mode: ${U2NET_HAS_ONEDNN}")
