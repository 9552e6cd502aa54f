# u2net_page_files(FILE...): page_files.cc in the build folder, from page_files.cc.in in this one, where @page_css@
# stands for what is in page/page.css. The files are read when the project is configured, which happens again
# when one changes.
function(u2net_page_files)
  foreach(file IN LISTS ARGN)
    string(REPLACE "." "_" variable ${file})
    file(READ page/${file} ${variable})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS page/${file})
  endforeach()
  configure_file(page_files.cc.in page_files.cc @ONLY)
endfunction()
