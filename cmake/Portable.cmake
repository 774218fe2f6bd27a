# The program as one file: every library but the C library is linked from its archive.

# hygiene_archive(TARGET NAME): links the archive NAME in place of the shared library that Debian's CMake package of TARGET names.
# HYGIENE_ARCHIVES holds those that Debian does not pack: `./dev deps portable` and `./dev deps arm64` make them.
function(hygiene_archive target name)
  find_library(HYGIENE_ARCHIVE_${name} ${name} HINTS ${HYGIENE_ARCHIVES}/usr/lib REQUIRED)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_NONE ${HYGIENE_ARCHIVE_${name}})
endfunction()

hygiene_archive(yaml-cpp libyaml-cpp.a)
hygiene_archive(prometheus-cpp::core libprometheus-cpp-core.a)
hygiene_archive(spdlog::spdlog libspdlog.a)
hygiene_archive(fmt::fmt libfmt.a)

target_link_options(hygiene_options INTERFACE -static-libstdc++ -static-libgcc LINKER:--gc-sections)
