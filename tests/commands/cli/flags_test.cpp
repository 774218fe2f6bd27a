// What kinds of flags take, what they refuse, and how their help shows it.
#include "commands/cli/flags.hpp"

#include <sstream>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "cluster/api_connection.hpp"
#include "commands/cli/start_server.hpp"
#include "commands/cli/stored_flags.hpp"

using namespace hygiene;
using namespace hygiene::commands;
using namespace std::chrono_literals;

namespace {

enum class Fruit { apple, pear = 5 };

struct Flags {
  Flags() {
    add_choice(app, "--fruit", fruit, "KIND", "What grows", {{"apple", Fruit::apple}, {"pear", Fruit::pear}});
    add_duration(app, "--wait", wait, "How long");
    add_output_flag(app, output, {Output::table, Output::json, Output::github});
  }
  // The error; "" if there is none.
  std::string parse(std::vector<std::string> words) {
    std::ranges::reverse(words);
    try {
      app.parse(words);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }

  CLI::App app{"An example", "example"};
  Fruit fruit = Fruit::pear;
  Output output = Output::json;
  std::chrono::milliseconds wait{90'000};
};

}  // namespace

TEST_CASE("a choice takes its words and nothing else, and keeps its default") {
  Flags flags;
  CHECK(flags.parse({}).empty());
  CHECK(flags.fruit == Fruit::pear);
  CHECK(flags.parse({"--fruit", "apple"}).empty());
  CHECK(flags.fruit == Fruit::apple);
  for (const char* bad : {"", "Apple", "plum", "0", "5", "apple "}) {
    INFO(bad);
    CHECK(flags.parse({"--fruit", bad}) == "--fruit: " + std::string(bad) + " not in {apple,pear}");
  }
  CHECK(flags.fruit == Fruit::apple);
}

TEST_CASE("a report is written as one of what its command takes") {
  Flags flags;
  CHECK(flags.parse({"-o", "github"}).empty());
  CHECK(flags.output == Output::github);
  CHECK(flags.parse({"--output=html"}) == "--output: html not in {table,json,github}");
}

TEST_CASE("a duration is told apart from other text, which the error repeats") {
  Flags flags;
  CHECK(flags.parse({"--wait", "1d12h"}).empty());
  CHECK(flags.wait == 36h);
  for (const char* bad : {"soon", "5", "1.5h", "36501d"}) {
    CHECK(flags.parse({"--wait", bad}) ==
          "--wait: expected a duration of at most 36500d, such as 500ms, 5s, 1m, 1h30m or 1d, not " +
              std::string(bad));
  }
  CHECK(flags.wait == 36h);
}

TEST_CASE("a request has the time that --request-timeout gives it, and a day where that is zero") {
  const auto parsed = [](const std::string& words) {
    CLI::App app;
    cluster::ClientConfigOptions access;
    cluster::ApiOptions api;
    add_client_flags(app, access, api);
    app.parse(words);
    return api;
  };
  const cluster::ApiOptions by_default = parsed("");
  CHECK(by_default.request_timeout == 30s);
  CHECK(by_default.page_timeout == 120s);
  CHECK_FALSE(by_default.attempted);
  const cluster::ApiOptions short_one = parsed("--request-timeout=2s");
  CHECK(short_one.request_timeout == 2s);
  CHECK(short_one.idle_timeout == 2s);
  CHECK(short_one.page_timeout == 2s);
  for (const char* none : {"--request-timeout=0", "--request-timeout 0s"})
    CHECK(parsed(none).request_timeout == 24h);
  CHECK_THROWS_AS(parsed("--request-timeout=soon"), CLI::ValidationError);
  CHECK(parsed("-v").attempted);
}

TEST_CASE("what -v says of a request has its method, URL, status and time") {
  const std::string url = "https://10.0.0.1:6443/api/v1/secrets?limit=500";
  CHECK(to_string(cluster::Attempt{"list", "GET", url, 200, 34ms}) == "GET " + url + " 200 in 34 ms");
  CHECK(to_string(cluster::Attempt{"list", "GET", url, 0, 5s}) == "GET " + url + " no answer in 5000 ms");
}

TEST_CASE("help lists words and defaults") {
  Flags flags;
  const std::string help = flags.app.help();
  for (const char* part : {"--fruit KIND:{apple,pear}=pear", "--wait DURATION=90s",
                           "-o,--output FORMAT:{table,json,github}=json", "table, json or github"}) {
    INFO(help);
    CHECK(help.find(part) != std::string::npos);
  }
}

TEST_CASE("every log level and format is taken by its name in lower case") {
  using telemetry::Level;
  CLI::App app;
  LogOptions options;
  add_log_flags(app, options);
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
    app.parse("--log-level " + std::string(to_string(level)));
    CHECK(options.level == level);
  }
  app.parse("--log-format text");
  CHECK(options.format == telemetry::LogFormat::text);
  app.parse("--log-format json");
  CHECK(options.format == telemetry::LogFormat::json);
  for (const char* bad : {"--log-level INFO", "--log-level warn", "--log-level trace", "--log-format JSON",
                          "--log-format logfmt"}) {
    CHECK_THROWS_AS(app.parse(bad), CLI::ValidationError);
  }
}

TEST_CASE("a way of reading is taken by its name") {
  using housekeeping::ReadChoice;
  CLI::App app;
  StoredOptions options;
  add_read_flag(app, options, "How");
  for (const auto& [word, choice] : {std::pair{"metadata", ReadChoice::metadata},
                                     {"whole", ReadChoice::whole},
                                     {"auto", ReadChoice::automatic}}) {
    app.parse(std::string("--read ") + word);
    CHECK(options.read == choice);
  }
}
