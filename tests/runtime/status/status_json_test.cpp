// tests/browser/status.html is the page of the sample status.
#include "runtime/status/status_json.hpp"

#include <catch2/catch.hpp>

#include "html/page.hpp"
#include "policy/displayed_text.hpp"
#include "runtime/status/status_html.hpp"
#include "sample_status.hpp"
#include "support/golden_page.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using runtime::Status;
using runtime_test::sample_status;

namespace {

constexpr const char* kGolden = "tests/browser/status.html";
constexpr const char* kEvil = "</td><script>alert('x')</script>&\"";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("the page of a status is the golden one") {
  CHECK(test::without_embedded_files(
            to_html(sample_status()), kGolden,
            {"webhook/html/style.css", "webhook/runtime/status/status_html/style.css",
             "webhook/runtime/status/status_html/script.js"}) == test::read_source_file(kGolden));
}

TEST_CASE("the page holds what the status says, and nothing of it comes from outside") {
  const std::string page = to_html(sample_status());
  for (const char* part :
       {">Ready<", "Replica secret-hygiene-5d8f7c9b64-x2k7q, 2026-11-26 18:32:03 UTC", "version 0.2.0",
        ">3 d 4 h<", "left, until 2027-01-27", ">18:31:22</td>", ">team-payments/backup-bundle<", ">900Ki<",
        ">768Ki<", ">93<", ">12 (dry run)<", ">2026-11-25 22:32<", ">not known<",
        ">team-search/search-api, secretsPerRelease<", ">20 of 20<", ">the cluster<", ">913Mi of 1Gi<",
        "bytesPerSecret 768Ki, keysPerSecret 64, secretsPerNamespace 500, bytesPerNamespace 64Mi",
        "secret-hygiene.io/ignore=true"}) {
    INFO(part);
    CHECK(contains(page, part));
  }
  for (const char* outside : {"http:", "https:", "url(", "@import", "src=", "style=\"", "javascript:", "{{"})
    CHECK_FALSE(contains(page, outside));
  CHECK_FALSE(contains(page, "class=\"warning\""));
}

TEST_CASE("no name becomes markup, in no part of the page") {
  Status status = sample_status();
  status.replica = kEvil;
  status.checks.front() = {kEvil, false, kEvil};
  auto& rejection = status.rejections.front();
  rejection.namespace_name = rejection.name = rejection.policy = kEvil;
  auto usage = std::make_shared<runtime::Usage>(*status.usage);
  usage->fullest.front().policy = usage->fullest.front().scope = kEvil;
  status.usage = usage;
  const std::string page = to_html(status);
  CHECK(count(page, "<script") == 1);
  CHECK_FALSE(contains(page, kEvil));
  CHECK(count(page, "&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;") == 9);
  CHECK(test::parse_dom(to_json(status))["rejections"][0]["name"].GetString() == std::string(kEvil));
}

TEST_CASE("a policy that denies on one operation only says on which") {
  Status status = sample_status();
  auto policies = std::make_shared<policy::PolicySet>(*status.policies);
  policies->policies[0].enforce_on_update = false;
  policies->policies[1].enforce_on_create = false;
  status.policies = policies;
  const std::string page = to_html(status);
  CHECK_THAT(page, Catch::Contains(">Enforce on CREATE<") && Catch::Contains(">Enforce on UPDATE<"));
  const auto json = test::parse_dom(to_json(status));
  const auto& in_force = json["policies"]["inForce"];
  REQUIRE(in_force[0]["enforceOn"].Size() == 1);
  CHECK(in_force[0]["enforceOn"][0].GetString() == std::string("CREATE"));
  REQUIRE(in_force[1]["enforceOn"].Size() == 1);
  CHECK(in_force[1]["enforceOn"][0].GetString() == std::string("UPDATE"));
}

TEST_CASE("exceptions are shown with their state, and those that end stand out") {
  Status status = sample_status();
  CHECK_FALSE(contains(to_html(status), "Exceptions"));
  auto policies = std::make_shared<policy::PolicySet>(*status.policies);
  const auto now = std::chrono::floor<std::chrono::seconds>(status.now);
  for (const auto until : {now, now + std::chrono::seconds(1), now + std::chrono::days(15)}) {
    policy::Exception& each = policies->policies[1].exceptions.emplace_back();
    each.secrets.names.push_back(*base::Glob::parse("big-*"));
    each.secrets.namespaces.push_back(*base::Glob::parse("team-a"));
    each.until = until;
    each.reason = kEvil;
  }
  status.policies = policies;
  const std::string page = to_html(status);
  CHECK_THAT(page, Catch::Contains("<h3>Exceptions</h3>") && Catch::Contains("big-* in team-a") &&
                       Catch::Contains(">2026-11-26T18:32:03Z<"));
  CHECK_THAT(page, Catch::Contains("class=\"word over\" data-title=\"State\">ended<") &&
                       Catch::Contains("class=\"word near\" data-title=\"State\">ends soon<") &&
                       Catch::Contains(">in force<"));
  CHECK_FALSE(contains(page, kEvil));
  const auto json = test::parse_dom(to_json(status));
  CHECK(json["policies"]["inForce"][0]["exceptions"].Empty());
  const auto& exceptions = json["policies"]["inForce"][1]["exceptions"];
  REQUIRE(exceptions.Size() == 3);
  CHECK(exceptions[0]["names"][0].GetString() == std::string("big-*"));
  CHECK(exceptions[0]["namespaces"][0].GetString() == std::string("team-a"));
  CHECK(exceptions[0]["until"].GetString() == std::string("2026-11-26T18:32:03Z"));
  CHECK(exceptions[0]["state"].GetString() == std::string("ended"));
  CHECK(exceptions[1]["state"].GetString() == std::string("ends soon"));
  CHECK(exceptions[2]["state"].GetString() == std::string("in force"));
  CHECK(exceptions[0]["reason"].GetString() == std::string(kEvil));
}

TEST_CASE("what is not well is said at the top") {
  Status status = sample_status();
  status.checks[2] = {"counting", false, "the list of Secrets is not read yet"};
  status.policies_refused = 2;
  status.certificates_refused = 1;
  status.synced = false;
  const std::string page = to_html(status);
  for (const char* part : {"<title>not ready: secret-hygiene</title>", ">Not ready<",
                           "class=\"warning\">counting: the list of Secrets is not read yet<",
                           "2 changes of the policies refused since the start",
                           "1 new certificate refused since the start", "these sums are partial"})
    CHECK(contains(page, part));
  CHECK_FALSE(test::parse_dom(to_json(status))["ready"].GetBool());
}

TEST_CASE("a certificate near its end, and one beyond it, stand out") {
  Status status = sample_status();
  const auto cell = [&status](std::chrono::seconds left) {
    status.certificate_ends = status.now + left;
    return to_html(status);
  };
  CHECK(contains(cell(std::chrono::days(14)), "<dd class=\"value\">14 d<"));
  CHECK(contains(cell(std::chrono::days(14) - std::chrono::seconds(1)), "<dd class=\"near\">13 d 23 h<"));
  CHECK(contains(cell(std::chrono::seconds(1)), "<dd class=\"near\">1 s<"));
  CHECK(contains(cell(std::chrono::seconds(0)), "<dd class=\"over\">ended<"));
}

TEST_CASE("a status of nothing is a page all the same") {
  const std::string page = to_html(Status());
  for (const char* sentence : {"No request was answered yet.", "Nothing was denied since the start.",
                               "No policy in force has a limit across Secrets.", "No policy is in force."})
    CHECK(contains(page, sentence));
  CHECK_FALSE(contains(page, "nan"));
  const auto json = test::parse_dom(to_json(Status()));
  CHECK(json["certificate"]["ends"].IsNull());
  CHECK(json["policies"]["inForce"].Empty());
}

TEST_CASE("a status of everything is a page that a phone can open") {
  Status status = sample_status();
  const std::string name(policy::kNameShownBytesMax, '&');
  auto rejection = status.rejections.front();
  rejection.namespace_name = rejection.name = name;
  status.rejections.assign(runtime::RecentRejections::kKept, rejection);
  auto usage = std::make_shared<runtime::Usage>();
  usage->fullest.assign(100, {"helm-history", "secretsPerRelease", name + "/" + name, 1, 0, 20});
  status.usage = usage;
  auto policies = std::make_shared<policy::PolicySet>(*status.policies);
  policies->policies.assign(1'000, policies->policies.front());
  status.policies = policies;
  const std::string page = to_html(status);
  CHECK(page.size() < 600'000);
  CHECK(contains(page, ">14 others<"));
  CHECK(contains(page, ">50 others<"));
  CHECK(contains(page, ">950 others<"));
}

TEST_CASE("the JSON says the same, by names that stay") {
  const Status status = sample_status();
  const auto json = test::parse_dom(to_json(status));
  CHECK(json["apiVersion"].GetString() == std::string("secret-hygiene.io/v1alpha1"));
  CHECK(json["kind"].GetString() == std::string("Status"));
  CHECK(json["time"].GetString() == std::string("2026-11-26T18:32:03.000Z"));
  CHECK(json["started"].GetString() == std::string("2026-11-23T14:20:03.000Z"));
  CHECK(json["replica"].GetString() == status.replica);
  CHECK(json["version"].GetString() == std::string("0.2.0"));
  CHECK(json["ready"].GetBool());
  CHECK(json["checks"][2]["name"].GetString() == std::string("counting"));
  CHECK(json["checks"][2]["holds"].GetBool());
  CHECK(json["policies"]["hash"].GetString() == status.policies->hash);
  CHECK(json["policies"]["inForce"][0]["mode"].GetString() == std::string("Enforce"));
  const auto& enforce_on = json["policies"]["inForce"][0]["enforceOn"];
  REQUIRE(enforce_on.Size() == 2);
  CHECK(enforce_on[0].GetString() == std::string("CREATE"));
  CHECK(enforce_on[1].GetString() == std::string("UPDATE"));
  CHECK(json["policies"]["inForce"][2]["mode"].GetString() == std::string("Warn"));
  CHECK(json["policies"]["inForce"][2]["enforceOn"].Empty());
  CHECK(json["policies"]["inForce"][0]["limits"]["secretsPerRelease"].GetUint64() == 20);
  CHECK(json["policies"]["inForce"][0]["labels"]["secret-hygiene.io/ignore"].GetString() ==
        std::string("true"));
  CHECK(json["certificate"]["ends"].GetString() == std::string("2027-01-27T18:32:03.000Z"));
  CHECK(json["traffic"]["slotSeconds"].GetUint64() == 180);
  REQUIRE(json["traffic"]["slots"].Size() == 120);
  const auto& slot = json["traffic"]["slots"][72];
  CHECK(slot["denied"].GetUint64() == 31);
  CHECK(slot["answered"].GetUint64() == 31 + slot["warned"].GetUint64() + slot["labelled"].GetUint64() +
                                            status.traffic[72].of(admission::Decision::allowed));
  const auto& rejection = json["rejections"][0];
  CHECK(rejection["time"].GetString() == std::string("2026-11-26T18:31:22.000Z"));
  CHECK(rejection["firstTime"].GetString() == std::string("2026-11-26T17:46:22.000Z"));
  CHECK(rejection["times"].GetUint64() == 93);
  CHECK(rejection["operation"].GetString() == std::string("CREATE"));
  CHECK(rejection["namespace"].GetString() == std::string("team-payments"));
  CHECK(rejection["name"].GetString() == std::string("backup-bundle"));
  CHECK(rejection["policy"].GetString() == std::string("team-limits"));
  CHECK(rejection["limit"].GetString() == std::string("bytesPerSecret"));
  CHECK(rejection["measured"].GetUint64() == 921'600);
  CHECK(rejection["allowed"].GetUint64() == 786'432);
  CHECK_FALSE(rejection["dryRun"].GetBool());
  CHECK(json["rejections"][2]["dryRun"].GetBool());
  CHECK(json["rejections"][3]["measured"].IsNull());
  CHECK(json["usage"]["counting"].GetBool());
  CHECK(json["usage"]["synced"].GetBool());
  CHECK(json["usage"]["secrets"].GetUint64() == 18'204);
  CHECK(json["usage"]["scopes"][0]["scope"].GetString() == std::string("team-search/search-api"));
}

TEST_CASE("the headers allow the page's own style and script, and nothing from outside") {
  const std::string headers = runtime::status_headers();
  const std::string page = to_html(sample_status());
  const auto between = [&page](std::string_view opening, std::string_view closing) {
    const std::size_t from = page.find(opening) + opening.size();
    return std::string_view(page).substr(from, page.find(closing) - from);
  };
  CHECK(contains(headers, "Content-Security-Policy: default-src 'none'; "));
  CHECK(contains(headers, "style-src " + html::source_of(between("<style>", "</style>")) + ";"));
  CHECK(contains(headers, "script-src " + html::source_of(between("<script>", "</script>")) + ";"));
  for (const char* part :
       {"connect-src 'self';", "frame-ancestors 'none'\r\n", "nosniff\r\n", "no-store\r\n"})
    CHECK(contains(headers, part));
  CHECK_FALSE(contains(headers, "unsafe"));
  CHECK_FALSE(contains(headers, "*"));
}
