# cmake -DNM=… -DLIBRARY=… -P check_symbols.cmake: the engine neither prints, nor reads files, nor ends the program.
execute_process(COMMAND ${NM} --undefined-only --format=just-symbols ${LIBRARY} OUTPUT_VARIABLE symbols
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES "\n__cxa_throw\n")
  message(FATAL_ERROR "The list of symbols is not that of the engine, which throws.")
endif()
foreach(forbidden "f?printf" "vf?printf" "f?puts" "f?putc" "putchar" "fwrite" "write" "fopen" "abort" "_?exit" "raise"
                  "__assert_fail" "__assert_rtn" "stdout" "stderr" "_ZSt4c(out|err|log|in)" "_ZNSt3__24c(out|err|log|in)E"
                  "time" "gettimeofday" "clock_gettime" "rand")
  if(symbols MATCHES "\n(${forbidden})\n")
    message(FATAL_ERROR "The engine calls ${CMAKE_MATCH_1}.")
  endif()
endforeach()
