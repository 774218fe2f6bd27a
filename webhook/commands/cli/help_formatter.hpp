// The help of a command in lines of at most 100 columns. Variables of the environment stand at its end, not
// at each flag. Thread-safety: a formatter: one thread at a time.
#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}  // namespace CLI

namespace hygiene::commands {

std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace hygiene::commands
