# What every translation unit of the project is compiled with.
# COMPRESSION_SCALAR: the build without SIMD (the fallback for browsers that lack it, and the twin the SIMD code is tested against).
option(COMPRESSION_SCALAR "Compile the scalar paths only" OFF)
option(COMPRESSION_SANITIZE "Address and undefined-behaviour sanitizers, and coverage for libFuzzer; asks for clang" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  # The same bits everywhere: no multiply and add is fused into one rounding.
  -ffp-contract=off
  # No path of the machine enters the binaries.
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")

if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  add_compile_options(-Wreserved-identifier)
endif()

if(COMPRESSION_SCALAR)
  add_compile_definitions(COMPRESSION_SCALAR)
elseif(EMSCRIPTEN)
  # Every browser with SIMD fills and copies memory by an instruction, too.
  add_compile_options(-msimd128 -mbulk-memory)
  add_link_options(-mbulk-memory)
endif()

if(COMPRESSION_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined,fuzzer-no-link)
endif()

if(EMSCRIPTEN)
  # The engine reports bad input by throwing; the exceptions are WebAssembly's own, not emulated in JavaScript.
  add_compile_options(-fwasm-exceptions)
  add_link_options(-fwasm-exceptions)
endif()

# What programs that run under node (tests, benchmarks) are linked with; the shipped module has options of its own.
add_library(program_options INTERFACE)
if(EMSCRIPTEN)
  # The project's package.json makes every .js an ES module; what Emscripten writes for a program is CommonJS.
  set(CMAKE_EXECUTABLE_SUFFIX .cjs)
  target_link_options(program_options INTERFACE -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=1MB -sEXIT_RUNTIME -sENVIRONMENT=node
                      -sNODERAWFS)
endif()
