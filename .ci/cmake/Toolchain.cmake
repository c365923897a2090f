# What every target is compiled with. Targets take it by linking `agent_flags`; nothing is set globally but the standard.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
if(AGENT_TIDY)
  find_program(CLANG_TIDY NAMES clang-tidy-19 REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY} --quiet --warnings-as-errors=*)
endif()

add_library(agent_flags INTERFACE)
target_compile_options(agent_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Wno-gnu-statement-expression # TRY is one: it needs `return` and a value
  -Wno-missing-designated-field-initializers # {.name = …} leaves the rest at its default; that is what it is for
  $<$<BOOL:${AGENT_WERROR}>:-Werror>
  -ffunction-sections -fdata-sections)
target_compile_definitions(agent_flags INTERFACE
  FMT_HEADER_ONLY $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
target_link_options(agent_flags INTERFACE -fuse-ld=lld)
if(AGENT_SANITIZE)
  # Assertions stay on; optimising further, and more than lines for a stack trace, is time that CI waits for.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -gline-tables-only")
  target_compile_options(agent_flags INTERFACE -fsanitize=${AGENT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(agent_flags INTERFACE -fsanitize=${AGENT_SANITIZE})
endif()
if(AGENT_FUZZ) # what libFuzzer steers by; without it, it does nothing
  target_compile_options(agent_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(AGENT_COVERAGE)
  target_compile_options(agent_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(agent_flags INTERFACE -fprofile-instr-generate)
endif()
if(AGENT_STATIC)
  # static-pie, not static: a plain static link registers exception frames that the first throw has to sort (4 ms).
  # Its 26,000 relocations, most of them OpenSSL's, take 8 KB packed (DT_RELR, which glibc's start code knows from 2.36 on)
  # instead of 620.
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  target_link_options(agent_flags INTERFACE -static-pie -Wl,--gc-sections -Wl,--icf=safe -Wl,-z,pack-relative-relocs -s)
endif()
