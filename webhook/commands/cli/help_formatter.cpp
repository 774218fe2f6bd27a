#include "commands/cli/help_formatter.hpp"

#include <sstream>
#include <string>

#include <CLI/CLI.hpp>

namespace hygiene::commands {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kNames = 34;  // columns of flags and commands, before what they do

// `text` broken into lines of at most `columns`, at blanks.
std::string wrapped(const std::string& text, std::size_t columns) {
  std::istringstream words(text);
  std::string lines;
  std::size_t width = 0;
  for (std::string word; words >> word;) {
    const bool breaks = width > 0 && width + 1 + word.size() > columns;
    if (width > 0) lines += breaks ? '\n' : ' ';
    width = breaks || width == 0 ? word.size() : width + 1 + word.size();
    lines += word;
  }
  return lines;
}

class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kNames); }

  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    const std::size_t begin = text.find(" (" + get_label("Env") + ":");
    if (begin != std::string::npos) text.erase(begin, text.find(')', begin) + 1 - begin);
    return text;
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), kColumns - kNames);
  }

  std::string make_subcommand(const CLI::App* command) const override {
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(), wrapped(command->get_description(), kColumns - kNames),
                             kNames);
    return out.str();
  }

  std::string make_description(const CLI::App* app) const override {
    return wrapped(CLI::Formatter::make_description(app), kColumns) + "\n";
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  return std::make_shared<HelpFormatter>();
}

}  // namespace hygiene::commands
