# agent_room(NAME SOURCES … USES … [LINKS …] [EMBEDS …] [SMALL])
#
# One static library a room. USES is the dependency rule: rooms whose headers this room may include; tests/layering
# reads it from the source and fails on any other include. LINKS: libraries of others. EMBEDS: files that become
# `std::string_view agent::embedded::NAME` (dots and dashes as underscores), declared where it is used. SMALL: a release is
# optimised for size; for rooms whose code runs once, of which no time is measured.
function(agent_room name)
  cmake_parse_arguments(ROOM "SMALL" "" "SOURCES;USES;LINKS;EMBEDS" ${ARGN})
  set(kind INTERFACE)
  if(ROOM_SOURCES)
    set(kind PUBLIC)
    add_library(agent_${name} STATIC ${ROOM_SOURCES})
  else()
    add_library(agent_${name} INTERFACE)
  endif()
  target_include_directories(agent_${name} ${kind} ${PROJECT_SOURCE_DIR}/src)
  if(ROOM_SMALL)
    target_compile_options(agent_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
  list(TRANSFORM ROOM_USES PREPEND agent_)
  target_link_libraries(agent_${name} ${kind} agent_flags ${ROOM_USES} ${ROOM_LINKS})
  foreach(file IN LISTS ROOM_EMBEDS)
    get_filename_component(symbol ${file} NAME)
    string(REGEX REPLACE "[^A-Za-z0-9]" "_" symbol ${symbol})
    set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
    get_filename_component(file ${file} ABSOLUTE) # of this source folder
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${output} -DSYMBOL=${symbol}
              -P ${PROJECT_SOURCE_DIR}/.ci/cmake/Embed.cmake
      DEPENDS ${file} ${PROJECT_SOURCE_DIR}/.ci/cmake/Embed.cmake VERBATIM)
    target_sources(agent_${name} PRIVATE ${output})
    set_source_files_properties(${output} PROPERTIES SKIP_LINTING ON)
  endforeach()
endfunction()

# agent_test(NAME SOURCES … USES …): one GoogleTest executable; each test of it is one of ctest's. Under sanitizers, where
# a process takes long to start, the executable is one: four thousand processes took the better part of CI's time.
function(agent_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  list(TRANSFORM TEST_USES PREPEND agent_)
  target_link_libraries(${name} PRIVATE agent_flags ${TEST_USES} agent_test_support GTest::gmock GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  # Tables of cases are much code that runs once: optimised under sanitizers, one took the compiler 75 s of CPU, 3 s without.
  target_compile_options(${name} PRIVATE -O0)
  if(AGENT_SANITIZE)
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES
      ENVIRONMENT "AGENT_SOURCE_DIR=${PROJECT_SOURCE_DIR};AGENT_BINARY=$<TARGET_FILE:agent>")
    return()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} # rows made from files are listed without our variables
    NO_PRETTY_VALUES # a row's name, not the bytes of its struct
    TEST_PREFIX ${name}. PROPERTIES
    # Two properties, because gtest_discover_tests takes a list of variables apart.
    ENVIRONMENT AGENT_SOURCE_DIR=${PROJECT_SOURCE_DIR}
    ENVIRONMENT_MODIFICATION AGENT_BINARY=set:$<TARGET_FILE:agent>)
endfunction()

# agent_fuzz(NAME SOURCE … USES …): one libFuzzer executable, and a ctest that runs it over its corpus for some seconds.
function(agent_fuzz name)
  cmake_parse_arguments(FUZZ "" "SOURCE;CORPUS" "USES" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${FUZZ_SOURCE})
  add_dependencies(fuzzers ${name})
  list(TRANSFORM FUZZ_USES PREPEND agent_)
  target_link_libraries(${name} PRIVATE agent_flags ${FUZZ_USES})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set(seeds)
  if(FUZZ_CORPUS)
    set(seeds ${FUZZ_CORPUS})
  endif()
  set(found ${CMAKE_CURRENT_BINARY_DIR}/${name}.corpus)
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz.${name} COMMAND ${name} -max_total_time=$<IF:$<BOOL:$ENV{AGENT_FUZZ_SECONDS}>,$ENV{AGENT_FUZZ_SECONDS},20>
    -rss_limit_mb=1024 -timeout=10 -max_len=65536 -print_final_stats=1 ${found} ${seeds})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz)
endfunction()
