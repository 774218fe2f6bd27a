#include "commands/completion/completion.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string_view>

#include <CLI/CLI.hpp>

#include "commands/cli/arguments.hpp"
#include "commands/cli/exit_code.hpp"
#include "commands/completion/completion_scripts.hpp"

namespace hygiene::commands {
namespace {

bool repeatable(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

// Where a line stands before the word that is being typed.
struct Place {
  const CLI::App* command = nullptr;
  const CLI::Option* awaits = nullptr;  // a flag whose value is the next word
  std::vector<const CLI::Option*> given;
  std::size_t arguments = 0;  // that are no flags
  bool flags_ended = false;   // by --
};

void pass_flag(Place& place, const std::string& word) {
  const bool is_long = word[1] == '-';
  const std::size_t equals = is_long ? word.find('=') : std::string::npos;
  if (is_long) {
    const CLI::Option* flag = place.command->get_option_no_throw(word.substr(0, equals));
    if (flag == nullptr) return;
    place.given.push_back(flag);
    if (takes_value(*flag) && equals == std::string::npos) place.awaits = flag;
    return;
  }
  // -Ao json and -ojson: the first that takes a value takes the rest.
  for (std::size_t i = 1; i < word.size(); ++i) {
    const CLI::Option* flag = place.command->get_option_no_throw({'-', word[i]});
    if (flag == nullptr) return;
    place.given.push_back(flag);
    if (!takes_value(*flag)) continue;
    if (i + 1 == word.size()) place.awaits = flag;
    return;
  }
}

void pass(Place& place, const std::string& word) {
  if (place.awaits != nullptr) {
    place.awaits = nullptr;
  } else if (place.flags_ended || word.size() < 2 || word.front() != '-') {
    const bool argument = place.flags_ended || place.arguments > 0;
    const CLI::App* command = argument ? nullptr : find_command(*place.command, word);
    if (command == nullptr) {
      ++place.arguments;
    } else {
      place.command = command;
    }
  } else if (word == "--") {
    place.flags_ended = true;
  } else {
    pass_flag(place, word);
  }
}

void offer(Completion& completion, const std::string& word, const std::string& description,
           std::string_view typed) {
  if (std::string_view(word).substr(0, typed.size()) != typed) return;
  completion.candidates.push_back({word, description.substr(0, description.find('\n'))});
}

// CLI11 writes the type of an option as NAME:{one,other} where a check, or type_name() itself, lists all its
// values.
void offer_values(Completion& completion, const CLI::Option& option, std::string_view typed) {
  const std::string type = option.get_type_name();
  // An argument has its kind for a name.
  const std::string kind = option.nonpositional() ? type.substr(0, type.find(':')) : option.get_single_name();
  if (kind == "DIR") completion.directive = Directive::directories;
  if (kind == "FILE" || kind == "PATH") completion.directive = Directive::files;
  const std::size_t open = type.find('{');
  if (open == std::string::npos) return;
  std::size_t begin = open + 1;
  while (begin < type.size()) {
    const std::size_t end = std::min(type.find_first_of(",}", begin), type.size());
    offer(completion, type.substr(begin, end - begin), "", typed);
    if (end == type.size() || type[end] == '}') return;
    begin = end + 1;
  }
}

void offer_flags(Completion& completion, const Place& place, std::string_view typed, bool only_required) {
  const auto given = [&place](const CLI::Option* option) {
    return !repeatable(*option) &&
           std::find(place.given.begin(), place.given.end(), option) != place.given.end();
  };
  for (const CLI::Option* flag : place.command->get_options()) {
    if (!flag->nonpositional() || given(flag) || (only_required && !flag->get_required())) continue;
    for (const std::string& name : flag->get_lnames()) {
      offer(completion, "--" + name, flag->get_description(), typed);
    }
    if (only_required) continue;
    for (const std::string& name : flag->get_snames()) {
      offer(completion, "-" + name, flag->get_description(), typed);
    }
  }
}

void offer_arguments(Completion& completion, const Place& place, std::string_view typed) {
  std::size_t argument = 0;
  for (const CLI::Option* option : place.command->get_options()) {
    if (!option->get_positional()) continue;
    if (repeatable(*option) || argument++ == place.arguments) return offer_values(completion, *option, typed);
  }
}

void offer_words(Completion& completion, const Place& place, std::string_view typed) {
  if (place.arguments == 0) {
    for (const CLI::App* command : place.command->get_subcommands({})) {
      offer(completion, command->get_name(), command->get_description(), typed);
    }
  }
  if (!place.flags_ended && typed.empty()) offer_flags(completion, place, typed, true);
  offer_arguments(completion, place, typed);
}

enum class Shell { bash, zsh, fish };

std::string_view script_for(Shell shell) {
  if (shell == Shell::bash) return bash_completion();
  return shell == Shell::zsh ? zsh_completion() : fish_completion();
}

}  // namespace

Completion complete(const CLI::App& app, const std::vector<std::string>& words) {
  Completion completion;
  if (words.empty()) return completion;
  Place place;
  place.command = &app;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) pass(place, words[i]);
  const std::string_view typed = words.back();
  const bool flag = !place.flags_ended && !typed.empty() && typed.front() == '-';
  const std::size_t equals = flag ? typed.find('=') : std::string_view::npos;
  if (place.awaits != nullptr) {
    offer_values(completion, *place.awaits, typed);
  } else if (equals != std::string_view::npos) {
    const CLI::Option* option = place.command->get_option_no_throw(std::string(typed.substr(0, equals)));
    if (option != nullptr) offer_values(completion, *option, typed.substr(equals + 1));
  } else if (flag) {
    offer_flags(completion, place, typed, false);
  } else {
    offer_words(completion, place, typed);
  }
  return completion;
}

std::string to_cobra(const Completion& completion) {
  std::string text;
  for (const Candidate& candidate : completion.candidates) {
    text += candidate.word;
    if (!candidate.description.empty()) text += "\t" + candidate.description;
    text += '\n';
  }
  return text + ":" + std::to_string(static_cast<int>(completion.directive)) + "\n";
}

Run add_completion(CLI::App& app) {
  auto shell = std::make_shared<Shell>();
  CLI::App& command =
      *app.add_subcommand("completion", "Print the script that completes commands in a shell");
  add_choice(command, "SHELL", *shell, "TEXT", "Shell that the script is for",
             {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}})
      ->default_str("")
      ->required();
  add_examples(command, {"# Complete commands in this shell", "source <(secret-hygiene completion bash)"});
  return [shell] {
    std::cout << script_for(*shell);
    return kExitDone;
  };
}

}  // namespace hygiene::commands
