#include "cluster/credentials.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "cluster/exec_plugin.hpp"
#include "cluster/got_credential.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using cluster::Credential;
using cluster::ExecPlugin;
using std::chrono::seconds;
using test::got_from;
using test::plugin_source;

namespace {

std::string in(std::chrono::seconds ahead, const char* form = "%Y-%m-%dT%H:%M:%SZ") {
  const std::time_t time = std::time(nullptr) + ahead.count();
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, form, &parts);
  return {text, size};
}

// A plugin that gives `status`, with the token @ replaced by the number of its run.
struct Plugin {
  explicit Plugin(const std::string& status, const std::string& version = "v1") {
    plugin.api_version = "client.authentication.k8s.io/" + version;
    folder.write("answer", R"({"kind":"ExecCredential","apiVersion":")" + plugin.api_version +
                               R"(","status":)" + status + "}");
    plugin.command = folder.script("plugin",
                                   "cd \"$(dirname \"$0\")\"\necho run >> runs\n"
                                   "sed \"s/@/$(wc -l < runs | tr -d ' ')/\" answer\n");
  }
  test::TemporaryFolder folder;
  ExecPlugin plugin;
};

}  // namespace

TEST_CASE("a token file is read again once its time is over, and at once after a refusal") {
  test::TemporaryFolder folder;
  const std::string file = folder.write("token", "one\n");
  const auto fixed = std::make_shared<Credential>();
  fixed->certificate_pem = "certificate";
  fixed->key_pem = "key";
  const auto patient = cluster::make_file_credentials({.token = file, .certificate = {}, .key = {}}, fixed);
  const auto eager =
      cluster::make_file_credentials({.token = file, .certificate = {}, .key = {}}, fixed, seconds(0));
  CHECK((*got_from(*patient))->token == "one");
  CHECK((*got_from(*eager))->token == "one");
  CHECK((*got_from(*eager))->key_pem == "key");
  CHECK((*got_from(*eager))->certificate_pem == "certificate");
  CHECK_FALSE(patient->refused());
  folder.write("token", "two \r\n");
  CHECK((*got_from(*patient))->token == "one");
  CHECK((*got_from(*eager))->token == "two");
  CHECK(patient->refused());
  CHECK((*got_from(*patient))->token == "two");
  CHECK_FALSE(patient->refused());
}

TEST_CASE(
    "a token file that cannot be read for once does not take the token away; one that never could does") {
  test::TemporaryFolder folder;
  const std::string file = folder.write("token", "one");
  const auto source = cluster::make_file_credentials({.token = file, .certificate = {}, .key = {}},
                                                     std::make_shared<Credential>(), seconds(0));
  CHECK((*got_from(*source))->token == "one");
  folder.write("token", "\n");
  CHECK((*got_from(*source))->token == "one");
  std::filesystem::remove(file);
  CHECK((*got_from(*source))->token == "one");
  CHECK_FALSE(source->refused());
  const auto gone = got_from(*source);
  REQUIRE(gone.has_error());
  CHECK(gone.error().code() == Errc::missing);
  CHECK_THAT(gone.error().message(), Catch::Contains(file));
  folder.write("token", "\n");
  CHECK_THAT(got_from(*source).error().message(), Catch::Contains("holds no token"));
  CHECK_FALSE(cluster::make_fixed_credentials(nullptr)->refused());
}

TEST_CASE("a credential file may hold 1 MiB and no more") {
  test::TemporaryFolder folder;
  const std::string file = folder.write("token", std::string(1024 * 1024, 'x'));
  CHECK(cluster::read_credential_file(file).has_value());
  folder.write("token", std::string(1024 * 1024 + 1, 'x'));
  CHECK(cluster::read_credential_file(file).error().code() == Errc::limit);
}

TEST_CASE("a plugin's token or certificate is used until it was refused, in both versions of its API") {
  const std::string version = GENERATE("v1", "v1beta1");
  const Plugin token(R"({"token":"t@"})", version);
  const auto source = plugin_source(token.plugin);
  CHECK((*got_from(*source))->token == "t1");
  CHECK((*got_from(*source))->token == "t1");
  CHECK(source->refused());
  CHECK((*got_from(*source))->token == "t2");
  const Plugin certificate(R"({"clientCertificateData":"pem","clientKeyData":"key"})", version);
  const auto held = *got_from(*plugin_source(certificate.plugin));
  CHECK(held->token.empty());
  CHECK(held->certificate_pem == "pem");
  CHECK(held->key_pem == "key");
}

TEST_CASE("a plugin runs again shortly before the end that it named, wherever its clock stands") {
  struct Case {
    std::string end;
    const char* second;
  };
  const Case row =
      GENERATE(Case{in(seconds(3600)), "t1"}, Case{in(seconds(20)), "t2"}, Case{in(seconds(-3600)), "t2"},
               Case{in(seconds(3600), "%Y-%m-%dT%H:%M:%S.123456789Z"), "t1"},
               // Two hours ahead of UTC: the end was an hour ago; five and a half behind: it is hours away.
               Case{in(seconds(3600), "%Y-%m-%dT%H:%M:%S+02:00"), "t2"},
               Case{in(seconds(-3600), "%Y-%m-%dT%H:%M:%S-05:30"), "t1"});
  INFO(row.end);
  const Plugin made(R"({"token":"t@","expirationTimestamp":")" + row.end + "\"}");
  const auto source = plugin_source(made.plugin);
  CHECK((*got_from(*source))->token == "t1");
  CHECK((*got_from(*source))->token == row.second);
}

TEST_CASE(
    "what a plugin writes must be an ExecCredential of the version that was asked for, and is not repeated") {
  const auto [output, words] = GENERATE(table<std::string, std::string>(
      {{"", "did not write an ExecCredential"},
       {"hunter2", "did not write an ExecCredential"},
       {"[]", "did not write an ExecCredential"},
       {R"({"kind":"Secret"})", "did not write an ExecCredential"},
       {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"hunter2"}})",
        "another apiVersion"},
       {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})", "has no status"},
       {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":[]})",
        "has no status"},
       {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientKeyData":"hunter2"}})",
        "neither a token nor a client certificate"},
       {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"hunter2",)"
        R"("expirationTimestamp":"tomorrow"}})",
        "is not a time"},
       {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"hunter2",)"
        R"("expirationTimestamp":"2030-01-01T00:00:00"}})",
        "is not a time"}}));
  test::TemporaryFolder folder;
  ExecPlugin plugin;
  plugin.command = folder.script("plugin", "cat \"$(dirname \"$0\")/answer\"\n");
  folder.write("answer", output);
  const auto got = got_from(*plugin_source(plugin));
  REQUIRE(got.has_error());
  CHECK(got.error().code() == Errc::syntax);
  CHECK_THAT(got.error().message(),
             Catch::Contains(words) && Catch::Contains(plugin.command) && !Catch::Contains("hunter2"));
}

TEST_CASE("a plugin that is missing, fails, is too slow or says too much is an error that names it") {
  test::TemporaryFolder folder;
  ExecPlugin plugin;
  plugin.install_hint = "Install it from there.";
  plugin.command = "hygiene-no-such-plugin";
  const auto missing = got_from(*plugin_source(plugin));
  REQUIRE(missing.has_error());
  CHECK(missing.error().code() == Errc::missing);
  CHECK_THAT(missing.error().message(), Catch::Contains("the credential plugin hygiene-no-such-plugin: ") &&
                                            Catch::EndsWith(". Install it from there."));
  plugin.command = folder.script("fails", "exit 7\n");
  const auto failed = got_from(*plugin_source(plugin));
  REQUIRE(failed.has_error());
  CHECK_THAT(failed.error().message(), Catch::EndsWith("it failed with status 7"));
  plugin.command = folder.script("much", "head -c 1048577 /dev/zero\n");
  CHECK(got_from(*plugin_source(plugin)).error().code() == Errc::limit);
  plugin.command = folder.script("slow", "exec sleep 60\n");
  plugin.timeout = std::chrono::milliseconds(100);
  const auto slow = got_from(*plugin_source(plugin));
  REQUIRE(slow.has_error());
  CHECK_THAT(slow.error().message(), Catch::Contains("ran for too long"));
}

TEST_CASE("clients that name one plugin share its run, its credential and its failure") {
  const bool fails = GENERATE(false, true);
  test::TemporaryFolder folder;
  ExecPlugin plugin;
  plugin.command = folder.script(
      "plugin",
      "cd \"$(dirname \"$0\")\"\necho run >> runs\nsleep 0.3\n" + std::string(fails ? "exit 1\n" : "") +
          R"(echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}}')" +
          "\n");
  const auto runs = [&folder] {
    std::ifstream file(folder.path() / "runs");
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  cluster::ExecPlugins plugins;
  const auto one = plugins.source(plugin);
  const auto other = plugins.source(plugin);
  boost::asio::io_context context{1};
  auto first = boost::asio::co_spawn(context, one->get(nullptr), boost::asio::use_future);
  auto second = boost::asio::co_spawn(context, other->get(nullptr), boost::asio::use_future);
  context.run();
  CHECK(first.get().has_value() == !fails);
  CHECK(second.get().has_value() == !fails);
  CHECK(runs() == 1);
  if (fails) return;
  // Both were refused with the same token: the one who comes second has the other's new one.
  CHECK(one->refused());
  CHECK(got_from(*one).has_value());
  CHECK(other->refused());
  CHECK(got_from(*other).has_value());
  CHECK(runs() == 2);
  plugin.arguments.push_back("another");
  CHECK(got_from(*plugins.source(plugin)).has_value());
  CHECK(runs() == 3);
}

TEST_CASE("a client that gives up a plugin's run leaves it to another") {
  test::TemporaryFolder folder;
  ExecPlugin plugin;
  plugin.command = folder.script(
      "plugin",
      "cd \"$(dirname \"$0\")\"\nsleep 0.2\n"
      R"(echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}}')"
      "\n");
  cluster::ExecPlugins plugins;
  const auto one = plugins.source(plugin);
  const auto other = plugins.source(plugin);
  boost::asio::io_context context{1};
  auto first = boost::asio::co_spawn(context, one->get([] { return true; }), boost::asio::use_future);
  auto second = boost::asio::co_spawn(context, other->get(nullptr), boost::asio::use_future);
  context.run();
  CHECK(first.get().error().code() == Errc::interrupted);
  CHECK(second.get().has_value());
}

TEST_CASE("a token's end is trimmed, and a control character within it is refused by name") {
  CHECK(*cluster::usable_token("t \r\n", "it") == "t");
  CHECK(cluster::usable_token("", "it")->empty());
  const std::string within = GENERATE("a\nb",
                                      "a\x7f"
                                      "b",
                                      "\ta");
  const auto refused = cluster::usable_token(within, "the token of that user");
  REQUIRE(refused.has_error());
  CHECK(refused.error().code() == Errc::syntax);
  CHECK(refused.error().message() ==
        "the token of that user contains a control character, which a header cannot carry");
  const Plugin plugin(R"({"token":"hunter2\nX-Other: 1"})");
  CHECK_THAT(got_from(*plugin_source(plugin.plugin)).error().message(),
             Catch::Contains("its token contains a control character") && !Catch::Contains("hunter2"));
}
