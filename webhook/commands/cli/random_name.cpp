#include "commands/cli/random_name.hpp"

#include <random>

namespace hygiene::commands {

std::string random_name() {
  std::random_device random;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  for (int digit = 0; digit < 16; ++digit) name += kDigits[random() % 16];
  return name;
}

}  // namespace hygiene::commands
