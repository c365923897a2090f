# Libraries, each with its reason in src/README.md. All have static archives, or are header-only, in Debian 12.
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(GTest REQUIRED)
include(GoogleTest)

# lib_NAME: an imported library with its headers, found as an archive when AGENT_STATIC is on.
function(agent_library name header)
  find_path(AGENT_${name}_INCLUDE ${header} REQUIRED)
  add_library(lib_${name} INTERFACE)
  target_include_directories(lib_${name} SYSTEM INTERFACE ${AGENT_${name}_INCLUDE})
  foreach(archive IN LISTS ARGN)
    find_library(AGENT_${archive}_LIBRARY NAMES ${archive} REQUIRED)
    target_link_libraries(lib_${name} INTERFACE ${AGENT_${archive}_LIBRARY} Threads::Threads)
  endforeach()
endfunction()

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
agent_library(sqlite sqlite3.h sqlite3)
