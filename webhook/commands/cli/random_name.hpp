// Names that no other process gives. Thread-safety: any thread.
#pragma once

#include <string>

namespace hygiene::commands {

// 16 hex digits.
std::string random_name();

}  // namespace hygiene::commands
