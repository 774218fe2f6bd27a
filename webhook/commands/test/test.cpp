#include "commands/test/test.hpp"

#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/rfc3339.hpp"
#include "commands/cli/exit_code.hpp"
#include "commands/cli/load_policies.hpp"
#include "commands/terminal/terminal.hpp"
#include "commands/terminal/text_table.hpp"
#include "commands/test/test_file.hpp"
#include "commands/test/test_judge.hpp"
#include "commands/test/test_report.hpp"

namespace hygiene::commands {
namespace {

class Tester {
 public:
  Tester(const TestOptions& options, TestReport& report, std::ostream& err)
      : options_(options), report_(report), err_(err) {}

  void run_path(const std::string& path) {
    const auto files = policy::read_policy_files(path);
    if (!files) {
      const bool empty = files.error().code() == Errc::missing;
      return fault(
          {path, 0, 0, "", empty ? "no case here: no file named *.yaml or *.yml" : files.error().message()});
    }
    for (const policy::SourceFile& file : files->files) run_file(file);
  }

  const TestSummary& summary() const { return summary_; }
  // True if a policy of a case has a limit across Secrets.
  bool counts() const { return counts_; }

 private:
  void run_file(const policy::SourceFile& file) {
    std::vector<policy::Diagnostic> errors;
    const auto tests = read_test_file(file, errors);
    for (const policy::Diagnostic& error : errors) fault(error);
    if (!errors.empty()) return;
    for (const PolicyTest& test : tests) {
      const auto policies = policies_at(test.policies);
      if (!policies) {
        fault({file.name, 0, 0, "policies", "cannot be loaded: " + test.policies});
        continue;
      }
      for (const TestCase& each : test.cases) {
        if (each.name.find(options_.run) != std::string::npos) run_case(*policies, file.name, each);
      }
    }
  }

  void run_case(const policy::PolicySet& policies, const std::string& file, const TestCase& test_case) {
    const auto differences = judge_case(policies, test_case, now_);
    if (!differences) {
      return fault({file, test_case.where.line, test_case.where.column, "", differences.error().message()});
    }
    ++(differences->empty() ? summary_.passed : summary_.failed);
    report_.add(file, test_case, *differences);
  }

  // Null where they cannot be loaded, after sentences on `err_`.
  std::shared_ptr<const policy::PolicySet> policies_at(const std::string& path) {
    const auto [loaded, is_new] = policies_.try_emplace(path);
    if (is_new) {
      loaded->second = path.empty() ? default_policies() : load_policies(path, "judged", err_);
      counts_ = counts_ || (loaded->second && loaded->second->counts());
    }
    return loaded->second;
  }

  void fault(const policy::Diagnostic& error) {
    ++summary_.errors;
    err_ << printable(to_string(error)) << '\n';
    report_.fault(error);
  }

  const TestOptions& options_;
  TestReport& report_;
  std::ostream& err_;
  TestSummary summary_;
  bool counts_ = false;
  const std::chrono::sys_seconds now_ = base::now_in_seconds();
  std::map<std::string, std::shared_ptr<const policy::PolicySet>> policies_;  // by path
};

}  // namespace

int run_test(const TestOptions& options, std::ostream& out, std::ostream& err) {
  const auto report = make_test_report(options.output, out, options.colour);
  Tester tester(options, *report, err);
  for (const std::string& path : options.paths) tester.run_path(path);
  const TestSummary& summary = tester.summary();
  report->finish(summary);
  if (tester.counts()) say_that_counts_are_not_judged("test", err);
  if (options.output == Output::junit) err << to_string(summary) << '\n';
  if (summary.errors > 0) return kExitCannot;
  if (summary.passed + summary.failed == 0) {
    err << "no case's name contains " << printable(options.run) << '\n';
    return kExitCannot;
  }
  return summary.failed > 0 ? kExitFound : kExitDone;
}

Run add_test(CLI::App& app) {
  auto options = std::make_shared<TestOptions>();
  CLI::App& command = *app.add_subcommand(
      "test", "Test policies against cases in YAML files; exit 1 if a case fails, 2 if a file is invalid");
  command.add_option("PATH", options->paths, "Files of cases, or directories with them")->required();
  add_text(command, "--run", options->run, "TEXT", "Only cases whose name contains this");
  add_output_flag(command, options->output, {Output::table, Output::json, Output::junit});
  add_examples(command,
               {"# Run every case of a directory", "secret-hygiene test tests/policies",
                "# Run only the cases about Helm", "secret-hygiene test --run Helm tests/policies",
                "# Write results for a CI system", "secret-hygiene test -o junit tests > results.xml"});
  return [options] {
    options->colour = terminal_wants_colour();
    return run_test(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
