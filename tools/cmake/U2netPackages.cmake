# Debian packages by CPack, one a component of the installation: `cpack -G DEB` in a build folder. What is read here that
# is not CMake's lies in tools/packaging. Names: libu2net0 is called after the SONAME, as Debian's policy wants (8.1).
set(packaging ${PROJECT_SOURCE_DIR}/tools/packaging)
set(made ${PROJECT_BINARY_DIR}/packaging)
set(U2NET_PACKAGE_CONTACT "u2net.cpp maintainers <maintainers@u2net-cpp.invalid>"
    CACHE STRING "Maintainer of the packages: who builds them")
set(U2NET_PACKAGE_REVISION 1 CACHE STRING "Debian's revision of the packages")
set(version ${PROJECT_VERSION}-${U2NET_PACKAGE_REVISION})
set(library libu2net${PROJECT_VERSION_MAJOR})
set(components command runtime dev python3)
set(command_name u2net)
set(runtime_name ${library})
set(dev_name libu2net-dev)
set(python3_name python3-u2net)

# Packed as Debian wants its documentation: the same bytes whenever it is made.
find_program(GZIP gzip REQUIRED)
file(MAKE_DIRECTORY ${made})
configure_file(${packaging}/debian/changelog.in ${made}/changelog.Debian @ONLY)
execute_process(COMMAND ${GZIP} -9nkf ${made}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
foreach(component IN LISTS components)
  set(name ${${component}_name})
  install(FILES ${packaging}/debian/copyright ${made}/changelog.Debian.gz
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
  if(EXISTS ${packaging}/debian/${name}.lintian-overrides)
    install(FILES ${packaging}/debian/${name}.lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
            RENAME ${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
  endif()
endforeach()
# A unit of the system, wherever the prefix is; where the command has its server (tools/serve).
if(U2NET_BOOST_INCLUDE_DIR AND NOT U2NET_WITH_SERVE STREQUAL "OFF")
  install(FILES ${packaging}/u2net.service DESTINATION lib/systemd/system COMPONENT command EXCLUDE_FROM_ALL)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL ${components})
if(NOT TARGET u2net_python)
  list(REMOVE_ITEM CPACK_COMPONENTS_ALL python3)
endif()
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each has its own
set(CPACK_PACKAGE_CONTACT "${U2NET_PACKAGE_CONTACT}")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${U2NET_PACKAGE_REVISION})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)

set(about "The engine runs on CPUs alone, with kernels of its own, and reads the"
          "files of PaddlePaddle and ONNX.")
macro(u2net_package component section synopsis)
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${${component}_name})
  set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section})
  string(REPLACE ";" "\n" text "${ARGN};.;${about}")
  set(CPACK_DEBIAN_${key}_DESCRIPTION "${synopsis}\n${text}")
  file(GLOB scripts ${packaging}/debian/${${component}_name}/*)
  set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA ${scripts})
endmacro()
u2net_package(command graphics "cut the subject out of pictures"
  "Finds the subject of a picture with U2-Net and writes its mask and its"
  "cutout: pictures, folders of them, films, or over HTTP (the unit of"
  "systemd is disabled until it is wanted). U2Netp comes with it.")
u2net_package(runtime libs "inference engine for U2-Net on CPUs - shared library"
  "The library for programs in C and C++, with U2Netp compiled in.")
u2net_package(dev libdevel "inference engine for U2-Net on CPUs - development files"
  "Headers for C99 and C++17, the static library, and the files of"
  "CMake's find_package() and of pkg-config.")
u2net_package(python3 python "cut the subject out of pictures - Python module"
  "Pictures as bytes, PIL images or arrays become masks and cutouts, and"
  "tensors go through any network of the family. U2Netp is compiled in.")
# Loaded when a picture needs it, which dpkg-shlibdeps does not see. libheif.so.1 is in libheif1.
string(REPLACE ".so." "" heif "${U2NET_HEIF_LIBRARY}")
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS ${heif})
set(CPACK_DEBIAN_COMMAND_PACKAGE_SUGGESTS graphviz)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${library} (= ${version})")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "libdnnl-dev, ocl-icd-opencl-dev")  # for the static library
set(CPACK_DEBIAN_PYTHON3_PACKAGE_DEPENDS
    "python3 (>= ${U2NET_PYTHON_VERSION}), python3 (<< ${U2NET_PYTHON_NEXT}), python3-numpy")
if(heif)
  string(APPEND CPACK_DEBIAN_PYTHON3_PACKAGE_DEPENDS ", ${heif}")
endif()
set(CPACK_DEBIAN_PYTHON3_PACKAGE_RECOMMENDS python3-pil)

# What depends on the library depends on this version of it, as long as the interface may grow in each.
file(WRITE ${made}/shlibs "libu2net ${PROJECT_VERSION_MAJOR} ${library} (>= ${PROJECT_VERSION})\n")
list(APPEND CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${made}/shlibs)
include(CPack)
