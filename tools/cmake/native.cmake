# The compiler of the native builds: clang-19 where it stands, the same front end as Emscripten's; else the machine's own.
if(NOT DEFINED CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  find_program(CLANG_19 clang++-19)
  if(CLANG_19)
    set(CMAKE_CXX_COMPILER ${CLANG_19})
  endif()
endif()
