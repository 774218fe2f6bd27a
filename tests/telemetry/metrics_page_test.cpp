// docs/metrics.md and what the program exposes say the same.
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/source_dir.hpp"
#include "telemetry/metric_families.hpp"

namespace {

struct Metric {
  std::string type;
  std::set<std::string> labels;

  bool operator==(const Metric&) const = default;
};
using MetricsByName = std::map<std::string, Metric>;

std::ostream& operator<<(std::ostream& out, const Metric& metric) {
  out << metric.type << '{';
  for (const std::string& label : metric.labels) out << label << ' ';
  return out << '}';
}

// The texts between backticks.
std::vector<std::string> quoted(const std::string& cell) {
  std::vector<std::string> words;
  std::istringstream in(cell);
  std::string outside;
  for (std::string inside; std::getline(in, outside, '`') && std::getline(in, inside, '`');)
    words.push_back(inside);
  return words;
}

MetricsByName documented() {
  MetricsByName metrics;
  std::ifstream page(hygiene::test::source_dir() + "/docs/metrics.md");
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream row(line);
    std::string edge, name, type, labels, meaning, example;
    for (std::string* cell : {&edge, &name, &type, &labels, &meaning, &example})
      std::getline(row, *cell, '|');
    std::istringstream(type) >> type;
    const std::string metric = quoted(name).at(0);
    const auto names = quoted(labels);
    CHECK(metrics.emplace(metric, Metric{type, {names.begin(), names.end()}}).second);
    INFO(metric);
    CHECK(meaning.size() > 10);
    // An example is a query of this metric.
    REQUIRE(quoted(example).size() == 1);
    CHECK(quoted(example).front().find(metric) != std::string::npos);
  }
  return metrics;
}

std::set<std::string> label_names(const std::string& sample) {
  std::set<std::string> names;
  const std::size_t open = sample.find('{');
  if (open == std::string::npos) return names;
  std::istringstream in(sample.substr(open + 1, sample.rfind('}') - open - 1));
  // No value of this test holds a comma.
  for (std::string pair; std::getline(in, pair, ',');) names.insert(pair.substr(0, pair.find('=')));
  names.erase("le");
  return names;
}

MetricsByName exposed() {
  hygiene::telemetry::Metrics metrics;
  metrics.admission_requests("validate", "CREATE", "allowed");
  metrics.admission_duration_seconds("validate");
  metrics.violations("p", "l", "Warn");
  metrics.rejections("p", "l", "n");
  metrics.labels_applied("p", "add");
  metrics.log_lines_left_out("p");
  metrics.bound_reached("body");
  metrics.policy_last_reload_successful();
  metrics.certificate_last_reload_successful();
  metrics.proxy_requests("rewritten");
  metrics.proxy_bytes("to_client");
  metrics.proxy_watches();
  metrics.proxy_upstream_failures();
  metrics.proxy_kept_away_secrets();
  metrics.proxy_kept_away_bytes();
  metrics.set_policy_info("h");
  metrics.set_usage({{"p", 1, 1, {{"l", 1.0}}}});
  metrics.set_exceptions({{"p", 0, {}}});
  metrics.set_ledgers({{"cluster", 1, 1, 0.5, {}}});
  metrics.saw_watch_event("t");
  MetricsByName found;
  std::istringstream text(metrics.expose());
  std::string current;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string hash, keyword, type;
    if (line.starts_with("# TYPE ")) {
      words >> hash >> keyword >> current >> type;
      CHECK(found.emplace(current, Metric{type, {}}).second);
    } else if (!line.starts_with('#')) {
      REQUIRE(line.starts_with(current));
      found[current].labels.merge(label_names(line));
    }
  }
  return found;
}

}  // namespace

TEST_CASE("docs/metrics.md lists every metric with its type and labels, and no other") {
  const MetricsByName page = documented();
  const MetricsByName program = exposed();
  REQUIRE(page.size() > 15);
  for (const auto& [name, metric] : program) {
    INFO(name);
    REQUIRE(page.contains(name));
    CHECK(page.at(name) == metric);
  }
  for (const auto& [name, metric] : page) {
    INFO(name);
    CHECK(program.contains(name));
  }
}

TEST_CASE("every metric has a help text") {
  const std::string text = hygiene::telemetry::Metrics().expose();
  std::istringstream lines(text);
  std::string previous;
  for (std::string line; std::getline(lines, line); previous = line) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7);
    CHECK(previous.starts_with("# HELP " + name + ' '));
    CHECK(previous.ends_with('.'));
  }
}
