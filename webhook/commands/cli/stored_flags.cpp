#include "commands/cli/stored_flags.hpp"

#include <chrono>
#include <csignal>

#include <CLI/CLI.hpp>

#include "commands/terminal/terminal.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {
namespace {

// A person wonders by then.
constexpr std::chrono::seconds kWorthSaying{1};
constexpr std::chrono::seconds kSaidAgainAfter{30};
// An API server holds a page as a whole: 10,000 Secrets of 100 KB are 1 GB.
constexpr std::size_t kChunkSizeMax = 10'000;

}  // namespace

int exit_status(const housekeeping::Interrupt& interrupt) {
  return interrupt.asked() ? kExitSignal + interrupt.signal() : kExitDone;
}

void add_stored_flags(CLI::App& command, StoredOptions& options, const std::string& selector) {
  add_client_flags(command, options.access, options.api);
  add_namespace_flags(command, options);
  add_text(command, "-l,--selector", options.label_selector, "SELECTOR", selector);
}

void add_namespace_flags(CLI::App& command, StoredOptions& options, const std::string& what) {
  CLI::Option* one =
      add_text(command, "-n,--namespace", options.namespace_name, "NAME", what + "; default: the context's");
  command.add_flag("-A,--all-namespaces", options.all_namespaces, "All namespaces")->excludes(one);
}

void add_chunk_size_flag(CLI::App& command, StoredOptions& options) {
  command
      .add_option("--chunk-size", options.chunk_size,
                  "Secrets per page of a list; default: 500 (metadata), 100 (whole)")
      ->check(CLI::Range(std::size_t{1}, kChunkSizeMax))
      ->type_name("N");
}

void add_table_flags(CLI::App& command, StoredOptions& options, const std::vector<Output>& outputs) {
  add_output_flag(command, options.output, outputs);
  command.add_flag("--no-headers", options.no_headers, "Print only the rows of a table");
}

void add_policies_flags(CLI::App& command, StoredOptions& options, const std::string& what) {
  CLI::Option* path =
      add_text(command, "-p,--policies", options.policies, "PATH", "Directory or file of policies" + what);
  add_text(command, "--policies-from", options.policies_from, "NAMESPACE/NAME",
           "Take the policies from this ConfigMap of the cluster instead")
      ->excludes(path);
}

void add_read_flag(CLI::App& command, StoredOptions& options, const std::string& help) {
  using housekeeping::ReadChoice;
  add_choice(
      command, "--read", options.read, "HOW", help,
      {{"auto", ReadChoice::automatic}, {"metadata", ReadChoice::metadata}, {"whole", ReadChoice::whole}});
}

void add_qps_flag(CLI::App& command, StoredOptions& options, const std::string& what) {
  command.add_option("--qps", options.qps, what + " per second; 0: no limit")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
}

void meet_terminal(StoredOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  options.colour = terminal_wants_colour();
  // Lines of -v would break the line of the progress.
  options.progress = terminal_shows_progress() && !options.api.attempted;
}

cluster::ApiOptions api_options(const housekeeping::Interrupt& interrupt, const StoredOptions& stored,
                                std::ostream& err) {
  cluster::ApiOptions options = stored.api;
  options.given_up = [&interrupt] { return interrupt.asked(); };
  options.retrying = [&,
                      said = std::chrono::steady_clock::time_point()](const cluster::Retry& retry) mutable {
    if (interrupt.asked() || retry.pause < kWorthSaying) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - said < kSaidAgainAfter) return;
    said = now;
    // Over the line of the progress.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry.pause).count();
    err << (stored.progress ? "\r\x1B[K" : "") << printable(retry.why) << "; trying again in " << seconds
        << " s\n"
        << std::flush;
  };
  return options;
}

cluster::ApiOptions patient_api_options(const housekeeping::Interrupt& interrupt, const StoredOptions& stored,
                                        std::ostream& err) {
  cluster::ApiOptions options = api_options(interrupt, stored, err);
  // Pauses of 0.25, 0.5, 1, 2 and 4 s, then of 8 s: 120 s at the most, 60 s at the least.
  options.retry.attempts_max = 20;
  return options;
}

std::string namespace_to_walk(const StoredOptions& options, const cluster::ApiClient& client) {
  if (options.all_namespaces) return {};
  return options.namespace_name.empty() ? client.namespace_default() : options.namespace_name;
}

std::string explain(const Error& error, const StoredOptions& options) {
  if (error.code() != Errc::denied || !options.all_namespaces) return error.message();
  return error.message() + "; to read one namespace, use -n NAME: a Role there is enough";
}

}  // namespace hygiene::commands
