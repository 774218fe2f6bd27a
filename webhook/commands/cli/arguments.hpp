// The words of a command line, as kubectl's users write them. Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace hygiene::commands {

// `words` follow the program's name. The same as CLI11 reads them: the command stands before its flags,
// -o=json is -ojson, and `help prune` is `prune --help`.
std::vector<std::string> arrange_words(const CLI::App& app, std::vector<std::string> words);

// The command that arranged words name, such as `certs init`; `app` itself where they name none.
CLI::App& named_command(CLI::App& app, const std::vector<std::string>& words);

// What is wrong with arranged words before their values are looked at: an unknown command or flag, with the
// one that was most likely meant. Empty: nothing.
std::string unknown_word(const CLI::App& app, const std::vector<std::string>& words);

// The command of that name below `parent`; null: there is none.
const CLI::App* find_command(const CLI::App& parent, const std::string& name);
bool takes_value(const CLI::Option& flag);

}  // namespace hygiene::commands
