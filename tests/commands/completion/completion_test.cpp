// What may come next on a command line, as shells and kubectl ask for it.
#include "commands/completion/completion.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "commands/cli/invocation.hpp"

using namespace hygiene::commands;

namespace {

// One of each kind of flag and argument.
class Example {
 public:
  Example() {
    app_.require_subcommand(1);
    CLI::App& check = *app_.add_subcommand("check", "Judge files\nMore about it");
    check.add_option("-o,--output", text_, "How")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT");
    check.add_option("--level", text_, "How much")->type_name("LEVEL:{low,high}");
    check.add_option("-n,--namespace", text_, "Where")->type_name("NAME");
    check.add_option("--policies", text_, "By what")->required()->type_name("DIR");
    check.add_option("--kubeconfig", text_, "Whom")->type_name("FILE");
    check.add_option("--probe", list_, "Each")->type_name("HOST:PORT");
    check.add_flag("-A,--all-namespaces", flag_, "Everywhere");
    check.add_option("FILE", list_, "What");
    CLI::App& certs = *app_.add_subcommand("certs", "");
    certs.add_subcommand("init", "Make");
    certs.add_subcommand("show", "Print");
    CLI::App& script = *app_.add_subcommand("completion", "Print");
    script.add_option("SHELL", text_)->check(CLI::IsMember({"bash", "zsh"}));
  }

  // The words after the program's name, separated by spaces; where the line ends with one, a new word begins.
  std::string after(const std::string& line) const {
    std::vector<std::string> words;
    std::istringstream stream(line);
    for (std::string word; stream >> word;) words.push_back(word);
    if (line.empty() || line.back() == ' ') words.emplace_back();
    const Completion completion = complete(app_, words);
    std::string text;
    for (const Candidate& candidate : completion.candidates) text += candidate.word + " ";
    switch (completion.directive) {
      case Directive::files:
        return text + "+files";
      case Directive::directories:
        return text + "+directories";
      default:
        return text;
    }
  }

  const CLI::App& app() const { return app_; }

 private:
  CLI::App app_{"An example", "example"};
  std::string text_;
  std::vector<std::string> list_;
  bool flag_ = false;
};

Invocation call_of(std::vector<const char*> words) {
  return read_invocation(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("Commands and their own commands are offered, narrowed by what is typed") {
  const Example example;
  CHECK(example.after("") == "check certs completion ");
  CHECK(example.after("c") == "check certs completion ");
  CHECK(example.after("ce") == "certs ");
  CHECK(example.after("x").empty());
  CHECK(example.after("certs ") == "init show ");
  CHECK(example.after("certs init ").empty());
  CHECK(example.after("nonsense ").empty());
}

TEST_CASE("Flags are offered by both names, but not again where they were given") {
  const Example example;
  CHECK(example.after("check --l") == "--level ");
  CHECK(example.after("check -") ==
        "--help -h --output -o --level --namespace -n --policies --kubeconfig --probe --all-namespaces -A ");
  CHECK(example.after("check -ojson --probe=a --all-namespaces --level high -") ==
        "--help -h --namespace -n --policies --kubeconfig --probe ");
  CHECK(example.after("check -Ao json --al").empty());
  CHECK(example.after("check --unknown --l") == "--level ");
  CHECK(example.after("--l").empty());
}

TEST_CASE("What a command cannot do without is offered at once") {
  const Example example;
  CHECK(example.after("check ") == "--policies +files");
  CHECK(example.after("check --policies d ") == "+files");
}

TEST_CASE("The values of a flag are offered where its definition lists them") {
  const Example example;
  for (const auto* line : {"check --output ", "check --output=", "check -o ", "check -A -o ", "check -Ao "}) {
    INFO(line);
    CHECK(example.after(line) == "table json ");
  }
  CHECK(example.after("check --output=j") == "json ");
  CHECK(example.after("check -o t") == "table ");
  CHECK(example.after("check --level ") == "low high ");
  CHECK(example.after("check --namespace ").empty());
  CHECK(example.after("check --namespace=").empty());
  CHECK(example.after("check --unknown=").empty());
  CHECK(example.after("completion ") == "bash zsh ");
  CHECK(example.after("completion z") == "zsh ");
  CHECK(example.after("completion zsh ").empty());
}

TEST_CASE("Files and directories are the shell's to complete") {
  const Example example;
  CHECK(example.after("check --policies ") == "+directories");
  CHECK(example.after("check --kubeconfig=~/") == "+files");
  CHECK(example.after("check --policies d a b") == "+files");
}

TEST_CASE("After -- all words are arguments") {
  const Example example;
  CHECK(example.after("check -- -") == "+files");
  CHECK(example.after("check -- ") == "+files");
  CHECK(example.after("-- certs ") == "");
}

TEST_CASE("A completion is written as Cobra writes one") {
  CHECK(to_cobra({{{"a", "one"}, {"b", ""}}, Directive::nothing}) == "a\tone\nb\n:4\n");
  CHECK(to_cobra({{}, Directive::files}) == ":0\n");
  CHECK(to_cobra({{}, Directive::directories}) == ":16\n");
  const Example example;
  CHECK(to_cobra(complete(example.app(), {"che"})) == "check\tJudge files\n:4\n");
  CHECK(to_cobra(complete(example.app(), {})) == ":4\n");
}

TEST_CASE("The program knows how it was called") {
  CHECK(call_of({"/usr/bin/secret-hygiene", "check"}).program == "secret-hygiene");
  CHECK_FALSE(call_of({"secret-hygiene", "check"}).to_complete);
  CHECK(call_of({"/x/kubectl-secret_hygiene", "check"}).program == "kubectl secret-hygiene");
  CHECK_FALSE(call_of({"kubectl-secret_hygiene"}).to_complete);
  CHECK(call_of({"any-other-name"}).program == "secret-hygiene");
  CHECK(call_of({}).program == "secret-hygiene");
  using Words = std::vector<std::string>;
  CHECK(call_of({"secret-hygiene", "__complete", "check", ""}).to_complete == Words{"check", ""});
  CHECK(call_of({"kubectl-secret_hygiene", "__complete", "c"}).to_complete == Words{"c"});
  CHECK(call_of({"/x/kubectl_complete-secret_hygiene", "check", "-"}).to_complete == Words{"check", "-"});
  CHECK(call_of({"kubectl_complete-secret_hygiene"}).to_complete == Words{});
}
