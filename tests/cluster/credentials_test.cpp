#include "cluster/credentials.hpp"

#include <ctime>

#include <catch2/catch.hpp>

#include "cluster/exec_plugin.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using base::Errc;
using cluster::Credential;
using cluster::ExecPlugin;
using std::chrono::seconds;

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
  const auto patient = cluster::make_token_file_credentials(file, fixed);
  const auto eager = cluster::make_token_file_credentials(file, fixed, seconds(0));
  CHECK((*patient->get())->token == "one");
  CHECK((*eager->get())->token == "one");
  CHECK((*eager->get())->key_pem == "key");
  CHECK((*eager->get())->certificate_pem == "certificate");
  CHECK_FALSE(patient->refused());
  folder.write("token", "two \r\n");
  CHECK((*patient->get())->token == "one");
  CHECK((*eager->get())->token == "two");
  CHECK(patient->refused());
  CHECK((*patient->get())->token == "two");
  CHECK_FALSE(patient->refused());
}

TEST_CASE(
    "a token file that cannot be read for once does not take the token away; one that never could does") {
  test::TemporaryFolder folder;
  const std::string file = folder.write("token", "one");
  const auto source = cluster::make_token_file_credentials(file, std::make_shared<Credential>(), seconds(0));
  CHECK((*source->get())->token == "one");
  folder.write("token", "\n");
  CHECK((*source->get())->token == "one");
  std::filesystem::remove(file);
  CHECK((*source->get())->token == "one");
  CHECK_FALSE(source->refused());
  const auto gone = source->get();
  REQUIRE(gone.has_error());
  CHECK(gone.error().code() == Errc::missing);
  CHECK_THAT(gone.error().message(), Catch::Contains(file));
  folder.write("token", "\n");
  CHECK_THAT(source->get().error().message(), Catch::Contains("holds no token"));
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
  const auto source = cluster::make_exec_credentials(token.plugin);
  CHECK((*source->get())->token == "t1");
  CHECK((*source->get())->token == "t1");
  CHECK(source->refused());
  CHECK((*source->get())->token == "t2");
  const Plugin certificate(R"({"clientCertificateData":"pem","clientKeyData":"key"})", version);
  const auto held = *cluster::make_exec_credentials(certificate.plugin)->get();
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
  const auto source = cluster::make_exec_credentials(made.plugin);
  CHECK((*source->get())->token == "t1");
  CHECK((*source->get())->token == row.second);
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
  const auto got = cluster::make_exec_credentials(plugin)->get();
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
  const auto missing = cluster::make_exec_credentials(plugin)->get();
  REQUIRE(missing.has_error());
  CHECK(missing.error().code() == Errc::missing);
  CHECK_THAT(missing.error().message(), Catch::Contains("the credential plugin hygiene-no-such-plugin: ") &&
                                            Catch::EndsWith(". Install it from there."));
  plugin.command = folder.script("fails", "exit 7\n");
  const auto failed = cluster::make_exec_credentials(plugin)->get();
  REQUIRE(failed.has_error());
  CHECK_THAT(failed.error().message(), Catch::EndsWith("it failed with status 7"));
  plugin.command = folder.script("much", "head -c 1048577 /dev/zero\n");
  CHECK(cluster::make_exec_credentials(plugin)->get().error().code() == Errc::limit);
  plugin.command = folder.script("slow", "exec sleep 60\n");
  plugin.timeout = std::chrono::milliseconds(100);
  const auto slow = cluster::make_exec_credentials(plugin)->get();
  REQUIRE(slow.has_error());
  CHECK_THAT(slow.error().message(), Catch::Contains("ran for too long"));
}
