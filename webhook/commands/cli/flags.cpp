#include "commands/cli/flags.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

namespace hygiene::commands {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

// What deletes, writes, or renews what is not due is typed each time. A variable that stays set in a shell or
// a pod would turn every later dry run into the real thing.
constexpr std::string_view kOnlyTyped[] = {"apply", "force", "remove-all"};

// Whole milliseconds, seconds, minutes or hours, as Go writes them: 500ms, 5s, 1m, 1h. Nothing if it is none.
std::optional<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::uint32_t count = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (ec != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, factor] :
       {std::pair<std::string_view, std::int64_t>{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", kHourMs}}) {
    if (unit == name) return std::chrono::milliseconds(count * factor);
  }
  return std::nullopt;
}

std::string text_of(std::chrono::milliseconds value) {
  const bool hours = value.count() > 0 && value.count() % kHourMs == 0;
  return hours ? std::to_string(value.count() / kHourMs) + "h" : std::to_string(value.count() / 1000) + "s";
}

}  // namespace

void name_environment(CLI::App& command) {
  for (CLI::Option* option :
       command.get_options([](const CLI::Option* o) { return !o->get_lnames().empty(); })) {
    const std::string& flag = option->get_lnames().front();
    if (flag == "help" || flag == "version" || std::ranges::find(kOnlyTyped, flag) != std::end(kOnlyTyped))
      continue;
    std::string name = "SECRET_HYGIENE_" + flag;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
    option->envname(name);
  }
}

void add_access_flags(CLI::App& command, cluster::ClientConfigOptions& access, const std::string& what) {
  command.add_option("--kubeconfig", access.kubeconfig, what + "; else as kubectl finds it, else the pod's")
      ->type_name("FILE");
  command.add_option("--context", access.context, "Context of the kubeconfig")->type_name("NAME");
}

void add_duration(CLI::App& command, const std::string& flag, std::chrono::milliseconds& value,
                  const std::string& help) {
  const auto set = [&value, flag](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) throw CLI::ValidationError(flag, "expected a duration such as 5s or 500ms");
    value = *duration;
  };
  command.add_option_function<std::string>(flag, set, help)
      ->default_str(text_of(value))
      ->type_name("DURATION");
}

}  // namespace hygiene::commands
