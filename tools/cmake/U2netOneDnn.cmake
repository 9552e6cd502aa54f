# Finds oneDNN for the onednn mode and sets U2NET_HAS_ONEDNN.
# Debian's dnnl-config.cmake asks for OpenCL (package ocl-icd-opencl-dev): without it oneDNN counts
# as not found.
set(U2NET_HAS_ONEDNN OFF)
if(NOT U2NET_WITH_ONEDNN STREQUAL "OFF")
  find_package(dnnl CONFIG QUIET)
  find_package(OpenMP COMPONENTS CXX QUIET)
  if(dnnl_FOUND AND OpenMP_CXX_FOUND)
    set(U2NET_HAS_ONEDNN ON)
  elseif(U2NET_WITH_ONEDNN STREQUAL "ON")
    message(FATAL_ERROR "U2NET_WITH_ONEDNN=ON, but oneDNN or OpenMP was not found "
                        "(Debian: libdnnl-dev and ocl-icd-opencl-dev).")
  endif()
endif()
message(STATUS "u2net: onednn mode: ${U2NET_HAS_ONEDNN}")
