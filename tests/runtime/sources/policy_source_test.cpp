#include "runtime/sources/policy_source.hpp"

#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "runtime/counting/run_until.hpp"
#include "runtime/sources/temporary_directory.hpp"

using namespace hygiene;
using namespace hygiene::runtime;
using namespace hygiene::runtime_test;
using namespace hygiene::telemetry;
using policy::PolicySet;
using std::chrono::milliseconds;

namespace fs = std::filesystem;

namespace {

std::string policy_text(const std::string& name) {
  return "apiVersion: secret-hygiene.io/v1alpha1\n"
         "kind: SecretPolicy\n"
         "metadata:\n"
         "  name: " +
         name +
         "\n"
         "spec:\n"
         "  mode: Warn\n"
         "  limits:\n"
         "    keysPerSecret: 64\n";
}

Result<void> accept_all(const PolicySet&) {
  return {};
}

Result<void> refuse_counting(const PolicySet& policies) {
  if (policies.counts()) return Error(Errc::unsupported, "counting is not served yet");
  return {};
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// A source on a directory, what it published and logged, and its reloads counted.
class Fixture {
 public:
  explicit Fixture(WatchTiming timing = {milliseconds(5), milliseconds(10)}) : timing_(timing) {}

  Result<void> start(const fs::path& path, PolicySource::Accept accept = accept_all) {
    auto started = PolicySource::start(context_, {path, timing_}, log_, metrics_, std::move(accept),
                                       [this](auto policies) { published_.push_back(std::move(policies)); });
    if (started.has_error()) return started.error();
    source_ = std::move(*started);
    return {};
  }
  Result<void> start() { return start(directory_.path()); }

  bool run_until_published(std::size_t sets) {
    return run_until(context_, [&] { return published_.size() == sets; });
  }
  bool run_until_failures(double failures) {
    return run_until(context_, [&] { return reloads("failure") == failures; });
  }
  // Long enough for several polls, without looking at a clock: a file in a directory of its own is polled
  // just as often.
  void run_polls() {
    int polls = 0;
    const hygiene::runtime::DirectoryWatch counter(
        context_, directory_.path(), [&] { ++polls; }, timing_);
    REQUIRE(run_until(context_, [&] { return polls == 5; }));
  }

  double reloads(std::string_view result) { return metrics_.policy_reloads(result).Value(); }
  const fs::path& directory() const { return directory_.path(); }
  std::string logged() const { return out_.str(); }
  const PolicySet& in_force() const { return *published_.back(); }
  std::size_t published() const { return published_.size(); }
  double last_successful() { return metrics_.policy_last_reload_successful().Value(); }
  Metrics& metrics() { return metrics_; }

 private:
  TemporaryDirectory directory_;
  WatchTiming timing_;
  boost::asio::io_context context_;
  std::ostringstream out_;
  Log log_{Level::info, LogFormat::text, out_};
  Metrics metrics_;
  std::vector<std::shared_ptr<const PolicySet>> published_;
  std::unique_ptr<PolicySource> source_;
};

}  // namespace

TEST_CASE("the first set is published before start returns, with its metrics, and is no reload") {
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  write_file(fixture.directory() / "b.yml", policy_text("two"));
  REQUIRE(fixture.start().has_value());
  REQUIRE(fixture.published() == 1);
  CHECK(fixture.in_force().policies.size() == 2);
  CHECK(fixture.metrics().policies().Value() == 2);
  CHECK(fixture.metrics().expose().find("policy_info{hash=\"" + fixture.in_force().hash + "\"} 1") !=
        std::string::npos);
  CHECK(fixture.reloads("success") == 0);
  CHECK(fixture.logged().find("policies loaded hash=" + fixture.in_force().hash + " policies=2") !=
        std::string::npos);
}

TEST_CASE("an exception that has ended is logged and is a metric, and its policy loads and reloads") {
  const auto with = [](const std::string& until) {
    return policy_text("one") + "  exceptions: [{names: [a], namespaces: [b], until: " + until +
           ", reason: r}]\n";
  };
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", with("2020-01-31"));
  REQUIRE(fixture.start().has_value());
  CHECK(fixture.logged().find("ended on 2020-01-31: remove it") != std::string::npos);
  const std::string series =
      "secret_hygiene_exception_end_timestamp_seconds{exception=\"0\",policy=\"one\"} ";
  CHECK(fixture.metrics().expose().find(series + "1580515200\n") != std::string::npos);
  write_file(fixture.directory() / "a.yaml", with("2020-02-29"));
  REQUIRE(fixture.run_until_published(2));
  CHECK(fixture.metrics().expose().find(series + "1583020800\n") != std::string::npos);
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  REQUIRE(fixture.run_until_published(3));
  CHECK(fixture.metrics().expose().find(series) == std::string::npos);
}

TEST_CASE("what is passed over is logged when it comes, and changes no hash") {
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  REQUIRE(fixture.start().has_value());
  const std::string hash = fixture.in_force().hash;
  CHECK(fixture.logged().find("passed over") == std::string::npos);
  write_file(fixture.directory() / "limits", policy_text("two"));
  REQUIRE(fixture.run_until_published(2));
  CHECK(fixture.in_force().hash == hash);
  CHECK(fixture.logged().find("limits: skipped: only *.yaml and *.yml are read") != std::string::npos);
  write_file(fixture.directory() / "limits", policy_text("three"));
  fixture.run_polls();
  CHECK(fixture.published() == 2);
}

TEST_CASE("a start fails with every error of every file, one a line") {
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", "kind: [\n");
  write_file(fixture.directory() / "b.yaml", policy_text("one") + "    noSuchLimit: 1\n    another: 2\n");
  const auto started = fixture.start();
  REQUIRE(started.has_error());
  const std::string message = started.error().message();
  CHECK(count_of(message, "a.yaml:") >= 1);
  CHECK(message.find("noSuchLimit") != std::string::npos);
  CHECK(message.find("another") != std::string::npos);
  CHECK(count_of(message, "\n") >= 2);
  CHECK(fixture.published() == 0);
}

TEST_CASE("a start without any policy says so") {
  Fixture empty;
  CHECK(empty.start().has_error());
  Fixture nowhere;
  const auto started = nowhere.start(nowhere.directory() / "nowhere");
  REQUIRE(started.has_error());
  CHECK(started.error().message().find("nowhere") != std::string::npos);
}

TEST_CASE("a set that is not accepted is refused at the start and at a reload") {
  const std::string counting = policy_text("counts") + "    secretsPerNamespace: 500\n";
  Fixture refused;
  write_file(refused.directory() / "a.yaml", counting);
  CHECK(refused.start(refused.directory(), refuse_counting).error().message() ==
        "counting is not served yet");
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  REQUIRE(fixture.start(fixture.directory(), refuse_counting).has_value());
  write_file(fixture.directory() / "a.yaml", counting);
  REQUIRE(fixture.run_until_failures(1));
  CHECK(fixture.published() == 1);
  CHECK(fixture.logged().find("counting is not served yet") != std::string::npos);
}

TEST_CASE("a set that the kubelet swaps in is in force after the swap") {
  Fixture fixture({milliseconds(5), std::chrono::hours(1)});
  KubeletVolume volume(fixture.directory());
  volume.update({{"a.yaml", policy_text("one")}});
  REQUIRE(fixture.start().has_value());
  volume.update({{"a.yaml", policy_text("two")}});
  REQUIRE(fixture.run_until_published(2));
  CHECK(fixture.in_force().policies.front().name == "two");
  CHECK(fixture.reloads("success") == 1);
  CHECK(fixture.metrics().expose().find("policy_info{hash=\"" + fixture.in_force().hash + "\"} 1") !=
        std::string::npos);
  CHECK(fixture.logged().find("policies reloaded hash=" + fixture.in_force().hash + " policies=1") !=
        std::string::npos);
}

TEST_CASE("one file instead of a directory is watched too") {
  Fixture fixture({milliseconds(5), std::chrono::hours(1)});
  const fs::path file = fixture.directory() / "only.yaml";
  write_file(file, policy_text("one"));
  REQUIRE(fixture.start(file).has_value());
  write_file(file, policy_text("two"));
  REQUIRE(fixture.run_until_published(2));
  CHECK(fixture.in_force().policies.front().name == "two");
}

TEST_CASE("content that did not change is not loaded again") {
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  REQUIRE(fixture.start().has_value());
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  fixture.run_polls();
  CHECK(fixture.published() == 1);
  CHECK(fixture.reloads("success") == 0);
  CHECK(fixture.reloads("failure") == 0);
}

TEST_CASE("a bad set is counted and logged once, and the last good one stays until a good one comes") {
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  REQUIRE(fixture.start().has_value());
  const std::string first_hash = fixture.in_force().hash;
  CHECK(fixture.last_successful() == 1);
  write_file(fixture.directory() / "a.yaml", policy_text("two") + "    noSuchLimit: 1\n");
  REQUIRE(fixture.run_until_failures(1));
  CHECK(fixture.last_successful() == 0);
  fixture.run_polls();
  CHECK(fixture.reloads("failure") == 1);
  CHECK(fixture.published() == 1);
  CHECK(fixture.metrics().expose().find("policy_info{hash=\"" + first_hash + "\"} 1") != std::string::npos);
  CHECK(count_of(fixture.logged(),
                 "ERROR new policies refused; the last good set stays in force hash=" + first_hash) == 1);
  CHECK(count_of(fixture.logged(), "noSuchLimit") == 1);
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  REQUIRE(fixture.run_until_published(2));
  CHECK(fixture.in_force().hash == first_hash);
  CHECK(fixture.reloads("success") == 1);
  CHECK(fixture.last_successful() == 1);
  CHECK(fixture.logged().find("policies reloaded hash=" + first_hash) != std::string::npos);
}

TEST_CASE("of many errors the first twenty are logged, and how many more there are") {
  Fixture fixture;
  write_file(fixture.directory() / "a.yaml", policy_text("one"));
  REQUIRE(fixture.start().has_value());
  std::string bad = policy_text("one");
  for (int i = 0; i < 23; ++i) bad += "    unknown" + std::to_string(i) + ": 1\n";
  write_file(fixture.directory() / "a.yaml", bad);
  REQUIRE(fixture.run_until_failures(1));
  CHECK(fixture.logged().find("errors=23") != std::string::npos);
  CHECK(count_of(fixture.logged(), "ERROR policy error detail=") == 21);
  CHECK(fixture.logged().find("detail=\"more, not shown\" count=3") != std::string::npos);
}

TEST_CASE("files that vanish, and a directory that does, are failures that the last good set survives") {
  Fixture fixture;
  const fs::path policies = fixture.directory() / "policies";
  fs::create_directory(policies);
  write_file(policies / "a.yaml", policy_text("one"));
  REQUIRE(fixture.start(policies).has_value());
  fs::remove(policies / "a.yaml");
  REQUIRE(fixture.run_until_failures(1));
  fs::remove(policies);
  REQUIRE(fixture.run_until_failures(2));
  CHECK(fixture.published() == 1);
  fs::create_directory(policies);
  write_file(policies / "a.yaml", policy_text("two"));
  REQUIRE(fixture.run_until_published(2));
  CHECK(fixture.in_force().policies.front().name == "two");
}
