# Libraries, each with its reason in src/README.md. All have static archives, or are header-only, in Debian 12.
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(GTest REQUIRED)
include(GoogleTest)

# agent_lean(VARIABLE OPTION…): VARIABLE becomes the path of a copy of the C archive that it names, without unwind tables:
# no exception passes C code, and the tables are a tenth of it. OPTION: further ones of objcopy.
function(agent_lean variable)
  set(archive ${${variable}})
  get_filename_component(name ${archive} NAME)
  set(lean ${CMAKE_BINARY_DIR}/lean/${name})
  if(${archive} IS_NEWER_THAN ${lean} OR ${CMAKE_CURRENT_FUNCTION_LIST_FILE} IS_NEWER_THAN ${lean})
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lean)
    execute_process(COMMAND ${CMAKE_OBJCOPY} --remove-section=.eh_frame ${ARGN} ${archive} ${lean} COMMAND_ERROR_IS_FATAL ANY)
  endif()
  set(${variable} ${lean} PARENT_SCOPE)
endfunction()

# lib_NAME: an imported library with its headers, found as an archive when AGENT_STATIC is on.
function(agent_library name header)
  find_path(AGENT_${name}_INCLUDE ${header} REQUIRED)
  add_library(lib_${name} INTERFACE)
  target_include_directories(lib_${name} SYSTEM INTERFACE ${AGENT_${name}_INCLUDE})
  foreach(archive IN LISTS ARGN)
    find_library(AGENT_${archive}_LIBRARY NAMES ${archive} REQUIRED)
    set(file ${AGENT_${archive}_LIBRARY})
    if(AGENT_STATIC AND archive IN_LIST agent_c_archives)
      agent_lean(file)
    endif()
    target_link_libraries(lib_${name} INTERFACE ${file} Threads::Threads)
  endforeach()
endfunction()

set(agent_c_archives z zstd cares ssl crypto)
agent_library(zlib zlib.h z)
agent_library(zstd zstd.h zstd)
agent_library(re2 re2/re2.h re2)
agent_library(yaml yaml-cpp/yaml.h yaml-cpp)
agent_library(toml toml++/toml.h)
# Errors are values here: toml++ returns them when it is told not to throw.
target_compile_definitions(lib_toml INTERFACE TOML_EXCEPTIONS=0)
agent_library(boost_url boost/url/url.hpp boost_url) # with the headers of Beast, whose HTTP parser has no archive
agent_library(cares ares.h cares)
agent_library(openssl openssl/ssl.h ssl crypto)

# The archive in every build, so that all have the same SQLite. It has one file a part: src/store/sqlite_left_out.cpp
# stands for the parts that are not used, which the linker then leaves out, and for the functions of SQL that would bring
# in libm's trigonometry.
find_path(AGENT_sqlite_INCLUDE sqlite3.h REQUIRED)
find_library(AGENT_sqlite_LIBRARY libsqlite3.a REQUIRED)
set(options)
foreach(function acos acosh asin asinh atan atan2 atanh cos cosh sin sinh tan tanh)
  list(APPEND options --redefine-sym ${function}=agent_sql_${function})
endforeach()
set(archive ${AGENT_sqlite_LIBRARY})
agent_lean(archive ${options})
add_library(lib_sqlite INTERFACE)
target_include_directories(lib_sqlite SYSTEM INTERFACE ${AGENT_sqlite_INCLUDE})
target_link_libraries(lib_sqlite INTERFACE ${archive} Threads::Threads m ${CMAKE_DL_LIBS})
