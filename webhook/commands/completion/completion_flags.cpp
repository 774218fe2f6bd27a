#include "commands/completion/completion_flags.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/completion/completion_scripts.hpp"

namespace hygiene::commands {

Run add_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App& command =
      *app.add_subcommand("completion", "Print the script that completes commands in a shell");
  command.add_option("SHELL", *shell, "Where it is to run")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return [shell] {
    std::cout << (*shell == "bash"  ? bash_completion()
                  : *shell == "zsh" ? zsh_completion()
                                    : fish_completion());
    return 0;
  };
}

}  // namespace hygiene::commands
