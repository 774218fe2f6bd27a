#include "commands/certs/certs.hpp"

#include <csignal>
#include <iostream>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "commands/certs/certs_show.hpp"
#include "commands/cli/place_flags.hpp"
#include "commands/cli/stored_flags.hpp"
#include "telemetry/log_line.hpp"

namespace hygiene::commands {
namespace {

class Printer final : public housekeeping::RotationObserver {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}

  void done(const std::string& sentence) override { out_ << sentence << '\n'; }
  void not_due(std::chrono::system_clock::time_point ends,
               std::chrono::system_clock::time_point renewed_from) override {
    out_ << "the certificate is valid until " << telemetry::rfc3339(ends) << "; renewal begins on "
         << telemetry::rfc3339(renewed_from) << '\n';
  }

 private:
  std::ostream& out_;
};

int run(const char* command, decltype(housekeeping::init_certificate)& step, const CertsOptions& options,
        std::ostream& out, std::ostream& err) {
  const auto fail = [&](const Error& error) {
    err << "secret-hygiene certs " << command << ": " << error.message() << '\n';
    return kExitCannot;
  };
  const auto api = cluster::BlockingApi::open(options.access, options.api);
  if (!api) return fail(api.error());
  Printer printer(out);
  const auto done = step(**api, options.place, options.rotation, printer);
  return done ? static_cast<int>(kExitDone) : fail(done.error());
}

// PID 1, which this is in a Job, has no usual outcome of a signal. A rotation that is left anywhere is
// finished by the next run.
extern "C" void end_by_signal(int signal) {
  _exit(128 + signal);
}

// RFC 5280 dates end in the year 9999, and ten years is more than any cluster lives.
constexpr unsigned kDaysMax = 3650;

void add_place(CLI::App& command, CertsOptions& options) {
  add_client_flags(command, options.access, options.api);
  add_place_flags(command, options.place);
}

void add_days(CLI::App& command, CertsOptions& options) {
  command.add_option("--days", options.rotation.days, "Days that a new certificate and its CA are valid")
      ->capture_default_str()
      ->check(CLI::Range(1U, kDaysMax))
      ->type_name("N");
}

}  // namespace

int run_certs_init(const CertsOptions& options, std::ostream& out, std::ostream& err) {
  return run("init", housekeeping::init_certificate, options, out, err);
}

int run_certs_rotate(const CertsOptions& options, std::ostream& out, std::ostream& err) {
  return run("rotate", housekeeping::rotate_certificate, options, out, err);
}

Run add_certs(CLI::App& app) {
  auto options = std::make_shared<CertsOptions>();
  CLI::App& certs = *app.add_subcommand(
      "certs", "Create and rotate the webhook's certificate, and keep the caBundles up to date");
  certs.require_subcommand(1);
  CLI::App& init =
      *certs.add_subcommand("init", "Create a CA and a certificate, and write the CA into the caBundles");
  add_place(init, *options);
  add_days(init, *options);
  CLI::App& rotate = *certs.add_subcommand(
      "rotate", "Renew a certificate past two thirds of its life, or finish an interrupted rotation");
  add_place(rotate, *options);
  add_days(rotate, *options);
  rotate.add_flag("--force", options->rotation.force, "Renew the certificate even if it is not due");
  rotate
      .add_option("--probe", options->place.probes,
                  "Address of a replica; repeat for each; default: the endpoints of the Service")
      ->type_name("HOST:PORT");
  add_duration(rotate, "--settle", options->rotation.settle,
               "How long to wait for API servers to learn a new CA before it is used");
  add_duration(rotate, "--wait", options->rotation.wait,
               "How long to wait for replicas to serve a new certificate");
  CLI::App& show = *certs.add_subcommand("show", "Print the certificate, its CAs and the caBundles");
  add_place(show, *options);
  add_output_flag(show, options->output, {Output::text, Output::json, Output::yaml});
  return [options, &init, &rotate] {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not a signal
    for (const int each : {SIGINT, SIGTERM}) std::signal(each, end_by_signal);
    if (init.parsed()) return run_certs_init(*options, std::cout, std::cerr);
    if (rotate.parsed()) return run_certs_rotate(*options, std::cout, std::cerr);
    return run_certs_show(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
