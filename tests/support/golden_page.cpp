#include "support/golden_page.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "support/json_oracle.hpp"
#include "support/source_dir.hpp"

namespace hygiene::test {

std::string without_embedded_files(std::string page, const std::string& golden,
                                   std::initializer_list<const char*> files) {
  for (const char* file : files) {
    const std::string text = read_source_file(file);
    const std::size_t at = page.find(text);
    if (at == std::string::npos) throw std::logic_error(std::string(file) + " is not in the page");
    page.replace(at, text.size(), "{{" + std::string(file) + "}}");
  }
  if (std::getenv("HYGIENE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(source_dir() + "/" + golden, std::ios::binary) << page;
  }
  return page;
}

}  // namespace hygiene::test
