#include "commands/check/check.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <system_error>

#include <CLI/CLI.hpp>

#include "commands/check/check_input.hpp"
#include "commands/check/check_judge.hpp"
#include "commands/check/check_junit.hpp"
#include "commands/check/check_report.hpp"
#include "commands/check/check_sarif.hpp"
#include "commands/cli/exit_code.hpp"
#include "commands/cli/load_policies.hpp"
#include "commands/terminal/terminal.hpp"
#include "secret/namespace_labels.hpp"

namespace hygiene::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";

std::unique_ptr<CheckReport> make_report(const CheckOptions& options, std::ostream& out) {
  if (options.output == Output::json) return make_json_report(out);
  if (options.output == Output::github) return make_github_report(out);
  if (options.output == Output::sarif) return make_sarif_report(out);
  if (options.output == Output::junit) return make_junit_report(out);
  return make_table_report(out, options.colour);
}

bool has_manifest_extension(const fs::path& path) {
  const fs::path extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

// What Helm and kustomize read, and kubectl does not.
constexpr std::string_view kNoManifests[] = {"Chart.yaml", "values.yaml", "kustomization.yaml",
                                             "kustomization.yml"};

bool is_no_manifest(const fs::path& path) {
  return std::ranges::find(kNoManifests, path.filename().string()) != std::end(kNoManifests);
}

// Reports on these and nothing else go to a program, so that the summary goes to the log.
bool is_for_programs(Output output) {
  return output == Output::github || output == Output::sarif || output == Output::junit;
}

// The manifests of a directory, by name; `ec` says why there are none.
std::vector<std::string> files_in(const std::string& directory, std::error_code& ec) {
  std::vector<std::string> files;
  for (fs::directory_iterator entry(directory, ec), end; !ec && entry != end; entry.increment(ec)) {
    std::error_code unknown;  // a dangling link: opening it will say so
    if (has_manifest_extension(entry->path()) && !entry->is_directory(unknown))
      files.push_back(entry->path().string());
  }
  std::ranges::sort(files);
  return files;
}

// Takes the Namespaces of all files before anything is judged, since a Secret may come first. What cannot be
// read twice, such as a pipe, it leaves alone.
class Namespaces final : public ManifestHandler {
 public:
  explicit Namespaces(secret::NamespaceLabels& labels) : labels_(labels) {}

  void read(const std::string& path) {
    std::error_code ec;
    if (!fs::is_directory(path, ec)) return read_file(path);
    for (const std::string& file : files_in(path, ec)) {
      if (!is_no_manifest(file)) read_file(file);
    }
  }

  void name_space(const secret::Facts& facts) override { labels_.put(facts.name, facts.labels); }
  void secret(const secret::Facts&, const base::Position&) override {}
  void review(const admission::Review&, const base::Position&) override {}
  void unfinished(Unfinished, const base::Position&) override {}
  void other() override {}
  void no_object(const Error&) override {}
  void fault(const Error&) override {}  // the Checker says it

 private:
  void read_file(const std::string& path) {
    std::error_code ec;
    if (!fs::is_regular_file(path, ec)) return;
    std::ifstream in(path, std::ios::binary);
    read_manifests(in, *this);
  }

  secret::NamespaceLabels& labels_;
};

class Checker final : public ManifestHandler {
 public:
  Checker(const policy::PolicySet& policies, const CheckOptions& options, secret::NamespaceLabels namespaces,
          CheckReport& report, std::ostream& err)
      : policies_(policies),
        options_(options),
        namespaces_(std::move(namespaces)),
        selects_namespaces_(!policies.namespace_label_keys().empty()),
        report_(report),
        err_(err) {
    if (!selects_namespaces_) return;
    for (const std::string& file : options.files) Namespaces(namespaces_).read(file);
  }

  void check_path(const std::string& path) {
    std::error_code ec;
    if (!fs::is_directory(path, ec)) return check_file(path);
    const std::vector<std::string> files = files_in(path, ec);
    file_ = path;
    if (ec) return fault({Errc::io, "the directory cannot be read: " + ec.message()});
    if (files.empty()) return fault({Errc::missing, "no *.yaml, *.yml or *.json file is in the directory"});
    in_directory_ = true;
    for (const std::string& file : files) {
      file_ = file;
      if (is_no_manifest(file)) {
        skip_no_object({});
      } else {
        check_file(file);
      }
    }
    in_directory_ = false;
  }

  void check_stream(std::istream& in) {
    file_ = kStandardInput;
    read_manifests(in, *this);
  }

  // Namespaces whose labels nobody gave may be judged otherwise in the cluster.
  void say_what_was_assumed() const {
    const auto& assumed = namespaces_.assumed();
    if (!selects_namespaces_ || assumed.empty() || !options_.namespace_labels.empty()) return;
    err_ << "the labels of namespace " << printable(assumed.begin()->first);
    if (assumed.size() > 1) err_ << " and " << assumed.size() - 1 << " more";
    err_ << " are unknown: only " << secret::kNamespaceNameLabel
         << " is assumed; add the Namespace to the files, or give --namespace-labels\n";
  }

  const CheckSummary& summary() const { return summary_; }

  void secret(const secret::Facts& facts, const base::Position& where) override {
    take(judge_manifest(policies_, facts, options_.namespace_default, options_.now, &namespaces_), where);
  }

  void review(const admission::Review& review, const base::Position& where) override {
    const auto finding = judge_review(policies_, review, options_.now, &namespaces_);
    if (finding) return take(*finding, where);
    ++summary_.unexpected;
  }

  void unfinished(Unfinished why, const base::Position& where) override {
    ++(why == Unfinished::encrypted ? summary_.encrypted : summary_.placeholders);
    note_skipped(where, to_string(why));
    report_.unfinished(why, place_of(where));
  }

  void name_space(const secret::Facts& facts) override {
    namespaces_.put(facts.name, facts.labels);
    other();
  }

  void other() override { ++summary_.skipped; }

  // A directory may hold other files; a file that is named must be a manifest.
  void no_object(const Error& error) override {
    in_directory_ ? skip_no_object(error.where()) : fault(error);
  }

  void fault(const Error& error) override {
    ++summary_.faults;
    say(error.where()) << printable(error.message()) << '\n';
    report_.fault(error.message(), place_of(error.where()));
  }

 private:
  void check_file(const std::string& path) {
    file_ = path;
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in) return fault({Errc::io, "cannot be opened: " + std::generic_category().message(errno)});
    read_manifests(in, *this);
  }

  void take(const Finding& finding, const base::Position& where) {
    summary_.count(finding);
    report_.add(finding, {file_, where.line});
  }

  Place place_of(const base::Position& where) const { return {file_, where.line, where.column}; }

  // Begins a line on standard error.
  std::ostream& say(const base::Position& where) {
    const std::string_view file = file_ == kStandardInput ? "standard input" : std::string_view(file_);
    return err_ << printable(to_string(Place{file, where.line, where.column})) << ": ";
  }

  void note_skipped(const base::Position& where, std::string_view why) {
    if (options_.verbose) say(where) << "skipped: " << why << '\n';
  }

  void skip_no_object(const base::Position& where) {
    ++summary_.no_objects;
    note_skipped(where, "no Kubernetes object");
  }

  const policy::PolicySet& policies_;
  const CheckOptions& options_;
  secret::NamespaceLabels namespaces_;
  const bool selects_namespaces_;
  CheckReport& report_;
  std::ostream& err_;
  CheckSummary summary_;
  std::string file_;
  bool in_directory_ = false;  // the file was found in one
};

// False, and a sentence, for options that make no sense.
bool are_sound(const CheckOptions& options, std::ostream& err) {
  if (options.files.empty()) {
    err << "name at least one file or directory to judge, or - for standard input\n";
    return false;
  }
  if (std::count(options.files.begin(), options.files.end(), kStandardInput) > 1) {
    err << "standard input (-) can be read only once\n";
    return false;
  }
  return true;
}

}  // namespace

int run_check(const CheckOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  if (!are_sound(options, err)) return kExitCannot;
  auto of_others = secret::parse_labels(options.namespace_labels);
  if (!of_others) {
    err << "--namespace-labels: " << printable(of_others.error().message()) << '\n';
    return kExitCannot;
  }
  const auto policies = load_policies_or_default(options.policies, "judged", err);
  if (!policies) return kExitCannot;
  const auto report = make_report(options, out);
  if (policies->counts()) say_that_counts_are_not_judged("check", err);
  Checker checker(*policies, options, secret::NamespaceLabels(std::move(*of_others)), *report, err);
  for (const std::string& file : options.files) {
    if (file == kStandardInput) {
      checker.check_stream(in);
    } else {
      checker.check_path(file);
    }
  }
  const CheckSummary& summary = checker.summary();
  report->finish(summary);
  checker.say_what_was_assumed();
  if (is_for_programs(options.output)) err << to_string(summary) << '\n';
  if (summary.faults > 0) return kExitCannot;
  return summary.denied > 0 ? kExitFound : kExitDone;
}

Run add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App& command =
      *app.add_subcommand("check",
                          "Check manifests or recorded AdmissionReviews against the policies, offline; exit "
                          "1 if any is denied, 2 if any cannot be judged");
  add_text(command, "-p,--policies", options->policies, "PATH",
           "Directory or file of policies; default: the default policies");
  command.add_option("FILE", options->files, "YAML or JSON files or directories; - is standard input")
      ->required();
  add_output_flag(command, options->output,
                  {Output::table, Output::json, Output::github, Output::sarif, Output::junit});
  add_text(command, "-n,--namespace", options->namespace_default, "NAME",
           "Namespace of Secrets that do not name one");
  add_text(command, "--namespace-labels", options->namespace_labels, "LABELS",
           "Labels (KEY=VALUE,...) of namespaces that the files do not define, for namespaceSelector");
  command.add_flag("-v,--verbose", options->verbose,
                   "Print what is skipped to standard error, except objects of other kinds");
  add_examples(command, {"# Check manifests before you apply them",
                         "secret-hygiene check -p policies/strict manifests/", "# Check what a chart renders",
                         "helm template ./chart | secret-hygiene check -",
                         "# Write results for GitHub's code scanning",
                         "secret-hygiene check -o sarif manifests/ > results.sarif"});
  return [options] {
    options->colour = terminal_wants_colour();
    return run_check(*options, std::cin, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
