#include "commands/version/version.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/version.hpp>
#include <openssl/crypto.h>
#include <spdlog/version.h>

#include "base/version.hpp"
#include "commands/cli/exit_code.hpp"
#include "commands/cli/yaml_output.hpp"
#include "json/writer.hpp"

namespace hygiene::commands {
namespace {

// OpenSSL is the one that runs, the others those that were compiled in.
std::vector<std::pair<std::string, std::string>> libraries() {
  const auto dotted = [](int major, int minor, int patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  };
  return {{"Boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
          {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"spdlog", dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
          {"CLI11", CLI11_VERSION}};
}

std::string to_json() {
  json::Writer json;
  json.object([&json] {
    json.field("version", base::version());
    json.field("commit", base::commit());
    json.field("commitDate", base::commit_date());
    json.field("compiler", base::compiler());
    json.object("libraries", [&json] {
      for (const auto& [name, version] : libraries()) json.field(name, version);
    });
  });
  return json.take() + "\n";
}

std::string to_text() {
  std::string text = "secret-hygiene " + std::string(base::version()) + "\ncommit " +
                     std::string(base::commit()) + " of " + std::string(base::commit_date()) + "\ncompiler " +
                     std::string(base::compiler()) + "\n";
  for (const auto& [name, version] : libraries()) text += name + " " + version + "\n";
  return text;
}

}  // namespace

Run add_version(CLI::App& app) {
  auto output = std::make_shared<Output>(Output::text);
  CLI::App& command =
      *app.add_subcommand("version", "Print the version, the commit, the compiler and the libraries");
  add_output_flag(command, *output, {Output::text, Output::json, Output::yaml});
  return [output] {
    if (*output == Output::text) {
      std::cout << to_text();
    } else {
      write_document(*output, std::cout, [](std::ostream& json) { json << to_json(); });
    }
    return kExitDone;
  };
}

}  // namespace hygiene::commands
