# Debian's cross compiler, with the libraries that `./dev deps arm64` unpacks. Tests run under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static;-L;/usr/aarch64-linux-gnu)
get_filename_component(archives ${CMAKE_CURRENT_LIST_DIR}/../build/archives/arm64 ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${archives})
# Where Debian keeps the headers of a library that differ by architecture.
set(CMAKE_CXX_FLAGS_INIT "-isystem ${archives}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
