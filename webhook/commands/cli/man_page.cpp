#include "commands/cli/man_page.hpp"

#include <sstream>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands/cli/arguments.hpp"

namespace hygiene::commands {
namespace {

constexpr std::string_view kHead = R"(.TH SECRET-HYGIENE 1 "" "secret-hygiene" "User Commands"
.SH NAME
secret-hygiene \- keep Kubernetes Secrets small, few, and out of controllers' caches
.SH SYNOPSIS
.B secret-hygiene
.I COMMAND
.RI [ FLAGS ]
.SH DESCRIPTION
)";

constexpr std::string_view kEnd = R"(.SH ENVIRONMENT
The variable of a flag is \fBSECRET_HYGIENE_\fR and its name in capitals, for example \fBSECRET_HYGIENE_LOG_LEVEL\fR.
The command line wins. \fB\-\-apply\fR, \fB\-\-remove\-all\fR and \fB\-\-force\fR have none.
\fBNO_COLOR\fR turns colour off. \fBKUBECONFIG\fR names the kubeconfig, as for
.BR kubectl (1).
.SH FILES
.I share/secret-hygiene/policies
of the installation holds the shipped policies: \fBdefault\fR, \fBstrict\fR and \fBexamples\fR.
.SH SEE ALSO
.BR kubectl (1)
)";

// `text` as roff reads it: a hyphen that can be copied, no escape, and no line that is a request.
std::string roff(std::string_view text) {
  std::string escaped;
  bool begins = true;
  for (const char c : text) {
    if (begins && (c == '.' || c == '\'')) escaped += "\\&";
    begins = c == '\n';
    if (c == '-') {
      escaped += "\\-";
    } else if (c == '\\') {
      escaped += "\\e";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}

// "-n, --namespace NAME"; of an argument its name.
std::string names_of(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += bold("-" + name);
  for (const std::string& name : option.get_lnames())
    names += (names.empty() ? "" : ", ") + bold("--" + name);
  if (names.empty()) return bold(option.get_single_name());
  const std::string type = option.get_type_name();
  if (takes_value(option)) names += " \\fI" + roff(type.substr(0, type.find(':'))) + "\\fR";
  return names;
}

void write_option(const CLI::Option& option, std::ostream& out) {
  if (option.get_lnames() == std::vector<std::string>{"help"}) return;
  out << ".TP\n" << names_of(option) << '\n' << roff(option.get_description());
  if (!option.get_default_str().empty()) out << "; default " << roff(option.get_default_str());
  out << (option.get_required() ? "; required\n" : "\n");
}

// `parents`: the commands above it, each with a blank.
void write_command(const CLI::App& command, const std::string& parents, std::ostream& out) {
  const std::string name = parents + command.get_name();
  out << ".SS " << roff(name) << '\n' << roff(command.get_description()) << ".\n";
  for (const CLI::Option* option : command.get_options()) write_option(*option, out);
  constexpr std::string_view kTitle = "Examples:\n";
  if (const std::string footer = command.get_footer(); footer.starts_with(kTitle))
    out << ".PP\nExamples:\n.PP\n.nf\n" << roff(footer.substr(kTitle.size())) << ".fi\n";
  for (const CLI::App* each : command.get_subcommands({})) write_command(*each, name + ' ', out);
}

}  // namespace

std::string man_page(const CLI::App& app) {
  std::ostringstream out;
  out << kHead << roff(app.get_description()) << "\n.SH COMMANDS\n";
  for (const CLI::App* command : app.get_subcommands({})) write_command(*command, "", out);
  constexpr std::string_view kTitle = "Exit status: ";
  const std::string exit_status = app.get_footer();
  out << ".SH EXIT STATUS\n" << roff(std::string_view(exit_status).substr(kTitle.size())) << '\n' << kEnd;
  return out.str();
}

}  // namespace hygiene::commands
