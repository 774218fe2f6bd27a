#include "commands/completion/completion_flags.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/completion/completion_scripts.hpp"

namespace hygiene::commands {

namespace {

enum class Shell { bash, zsh, fish };

std::string_view script_for(Shell shell) {
  if (shell == Shell::bash) return bash_completion();
  return shell == Shell::zsh ? zsh_completion() : fish_completion();
}

}  // namespace

Run add_completion(CLI::App& app) {
  auto shell = std::make_shared<Shell>();
  CLI::App& command =
      *app.add_subcommand("completion", "Print the script that completes commands in a shell");
  add_choice(command, "SHELL", *shell, "TEXT", "Where it is to run",
             {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}})
      ->default_str("")
      ->required();
  return [shell] {
    std::cout << script_for(*shell);
    return 0;
  };
}

}  // namespace hygiene::commands
