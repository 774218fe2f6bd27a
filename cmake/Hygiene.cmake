# How a folder under webhook/ becomes a library, and a folder under tests/ a test program.

add_library(hygiene_options INTERFACE)
target_include_directories(hygiene_options INTERFACE ${PROJECT_SOURCE_DIR}/webhook)
target_compile_options(hygiene_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<BOOL:${HYGIENE_WARNINGS_AS_ERRORS}>:-Werror>
  # g++ 12 takes asio's pair of operators for coroutine frames for a mismatch once it has inlined one of them.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
  -fstack-protector-strong $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
if(HYGIENE_SANITIZE)
  target_compile_options(hygiene_options INTERFACE
    -fsanitize=${HYGIENE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(hygiene_options INTERFACE -fsanitize=${HYGIENE_SANITIZE})
  if(HYGIENE_SANITIZE MATCHES thread)
    # ThreadSanitizer knows no fences; Asio's queues are locked besides.
    target_compile_definitions(hygiene_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
  # g++ 12 reports false positives of this one under a sanitizer's instrumentation.
  target_compile_options(hygiene_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
# On arm64 a plain char is unsigned: there too the code means what it means on amd64.
if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(hygiene_options INTERFACE -fsigned-char)
endif()
target_compile_definitions(hygiene_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED)
# Every symbol is bound at the start. Bound at its first call instead, the loader saves the vector registers to the
# stack, and with them what was last copied: parts of a Secret, where nothing wipes them.
target_link_options(hygiene_options INTERFACE LINKER:-z,relro LINKER:-z,now)

# A cross compiler looks for linkers beside its own programs.
find_program(HYGIENE_MOLD mold)
if(HYGIENE_MOLD AND NOT CMAKE_CROSSCOMPILING)
  target_link_options(hygiene_options INTERFACE -fuse-ld=mold)
endif()

# hygiene_layer(NAME [USES layers...] [LINKS packages...]): static library hygiene_NAME of webhook/NAME.
function(hygiene_layer name)
  cmake_parse_arguments(ARG "" "" "USES;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/webhook/${name}/*.cpp ${PROJECT_SOURCE_DIR}/webhook/${name}/*.hpp)
  add_library(hygiene_${name} STATIC ${sources})
  set_target_properties(hygiene_${name} PROPERTIES LINKER_LANGUAGE CXX)
  list(TRANSFORM ARG_USES PREPEND hygiene_)
  target_link_libraries(hygiene_${name} PUBLIC hygiene_options ${ARG_USES} ${ARG_LINKS})
endfunction()

# hygiene_embed(LAYER FILE HEADER NAMESPACE FUNCTION): FILE's text as NAMESPACE::FUNCTION(), which HEADER declares.
function(hygiene_embed layer file header namespace function)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${function}.cpp)
  add_custom_command(OUTPUT ${output} VERBATIM
    DEPENDS ${PROJECT_SOURCE_DIR}/${file} ${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake
    COMMAND ${CMAKE_COMMAND} -DINPUT=${PROJECT_SOURCE_DIR}/${file} -DOUTPUT=${output} -DHEADER=${header}
            -DNAMESPACE=${namespace} -DFUNCTION=${function} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake)
  target_sources(hygiene_${layer} PRIVATE ${output})
endfunction()

# hygiene_commit(COMMIT DATE): sets both to those of the checked-out commit, or to "unknown". CMake runs again when it changes.
function(hygiene_commit commit date)
  set(${commit} unknown PARENT_SCOPE)
  set(${date} unknown PARENT_SCOPE)
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} log -1 --format=%H\;%cI
    OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(NOT status EQUAL 0 OR NOT EXISTS ${PROJECT_SOURCE_DIR}/.git)
    return()
  endif()
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} status --porcelain --untracked-files=no
    OUTPUT_VARIABLE changes ERROR_QUIET)
  list(GET said 0 found)
  if(changes)
    string(APPEND found -modified)
  endif()
  set(${commit} ${found} PARENT_SCOPE)
  list(GET said 1 found)
  set(${date} ${found} PARENT_SCOPE)
  if(EXISTS ${PROJECT_SOURCE_DIR}/.git/logs/HEAD)
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/.git/logs/HEAD)
  endif()
endfunction()
