# Installs libu2net: headers, libraries, CMake package, pkg-config files. The prefix may be moved.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/u2net)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/api/include/u2net DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT dev)
foreach(flavour IN LISTS flavours)
  install(TARGETS u2net_${flavour} u2net_${flavour}_core u2net_${flavour}_imaging
          EXPORT u2net_${flavour}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT dev
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT u2net_${flavour} FILE u2net-${flavour}.cmake NAMESPACE u2net::
          DESTINATION ${package_dir} COMPONENT dev)
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/u2netConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/u2netConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/u2netConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/u2netConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/u2netConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT dev)

# u2net.pc is the library as find_package() gives it, u2net-static.pc the archive where there are both.
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
set(pc_libdir ${CMAKE_INSTALL_FULL_LIBDIR})
set(pc_includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(pc_static "-lstdc++ -lm -pthread")
if(U2NET_HAS_ONEDNN)
  string(APPEND pc_static " -ldnnl -l${U2NET_OPENMP_LIBRARY}")
endif()
foreach(flavour IN LISTS flavours)
  set(pc_name u2net)
  set(pc_libs "-lu2net")
  set(pc_private "${pc_static}")
  if(flavour STREQUAL "static")
    set(pc_libs "-l:libu2net.a ${pc_static}")
    set(pc_private "")
    if(BUILD_SHARED_LIBS)
      set(pc_name u2net-static)
    endif()
  endif()
  configure_file(${CMAKE_CURRENT_LIST_DIR}/u2net.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${pc_name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${pc_name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endforeach()
