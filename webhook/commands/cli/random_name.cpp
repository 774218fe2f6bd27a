#include "commands/cli/random_name.hpp"

#include <random>

#include <fmt/format.h>

namespace hygiene::commands {

std::string random_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace hygiene::commands
