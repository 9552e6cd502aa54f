# U2NET_PACKED_RELOCATIONS: the linker's option for relative relocations as a bit map (DT_RELR), a
# twentieth of the library otherwise; empty where the linker does not know it or this system's loader
# does not take it. A library for systems older than the one that builds it is made without
# (U2NET_PACK_RELOCATIONS=OFF).
include(CheckCXXSourceRuns)
set(U2NET_PACKED_RELOCATIONS "")
if(U2NET_PACK_RELOCATIONS AND NOT CMAKE_CROSSCOMPILING AND NOT U2NET_SANITIZE)
  set(CMAKE_REQUIRED_LINK_OPTIONS -pie -Wl,-z,pack-relative-relocs -Wl,--fatal-warnings)
  set(CMAKE_REQUIRED_FLAGS -fPIE)
  check_cxx_source_runs("int a; int* volatile p[] = {&a, &a}; int main() { return p[0] == p[1] ? 0 : 1; }"
                        U2NET_RELOCATIONS_CAN_BE_PACKED)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  unset(CMAKE_REQUIRED_FLAGS)
  if(U2NET_RELOCATIONS_CAN_BE_PACKED)
    set(U2NET_PACKED_RELOCATIONS -Wl,-z,pack-relative-relocs)
  endif()
endif()
