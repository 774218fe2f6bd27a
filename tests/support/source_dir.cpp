#include "support/source_dir.hpp"

namespace hygiene::test {

std::string source_dir() {
  return HYGIENE_SOURCE_DIR;
}

}  // namespace hygiene::test
