// tests/browser/audit.html is what the sample survey gives.
#include "commands/audit/audit_html.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "commands/audit/sample_survey.hpp"
#include "support/golden_page.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using housekeeping::Survey;

namespace {

constexpr const char* kGolden = "tests/browser/audit.html";

std::string page_of(const Survey& survey, const commands::ControllersReport& controllers = {}) {
  std::ostringstream out;
  commands::write_html(survey, controllers, out);
  return out.str();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("the page of a survey is the golden one") {
  const std::string page = page_of(test::sample_survey(), test::sample_controllers());
  CHECK(test::without_embedded_files(page, kGolden, {"webhook/html/style.css"}) ==
        test::read_source_file(kGolden));
}

TEST_CASE("no name becomes markup, and nothing of the page comes from outside") {
  const std::string page = page_of(test::sample_survey(), test::sample_controllers());
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "<b>prod"));
  CHECK(contains(page, "&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"));
  for (const char* outside :
       {"http:", "https:", "url(", "@import", "src=", "<link", "style=\"", "javascript:"})
    CHECK_FALSE(contains(page, outside));
  CHECK_FALSE(contains(page, "{{"));
  CHECK(contains(page, "content=\"default-src 'none'; style-src 'sha256-"));
}

TEST_CASE("a survey without anything makes a page that says so") {
  const std::string page = page_of(Survey());
  for (const char* sentence :
       {"No Secret is stored.", "No policy.", "No Helm release is stored.", "No label is missing.",
        "No policy has a limit across Secrets.", "No known controller was found."})
    CHECK(contains(page, sentence));
  CHECK_FALSE(contains(page, "<svg"));
  CHECK_FALSE(contains(page, "nan"));
}

TEST_CASE("a large survey makes a page that a browser can open, and the sums are of everything") {
  Survey survey = test::sample_survey();
  const std::string name(housekeeping::kNameBytesMax, '&');
  survey.namespaces.largest.clear();
  for (std::size_t i = 0; i < housekeeping::Groups::kKept; ++i)
    survey.namespaces.largest.push_back({name, {1, 100, 100}});
  survey.namespaces.others = 5;
  survey.namespaces.others_tally = {5, 500, 500};
  survey.types = survey.namespaces;
  survey.releases.most.assign(housekeeping::Releases::kKept, {name, name, {2, 200, 200}});
  survey.largest.assign(housekeeping::LargeSecret::kKept, {name, name, name, 100, 100});
  auto policy = survey.policies.front();
  policy.name = name;
  for (auto& limit : policy.limits) limit.highest.assign(housekeeping::LimitUse::kKept, {name, name, 1});
  survey.policies.assign(1000, policy);
  survey.labels.missing.assign(1000, {name, name, name, false, 1});
  commands::ControllersReport controllers = test::sample_controllers();
  auto found = controllers.found.controllers.front();
  found.name = found.namespace_name = found.state.selector = name;
  controllers.found.controllers.assign(5000, found);
  controllers.advice.assign(5000, controllers.advice.front());
  auto other = controllers.found.may_cache.front();
  other.name = other.namespace_name = other.service_account = other.grant.binding = name;
  controllers.found.may_cache.assign(5000, other);
  const std::string page = page_of(survey, controllers);
  CHECK(page.size() < 2'500'000);
  CHECK(contains(page, "4,970 others"));
  CHECK(contains(page, ">905 others</td><td class=\"number\" data-title=\"Secrets\">905</td>"));
  CHECK(contains(page, ">900 others</td>"));
}

TEST_CASE("an audit that was interrupted says so") {
  Survey survey = test::sample_survey();
  CHECK_FALSE(contains(page_of(survey), "interrupted"));
  survey.interrupted = true;
  CHECK(contains(page_of(survey), "<p class=\"warning\">The audit was interrupted: "));
}

TEST_CASE("a list that is not of one moment is said to be that") {
  Survey survey = test::sample_survey();
  CHECK_FALSE(contains(page_of(survey), "of one moment"));
  survey.consistent = false;
  CHECK(contains(page_of(survey), "changes made meanwhile may be missing"));
}

TEST_CASE("what is only a part of a sum is said to be that") {
  Survey survey = test::sample_survey();
  CHECK_FALSE(contains(page_of(survey), "at least"));
  survey.policies.front().limits.back().partial = true;
  CHECK(contains(page_of(survey), ">at least 3,900 of 4,000<"));
}

TEST_CASE("the page says how sizes came to be known") {
  Survey survey = test::sample_survey();
  CHECK(contains(page_of(survey), "Every Secret was read whole and measured."));
  survey.reading = housekeeping::Reading::metadata;
  survey.annotated = 4000;
  survey.one_by_one = 1;
  CHECK(contains(page_of(survey),
                 "Only metadata was read: 4,000 sizes are from the annotation secret-hygiene.io/bytes, 1 "
                 "Secret was measured one by one."));
  CHECK_FALSE(contains(page_of(survey), "no known size"));
  survey.unsized = 2;
  CHECK(contains(page_of(survey), " 2 Secrets of unknown size were counted as empty."));
}
