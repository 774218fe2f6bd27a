// What the commands that work on what is stored share: kubectl's flags for which cluster and which Secrets,
// `--policies`, `--apply` and others, exit statuses, and how long an API server is waited for. Thread-safety:
// one thread at a time.
#pragma once

#include <ostream>
#include <string>

#include "base/error.hpp"
#include "cluster/api_client.hpp"
#include "commands/cli/exit_code.hpp"
#include "commands/cli/flags.hpp"
#include "housekeeping/stored/interrupt.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/stored/stored_walk.hpp"

namespace hygiene::commands {

struct StoredOptions {
  cluster::ClientConfigOptions access;
  cluster::ApiOptions api;
  std::string namespace_name;  // -n; empty: the context's
  bool all_namespaces = false;
  std::string label_selector;  // -l; the API server reads it
  std::string policies;        // a directory or a file
  std::string policies_from;   // NAMESPACE/NAME of a ConfigMap, in the place of `policies`
  bool apply = false;          // else nothing is changed
  double qps = 20;             // writes a second; 0: no pause
  std::size_t chunk_size = 0;  // Secrets of a page of a list; 0: as many as suit how they are read
  housekeeping::ReadChoice read = housekeeping::ReadChoice::automatic;
  Output output = Output::table;
  bool no_headers = false;  // of a table: its rows alone
  bool colour = false;      // of the table; see terminal_wants_colour()
  bool progress = false;    // see terminal_shows_progress()
  housekeeping::OutageRetryRules outage_retry;

  bool names_policies() const { return !policies.empty() || !policies_from.empty(); }
};

// kExitSignal and the signal that interrupted.
int exit_status(const housekeeping::Interrupt& interrupt);

// `selector`: what -l chooses.
void add_stored_flags(CLI::App& command, StoredOptions& options,
                      const std::string& selector = "Only Secrets that this label selector takes");
// -p and --policies-from, which exclude each other. `what`: ends the help of -p.
void add_policies_flags(CLI::App& command, StoredOptions& options, const std::string& what);
// --chunk-size.
void add_chunk_size_flag(CLI::App& command, StoredOptions& options);
// -n and -A, which exclude each other. `what`: begins the help of -n.
void add_namespace_flags(CLI::App& command, StoredOptions& options, const std::string& what = "Namespace");
// -o, and --no-headers.
void add_table_flags(CLI::App& command, StoredOptions& options, const std::vector<Output>& outputs);
// --read. `help`: what each of auto, metadata and whole means to the command.
void add_read_flag(CLI::App& command, StoredOptions& options, const std::string& help);
// --qps. `what`: what it counts.
void add_qps_flag(CLI::App& command, StoredOptions& options, const std::string& what);

// Before the run: finds out what the terminal can show, and makes of a peer that went away an error code
// instead of a signal.
void meet_terminal(StoredOptions& options);

// Of requests that an interruption ends, and whose waits are said on `err` twice a minute. What is referred
// to must outlive them.
cluster::ApiOptions api_options(const housekeeping::Interrupt& interrupt, const StoredOptions& stored,
                                std::ostream& err);
// The same; requests of a command that runs for minutes outlive the restart of an API server: about two
// minutes.
cluster::ApiOptions patient_api_options(const housekeeping::Interrupt& interrupt, const StoredOptions& stored,
                                        std::ostream& err);

// The namespace to work on; empty: all.
std::string namespace_to_walk(const StoredOptions& options, const cluster::ApiClient& client);

// `error` of a walk, as its user reads it: where -A was refused, also that -n asks for less.
std::string explain(const Error& error, const StoredOptions& options);

}  // namespace hygiene::commands
