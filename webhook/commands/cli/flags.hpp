// Kinds of flags that several commands have. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cluster/client_config.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace hygiene::cluster {
struct ApiOptions;
struct Attempt;
}  // namespace hygiene::cluster

namespace hygiene::commands {

// Runs a command whose flags were parsed; the exit status.
using Run = std::function<int()>;

// What a report is written as. Each command takes some of them.
enum class Output {
  table,
  wide,  // a table with more columns
  text,
  json,
  yaml,
  name,  // TYPE/NAME, a line each, as `kubectl -o name`
  html,
  policyreport,
  github,
  sarif,
  junit,
  prometheus
};

// Lets the flags of the command that runs be set in the environment: --tls-dir as SECRET_HYGIENE_TLS_DIR. Its
// help says so at its end. Call it once its flags are there; variables of other commands do not matter then.
void name_environment(CLI::App& command);

// What a command's help ends with: lines that can be typed, each after a `# comment`.
void add_examples(CLI::App& command, std::initializer_list<const char*> lines);

// --kubeconfig, --context, --as, --as-uid and --as-group. `what`: begins the help of the first, before how it
// is found otherwise.
void add_access_flags(CLI::App& command, cluster::ClientConfigOptions& access,
                      const std::string& what = "Kubeconfig");

// The same, --request-timeout and -v, of a command that asks the API server and ends.
void add_client_flags(CLI::App& command, cluster::ClientConfigOptions& access, cluster::ApiOptions& api,
                      const std::string& what = "Kubeconfig");
// What -v says of one: "GET https://10.0.0.1:6443/version 200 in 3 ms".
std::string to_string(const cluster::Attempt& attempt);

// The values that the functions below refer to must live until the flags are parsed.

// A flag that takes a text, `type` of value. The help names the default unless it is empty.
CLI::Option* add_text(CLI::App& command, const std::string& flag, std::string& value, const std::string& type,
                      const std::string& help);

// A flag that takes a duration as base::parse_duration() reads it: 5s, 500ms, 1h30m, 1d.
void add_duration(CLI::App& command, const std::string& flag, std::chrono::milliseconds& value,
                  const std::string& help);

// -o, which takes `outputs`.
void add_output_flag(CLI::App& command, Output& value, const std::vector<Output>& outputs);

// A flag, or an argument, that takes one of `words` and calls `set` with the word's number.
CLI::Option* add_word(CLI::App& command, const std::string& flag, const std::string& type,
                      const std::string& help, const std::vector<std::pair<std::string, int>>& words,
                      int by_default, std::function<void(int)> set);

// The same for an enum; `type` names the kind of value in the help, which lists the words.
template <class Enum>
CLI::Option* add_choice(CLI::App& command, const std::string& flag, Enum& value, const std::string& type,
                        const std::string& help, std::initializer_list<std::pair<const char*, Enum>> words) {
  std::vector<std::pair<std::string, int>> numbers;
  for (const auto& [word, meaning] : words) numbers.emplace_back(word, static_cast<int>(meaning));
  return add_word(command, flag, type, help, numbers, static_cast<int>(value),
                  [&value](int number) { value = static_cast<Enum>(number); });
}

}  // namespace hygiene::commands
