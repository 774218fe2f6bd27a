#include "commands/cli/arguments.hpp"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>
#include <catch2/catch.hpp>

using namespace hygiene;

namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  if (!line.empty()) boost::algorithm::split(words, line, [](char c) { return c == ' '; });
  return words;
}

// A program with two commands, one of which has commands of its own.
struct Program {
  CLI::App app;
  std::string text;
  bool flag = false;

  Program() {
    CLI::App& prune = *app.add_subcommand("prune");
    prune.add_option("-n,--namespace", text);
    prune.add_option("--keep", text);
    prune.add_option("-o,--output", text);
    prune.add_flag("-A,--all-namespaces", flag);
    prune.add_option("FILE", text);
    app.add_subcommand("certs")->add_subcommand("init")->add_flag("--force", flag);
  }

  std::string arranged(const std::string& line) {
    return boost::algorithm::join(commands::arrange_words(app, split(line)), " ");
  }
  std::string unknown(const std::string& line) { return commands::unknown_word(app, split(line)); }
  std::string command(const std::string& line) {
    return commands::named_command(app, split(line)).get_name();
  }
};

}  // namespace

TEST_CASE("words stand as kubectl's users write them") {
  Program program;
  for (const auto& [typed, arranged] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"prune -n x", "prune -n x"},
                                                        {"-n x prune", "prune -n x"},
                                                        {"-A -n x prune --keep 3", "prune -A -n x --keep 3"},
                                                        {"prune -o=json", "prune -ojson"},
                                                        {"-o=json prune", "prune -ojson"},
                                                        {"prune --output=json", "prune --output=json"},
                                                        {"prune -n=", "prune -n"},
                                                        {"prune -- -o=json", "prune -- -o=json"},
                                                        {"-n x -- prune", "-n x -- prune"},
                                                        {"help prune", "prune --help"},
                                                        {"help", "help"},
                                                        {"certs init -A", "certs init -A"},
                                                        {"--help", "--help"}}) {
    INFO(typed);
    CHECK(program.arranged(typed) == arranged);
  }
}

TEST_CASE("the command that runs is the last one that is named") {
  Program program;
  CHECK(program.command("") == "");
  CHECK(program.command("--version") == "");
  CHECK(program.command("prune -n certs") == "prune");
  CHECK(program.command("certs") == "certs");
  CHECK(program.command("certs init --force") == "init");
}

TEST_CASE("an unknown command or flag is named, with the one that was meant") {
  Program program;
  for (const auto& [typed, said] : std::vector<std::pair<std::string, std::string>>{
           {"prune --keep 3 -n x -A file", ""},
           {"prune -Ao json", ""},
           {"prune --keep -n", ""},  // a value, whatever it looks like
           {"prune -- --keeep", ""},
           {"prun", "unknown command prun; did you mean prune?"},
           {"deploy", "unknown command deploy"},
           {"certs int", "unknown command int; did you mean init?"},
           {"prune --keeep 3", "unknown flag --keeep; did you mean --keep?"},
           {"prune --nmespace=x", "unknown flag --nmespace; did you mean --namespace?"},
           {"prune -x", "unknown flag -x"},
           {"certs init --keep 3", "unknown flag --keep"}}) {
    INFO(typed);
    CHECK(program.unknown(typed) == said);
  }
}
