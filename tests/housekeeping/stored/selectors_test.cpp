// The selectors of docs/controllers.md, and how they are read.
#include "housekeeping/stored/selectors.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/source_dir.hpp"

using namespace hygiene;
using housekeeping::ControllerSelector;
using housekeeping::StoredSelector;

namespace {

secret::Labels labels_of(std::initializer_list<std::pair<const char*, const char*>> all) {
  secret::Labels labels;
  for (const auto& [key, value] : all) labels.add(key).value = value;
  return labels;
}

bool takes(const std::string& label_selector, const secret::Labels& labels) {
  const auto selector = StoredSelector::parse(label_selector, "");
  REQUIRE(selector.has_value());
  return selector->takes("Opaque", labels);
}

std::string page() {
  std::ifstream file(test::source_dir() + "/docs/controllers.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("label selectors take what the API server's would") {
  CHECK(takes("", labels_of({})));
  CHECK(takes("a", labels_of({{"a", ""}})));
  CHECK_FALSE(takes("a", labels_of({{"b", "x"}})));
  CHECK_FALSE(takes("!a", labels_of({{"a", "x"}})));
  CHECK(takes("!a", labels_of({})));
  CHECK(takes("a=x", labels_of({{"a", "x"}})));
  CHECK_FALSE(takes("a=x", labels_of({})));
  CHECK(takes("a!=x", labels_of({})));
  CHECK(takes("a!=x", labels_of({{"a", "y"}})));
  CHECK_FALSE(takes("a!=x", labels_of({{"a", "x"}})));
  CHECK(takes("a=x,!b", labels_of({{"a", "x"}})));
  CHECK_FALSE(takes("a=x,!b", labels_of({{"a", "x"}, {"b", ""}})));
}

TEST_CASE("field selectors know the type") {
  const auto selector = StoredSelector::parse("", "type!=helm.sh/release.v1");
  REQUIRE(selector.has_value());
  CHECK(selector->takes("Opaque", {}));
  CHECK_FALSE(selector->takes("helm.sh/release.v1", {}));
  CHECK(StoredSelector::parse("", "type=Opaque")->takes("Opaque", {}));
}

TEST_CASE("what is no selector is refused") {
  for (const char* labels : {"=x", "!", "a b", "a=b=c", "a in (b)", "a,,b"})
    CHECK(StoredSelector::parse(labels, "").has_error());
  for (const char* fields : {"type", "metadata.name=x", "=x"})
    CHECK(StoredSelector::parse("", fields).has_error());
}

TEST_CASE("every selector of the table can be read, and stands on the page with its controllers") {
  const std::string text = page();
  for (const ControllerSelector& each : housekeeping::controller_selectors()) {
    INFO(each.controllers << ' ' << each.label_selector << ' ' << each.field_selector);
    CHECK(StoredSelector::parse(each.label_selector, each.field_selector).has_value());
    std::istringstream names{std::string(each.controllers)};
    for (std::string name; std::getline(names >> std::ws, name, ',');)
      CHECK(text.find(name) != std::string::npos);
    // An include selector by equality may be given as its key alone.
    const std::string labels(each.label_selector);
    CHECK(text.find(labels.substr(0, labels.find_first_of("=", 1))) != std::string::npos);
    CHECK(text.find(each.field_selector) != std::string::npos);
  }
}

TEST_CASE("the selectors are those of the known controllers whose cache the sizes of Secrets matter to") {
  using housekeeping::Caches;
  std::size_t named = 0;
  for (const housekeeping::KnownController& controller : housekeeping::known_controllers()) {
    INFO(controller.name);
    const bool estimated = controller.caches != Caches::metadata && controller.caches != Caches::without_data;
    for (const housekeeping::KnownSelector& selector : controller.selectors) {
      std::size_t found = 0;
      for (const ControllerSelector& each : housekeeping::controller_selectors()) {
        if (each.label_selector != selector.labels || each.field_selector != selector.fields) continue;
        if ((", " + each.controllers + ",").find(", " + controller.name + ",") == std::string::npos) continue;
        CHECK(each.at == controller.filtered_at);
        CHECK(each.metadata_of_others == (controller.caches == Caches::both));
        ++found;
      }
      CHECK(found == (estimated ? 1 : 0));
      named += found;
    }
  }
  std::size_t listed = 0;
  for (const ControllerSelector& each : housekeeping::controller_selectors())
    listed += 1 + static_cast<std::size_t>(std::ranges::count(each.controllers, ','));
  CHECK(listed == named);
  CHECK(housekeeping::controller_selectors().front().label_selector == "!secret-hygiene.io/ignore");
  CHECK(housekeeping::controller_selectors().back().label_selector.front() != '!');
}

TEST_CASE("every selector that the page gives as a flag is in the table") {
  std::set<std::string> known;
  for (const ControllerSelector& each : housekeeping::controller_selectors()) {
    const std::string labels(each.label_selector);
    known.insert({labels, labels.substr(0, labels.find('=')), std::string(each.field_selector)});
  }
  const std::string text = page();
  const std::regex flag("--[a-z-]*selector='?([^'`, ]+)");
  std::size_t flags = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), flag), end; at != end; ++at, ++flags) {
    INFO((*at)[1]);
    CHECK(known.contains((*at)[1]));
  }
  CHECK(flags >= 4);
}
