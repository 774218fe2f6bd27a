#include "commands/cli/place_flags.hpp"

#include <CLI/CLI.hpp>

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

void add_place_flags(CLI::App& command, housekeeping::CertificatePlace& place) {
  add_text(command, "-n,--namespace", place.namespace_name, "NAME",
           "Namespace of the Service and the Secret");
  add_text(command, "--service", place.service, "NAME", "Service of the webhook");
  add_text(command, "--secret", place.secret, "NAME", "Secret of the certificate");
  add_text(command, "--validating", place.validating, "NAME", "ValidatingWebhookConfiguration; \"\": none");
  add_text(command, "--mutating", place.mutating, "NAME", "MutatingWebhookConfiguration; \"\": none");
}

}  // namespace hygiene::commands
