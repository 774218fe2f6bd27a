#include "commands/certs/certs.hpp"

#include <ostream>

#include "telemetry/line.hpp"

namespace hygiene::commands {
namespace {

class Printer final : public housekeeping::RotationObserver {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}

  void done(const std::string& sentence) override { out_ << sentence << '\n'; }
  void not_due(std::chrono::system_clock::time_point ends,
               std::chrono::system_clock::time_point renewed_from) override {
    out_ << "the certificate is good until " << telemetry::rfc3339(ends) << "; it is renewed from "
         << telemetry::rfc3339(renewed_from) << " on\n";
  }

 private:
  std::ostream& out_;
};

int run(const char* command, decltype(housekeeping::init_certificate)& step, const CertsOptions& options,
        std::ostream& out, std::ostream& err) {
  const auto fail = [&](const base::Error& error) {
    err << "secret-hygiene certs " << command << ": " << error.message() << '\n';
    return 1;
  };
  const auto api = cluster::BlockingApi::open(options.access, options.api);
  if (!api) return fail(api.error());
  Printer printer(out);
  const auto done = step(**api, options.place, options.rotation, printer);
  return done ? 0 : fail(done.error());
}

}  // namespace

int run_certs_init(const CertsOptions& options, std::ostream& out, std::ostream& err) {
  return run("init", housekeeping::init_certificate, options, out, err);
}

int run_certs_rotate(const CertsOptions& options, std::ostream& out, std::ostream& err) {
  return run("rotate", housekeeping::rotate_certificate, options, out, err);
}

}  // namespace hygiene::commands
