#include "commands/cli/flags.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <string_view>

#include <CLI/CLI.hpp>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>

#include "base/duration.hpp"
#include "cluster/api_connection.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

// What deletes, writes, or renews what is not due is typed each time. A variable that stays set in a shell or
// a pod would turn every later dry run into the real thing.
constexpr std::string_view kOnlyTyped[] = {"apply", "force", "remove-all"};

std::string text_of(std::chrono::milliseconds value) {
  const bool hours = value.count() > 0 && value.count() % kHourMs == 0;
  return hours ? std::to_string(value.count() / kHourMs) + "h" : std::to_string(value.count() / 1000) + "s";
}

// In the order of Output.
constexpr const char* kOutputs[] = {"table", "wide",         "text",   "json",  "yaml",  "name",
                                    "html",  "policyreport", "github", "sarif", "junit", "prometheus"};

// As kubectl takes it: zero sets no limit. A day is longer than any API server works on one request.
constexpr std::chrono::hours kNoLimit{24};

std::chrono::milliseconds duration_of(const std::string& flag, const std::string& text) {
  const auto duration = base::parse_duration(text);
  if (!duration) {
    throw CLI::ValidationError(
        flag, "expected a duration of at most 36500d, such as 500ms, 5s, 1m, 1h30m or 1d, not " + text);
  }
  return *duration;
}

}  // namespace

void name_environment(CLI::App& command) {
  std::string example;
  std::string only_typed;
  for (CLI::Option* option :
       command.get_options([](const CLI::Option* o) { return !o->get_lnames().empty(); })) {
    const std::string& flag = option->get_lnames().front();
    if (flag == "help" || flag == "version") continue;
    if (std::ranges::find(kOnlyTyped, flag) != std::end(kOnlyTyped)) {
      only_typed += (only_typed.empty() ? "; not --" : ", --") + flag;
      continue;
    }
    option->envname("SECRET_HYGIENE_" + boost::replace_all_copy(boost::to_upper_copy(flag), "-", "_"));
    if (example.empty()) example = "--" + flag + " is " + option->get_envname();
  }
  if (example.empty()) return;
  command.footer(command.get_footer() + (command.get_footer().empty() ? "" : "\n") +
                 "Environment: " + example + ", and so on" + only_typed);
}

void add_examples(CLI::App& command, std::initializer_list<const char*> lines) {
  std::string text = "Examples:\n";
  for (const char* line : lines) text.append("  ").append(line).append("\n");
  command.footer(text);
}

void add_access_flags(CLI::App& command, cluster::ClientConfigOptions& access, const std::string& what) {
  add_text(command, "--kubeconfig", access.kubeconfig, "FILE",
           what + "; default: as for kubectl, then the pod's service account");
  add_text(command, "--context", access.context, "NAME", "Context of the kubeconfig");
  add_text(command, "--as", access.as, "USER", "User to impersonate, as kubectl does");
  add_text(command, "--as-uid", access.as_uid, "UID", "UID to impersonate");
  command.add_option("--as-group", access.as_groups, "Group to impersonate; repeat for several")
      ->type_name("GROUP");
}

void add_client_flags(CLI::App& command, cluster::ClientConfigOptions& access, cluster::ApiOptions& api,
                      const std::string& what) {
  add_access_flags(command, access, what);
  const std::string flag = "--request-timeout";
  const auto limit = [&api, flag](const std::string& text) {
    const auto wanted = text == "0" ? std::chrono::milliseconds(0) : duration_of(flag, text);
    api.request_timeout = wanted.count() == 0 ? kNoLimit : wanted;
    api.idle_timeout = api.page_timeout = api.request_timeout;
  };
  command
      .add_option_function<std::string>(
          flag, limit, "Timeout of each request; 0: none; default: 30s, 2m for a page of a list")
      ->type_name("DURATION");
  const auto tell = [&api](std::int64_t) {
    api.attempted = [](const cluster::Attempt& attempt) {
      std::cerr << printable(to_string(attempt)) + '\n';
    };
  };
  command.add_flag_function("-v,--verbose", tell,
                            "Print each request to the API server and how long it took");
}

std::string to_string(const cluster::Attempt& attempt) {
  const std::string status = attempt.status == 0 ? "no answer" : std::to_string(attempt.status);
  return std::string(attempt.method) + ' ' + attempt.url + ' ' + status + " in " +
         std::to_string(attempt.took.count()) + " ms";
}

CLI::Option* add_text(CLI::App& command, const std::string& flag, std::string& value, const std::string& type,
                      const std::string& help) {
  return command.add_option(flag, value, help)->default_str(value)->type_name(type);
}

void add_duration(CLI::App& command, const std::string& flag, std::chrono::milliseconds& value,
                  const std::string& help) {
  const auto set = [&value, flag](const std::string& text) { value = duration_of(flag, text); };
  command.add_option_function<std::string>(flag, set, help)
      ->default_str(text_of(value))
      ->type_name("DURATION");
}

void add_output_flag(CLI::App& command, Output& value, const std::vector<Output>& outputs) {
  std::vector<std::pair<std::string, int>> words;
  std::string help;
  for (const Output output : outputs) {
    const int number = static_cast<int>(output);
    if (!help.empty()) help += output == outputs.back() ? " or " : ", ";
    help += words.emplace_back(kOutputs[number], number).first;
  }
  add_word(command, "-o,--output", "FORMAT", help, words, static_cast<int>(value),
           [&value](int number) { value = static_cast<Output>(number); });
}

CLI::Option* add_word(CLI::App& command, const std::string& flag, const std::string& type,
                      const std::string& help, const std::vector<std::pair<std::string, int>>& words,
                      int by_default, std::function<void(int)> set) {
  const auto choose = [words, set = std::move(set)](const std::string& text) {
    set(std::ranges::find(words, text, &std::pair<std::string, int>::first)->second);
  };
  const auto shown = std::ranges::find(words, by_default, &std::pair<std::string, int>::second);
  return command.add_option_function<std::string>(flag, choose, help)
      ->default_str(shown->first)
      ->check(CLI::IsMember(words))
      ->type_name(type);
}

}  // namespace hygiene::commands
