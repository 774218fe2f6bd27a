#include "commands/cli/arguments.hpp"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>

#include "policy/closest_word.hpp"

namespace hygiene::commands {
namespace {

bool is_flag(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

std::string unknown_command(const CLI::App& parent, const std::string& typed) {
  std::vector<std::string_view> known;
  for (const CLI::App* each : parent.get_subcommands({})) known.emplace_back(each->get_name());
  return "unknown command " + typed + policy::did_you_mean(policy::closest_word(typed, known));
}

std::string unknown_flag(const CLI::App& command, const std::string& typed) {
  std::vector<std::string_view> known;
  for (const CLI::Option* each : command.get_options()) {
    for (const std::string& name : each->get_lnames()) known.emplace_back(name);
  }
  // Without the dashes, which are alike in all.
  const std::string_view name = std::string_view(typed).substr(typed.find_first_not_of('-'));
  const std::string_view meant = name.size() > 1 ? policy::closest_word(name, known) : std::string_view();
  return "unknown flag " + typed + policy::did_you_mean(meant.empty() ? "" : "--" + std::string(meant));
}

}  // namespace

const CLI::App* find_command(const CLI::App& parent, const std::string& name) {
  const auto found =
      parent.get_subcommands([&name](const CLI::App* each) { return each->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

bool takes_value(const CLI::Option& flag) {
  return flag.get_items_expected_max() > 0;
}

std::vector<std::string> arrange_words(const CLI::App& app, std::vector<std::string> words) {
  const auto flags_end = std::ranges::find(words, "--");
  const auto command = std::find_if(words.begin(), flags_end, [&app](const std::string& word) {
    return find_command(app, word) != nullptr;
  });
  if (command != flags_end && is_flag(words.front())) std::rotate(words.begin(), command, command + 1);
  if (words.size() > 1 && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  for (auto word = words.begin(); word != std::ranges::find(words, "--"); ++word) {
    if (word->size() > 2 && is_flag(*word) && (*word)[1] != '-' && (*word)[2] == '=') word->erase(2, 1);
  }
  return words;
}

CLI::App& named_command(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* command = &app;
  for (const std::string& word : words) {
    const CLI::App* next = find_command(*command, word);
    if (next == nullptr) break;
    command = command->get_subcommand(next->get_name());
  }
  return *command;
}

std::string unknown_word(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  bool value_next = false;
  for (const std::string& word : words) {
    if (std::exchange(value_next, false)) continue;
    if (word == "--") break;
    if (!is_flag(word)) {
      if (command->get_subcommands({}).empty()) continue;
      const CLI::App* next = find_command(*command, word);
      if (next == nullptr) return unknown_command(*command, word);
      command = next;
      continue;
    }
    const bool is_long = word[1] == '-';
    const std::size_t equals = is_long ? word.find('=') : std::string::npos;
    const std::string typed = is_long ? word.substr(0, equals) : word.substr(0, 2);
    const CLI::Option* flag = command->get_option_no_throw(typed);
    if (flag == nullptr) return unknown_flag(*command, typed);
    value_next = takes_value(*flag) && equals == std::string::npos && (is_long || word.size() == 2);
  }
  return {};
}

}  // namespace hygiene::commands
