#include "telemetry/metric_families.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "base/invariant.hpp"

using hygiene::telemetry::kRejectionNamespacesMax;
using hygiene::telemetry::Metrics;

namespace {

bool exposes(const Metrics& metrics, const std::string& line) {
  return ('\n' + metrics.expose()).find('\n' + line + '\n') != std::string::npos;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("counters that alerts watch are there at 0 from the start") {
  const Metrics metrics;
  for (const char* line : {"secret_hygiene_policy_reloads_total{result=\"success\"} 0",
                           "secret_hygiene_policy_reloads_total{result=\"failure\"} 0",
                           "secret_hygiene_certificate_reloads_total{result=\"success\"} 0",
                           "secret_hygiene_certificate_reloads_total{result=\"failure\"} 0",
                           "secret_hygiene_admission_requests_total{endpoint=\"validate\",operation="
                           "\"CREATE\",verdict=\"denied\"} 0",
                           "secret_hygiene_admission_requests_total{endpoint=\"mutate\",operation="
                           "\"UPDATE\",verdict=\"labelled\"} 0",
                           "secret_hygiene_admission_requests_total{endpoint=\"mutate\",operation="
                           "\"UNKNOWN\",verdict=\"malformed\"} 0",
                           "secret_hygiene_connections 0", "secret_hygiene_inflight_body_bytes 0"}) {
    INFO(line);
    CHECK(exposes(metrics, line));
  }
}

TEST_CASE("asking for a handle again gives the same one") {
  Metrics metrics;
  CHECK(&metrics.admission_requests("validate", "CREATE", "allowed") ==
        &metrics.admission_requests("validate", "CREATE", "allowed"));
  CHECK(&metrics.admission_requests("validate", "CREATE", "allowed") !=
        &metrics.admission_requests("validate", "CREATE", "denied"));
  CHECK(&metrics.admission_duration_seconds("mutate") == &metrics.admission_duration_seconds("mutate"));
  metrics.bound_reached("body").Increment(2);
  CHECK(exposes(metrics, "secret_hygiene_bound_reached_total{bound=\"body\"} 2"));
}

TEST_CASE("violated invariants are counted, wherever they happened") {
  Metrics metrics;
  const auto line = [] {
    return "secret_hygiene_invariant_violations_total " +
           std::to_string(hygiene::base::invariant_violations());
  };
  CHECK(exposes(metrics, line()));
  hygiene::base::set_on_violation(hygiene::base::OnViolation::throw_error);
  CHECK_THROWS(hygiene::base::invariant(false, "it throws"));
  hygiene::base::set_on_violation(hygiene::base::OnViolation::end_process);
  CHECK(exposes(metrics, line()));
}

TEST_CASE("what was answered is summed by verdict, over endpoints and operations") {
  Metrics metrics;
  CHECK(metrics.answered_by_verdict() ==
        std::map<std::string, std::uint64_t>{{"denied", 0}, {"labelled", 0}, {"malformed", 0}});
  metrics.admission_requests("validate", "CREATE", "allowed").Increment(2);
  metrics.admission_requests("mutate", "UPDATE", "allowed").Increment(3);
  metrics.admission_requests("validate", "CREATE", "denied").Increment();
  CHECK(
      metrics.answered_by_verdict() ==
      std::map<std::string, std::uint64_t>{{"allowed", 5}, {"denied", 1}, {"labelled", 0}, {"malformed", 0}});
}

TEST_CASE("durations are told apart below a millisecond and up to ten seconds") {
  Metrics metrics;
  auto& durations = metrics.admission_duration_seconds("validate");
  durations.Observe(0.00005);
  durations.Observe(0.000101);
  durations.Observe(10);
  durations.Observe(10.5);
  const std::string series = "secret_hygiene_admission_duration_seconds_bucket{endpoint=\"validate\",le=";
  CHECK(exposes(metrics, series + "\"5e-05\"} 1"));
  CHECK(exposes(metrics, series + "\"0.0001\"} 1"));
  CHECK(exposes(metrics, series + "\"0.00015\"} 2"));
  CHECK(exposes(metrics, series + "\"10\"} 3"));
  CHECK(exposes(metrics, series + "\"+Inf\"} 4"));
  CHECK(count_of(metrics.expose(), series) == 21);
}

TEST_CASE("bodies are told apart from 1 KiB to the server's bound of 20 MiB") {
  Metrics metrics;
  metrics.request_body_bytes().Observe(1024);
  metrics.request_body_bytes().Observe(20 * 1024 * 1024);
  metrics.request_body_bytes().Observe(20 * 1024 * 1024 + 1);
  CHECK(exposes(metrics, "secret_hygiene_request_body_bytes_bucket{le=\"1024\"} 1"));
  CHECK(exposes(metrics, "secret_hygiene_request_body_bytes_bucket{le=\"20971520\"} 2"));
  CHECK(exposes(metrics, "secret_hygiene_request_body_bytes_bucket{le=\"+Inf\"} 3"));
}

TEST_CASE("policy_info has one series, that of the policies in force") {
  Metrics metrics;
  metrics.set_policy_info("aaaa");
  metrics.set_policy_info("bbbb");
  CHECK(exposes(metrics, "secret_hygiene_policy_info{hash=\"bbbb\"} 1"));
  CHECK(metrics.expose().find("aaaa") == std::string::npos);
  metrics.set_policy_info("bbbb");
  CHECK(exposes(metrics, "secret_hygiene_policy_info{hash=\"bbbb\"} 1"));
}

TEST_CASE("rejections name the first 200 namespaces, and the rest together") {
  Metrics metrics;
  for (std::size_t i = 0; i < kRejectionNamespacesMax; ++i) {
    metrics.rejections("p", "l", "ns-" + std::to_string(i)).Increment();
  }
  CHECK(exposes(metrics, "secret_hygiene_rejections_total{limit=\"l\",namespace=\"ns-199\",policy=\"p\"} 1"));
  CHECK(metrics.expose().find("namespace=\"other\"") == std::string::npos);
  metrics.rejections("p", "l", "ns-200").Increment();
  metrics.rejections("p", "l", "ns-201").Increment();
  metrics.rejections("p", "l", "ns-0").Increment();
  CHECK(exposes(metrics, "secret_hygiene_rejections_total{limit=\"l\",namespace=\"other\",policy=\"p\"} 2"));
  CHECK(exposes(metrics, "secret_hygiene_rejections_total{limit=\"l\",namespace=\"ns-0\",policy=\"p\"} 2"));
  CHECK(metrics.expose().find("ns-200") == std::string::npos);
}

TEST_CASE("ten thousand namespaces are 200 series and one more, whatever each is called") {
  Metrics metrics;
  for (std::size_t i = 0; i < 10'000; ++i) {
    metrics.rejections("p", "l", "ns-" + std::to_string(i)).Increment();
  }
  const std::string text = metrics.expose();
  CHECK(count_of(text, "secret_hygiene_rejections_total{") == kRejectionNamespacesMax + 1);
  CHECK(
      exposes(metrics, "secret_hygiene_rejections_total{limit=\"l\",namespace=\"other\",policy=\"p\"} 9800"));
}

TEST_CASE("what cannot be a namespace takes no series of its own") {
  Metrics metrics;
  const std::string longest(63, 'n');
  for (const std::string& name : {longest, std::string("7"), std::string("a-9")}) {
    metrics.rejections("p", "l", name).Increment();
    CHECK(exposes(metrics,
                  "secret_hygiene_rejections_total{limit=\"l\",namespace=\"" + name + "\",policy=\"p\"} 1"));
  }
  const std::vector<std::string> others{longest + 'n', "",         "-a",   "a-",
                                        "A",           "a.b",      "a\"b", "a\nb",
                                        "a\\b",        "\xc3\xa9", "\xff", "other series 1\n"};
  for (const std::string& name : others) metrics.rejections("p", "l", name).Increment();
  CHECK(exposes(metrics, "secret_hygiene_rejections_total{limit=\"l\",namespace=\"other\",policy=\"p\"} " +
                             std::to_string(others.size())));
  CHECK(count_of(metrics.expose(), "secret_hygiene_rejections_total{") == 4);
}

TEST_CASE("quotes, backslashes and newlines of a label are escaped, and UTF-8 stays as it is") {
  Metrics metrics;
  metrics.violations("say \"\\\" twice\n\xc3\xa9\xe2\x98\x83", "l", "Warn").Increment();
  CHECK(exposes(metrics,
                "secret_hygiene_violations_total{limit=\"l\",mode=\"Warn\",policy=\"say \\\"\\\\\\\" twice\\n"
                "\xc3\xa9\xe2\x98\x83\"} 1"));
}

TEST_CASE("a scrape sees one hash of policies and one state of usage, whatever is swapped meanwhile") {
  Metrics metrics;
  const auto swap = [&metrics](int round) {
    const std::string number = std::to_string(round % 2);
    metrics.set_policy_info(number);
    metrics.set_usage({{"policy-" + number, 1, 1, {{"l", 1.0}}}});
  };
  swap(0);
  std::atomic<bool> over = false;
  std::thread swapper([&] {
    for (int round = 1; !over; ++round) swap(round);
  });
  std::size_t wrong = 0;
  for (int scrape = 0; scrape < 500; ++scrape) {
    const std::string text = metrics.expose();
    if (count_of(text, "secret_hygiene_policy_info{") != 1) ++wrong;
    if (count_of(text, "{policy=\"policy-0\"} 1\n") + count_of(text, "{policy=\"policy-1\"} 1\n") != 2)
      ++wrong;
  }
  over = true;
  swapper.join();
  CHECK(wrong == 0);
}

TEST_CASE("the gauges of ledgers are those of the last call, and their counters begin at 0") {
  Metrics metrics;
  metrics.set_ledgers({{"cluster", 1, 20, 0.25, std::chrono::milliseconds(1'500)}, {"15", 0, 0, 0, {}}});
  CHECK(exposes(metrics, "secret_hygiene_ledger_entries{ledger=\"cluster\"} 1"));
  CHECK(exposes(metrics, "secret_hygiene_ledger_bytes{ledger=\"cluster\"} 20"));
  CHECK(exposes(metrics, "secret_hygiene_ledger_share_ratio{ledger=\"cluster\"} 0.25"));
  CHECK(exposes(metrics, "secret_hygiene_ledger_cooling_seconds{ledger=\"cluster\"} 1.5"));
  CHECK(exposes(metrics, "secret_hygiene_ledger_conflicts_total{ledger=\"15\"} 0"));
  CHECK(exposes(metrics, "secret_hygiene_ledger_written_bytes_total{ledger=\"15\"} 0"));
  CHECK(exposes(metrics, "secret_hygiene_ledger_write_duration_seconds_count{ledger=\"15\"} 0"));
  metrics.set_ledgers({});
  CHECK(metrics.expose().find("secret_hygiene_ledger_entries{") == std::string::npos);
}

TEST_CASE("the ends of exceptions are those of the policies in force") {
  Metrics metrics;
  const auto at = [](int seconds) { return std::chrono::sys_seconds(std::chrono::seconds(seconds)); };
  metrics.set_exceptions({{"p", 0, at(5)}, {"p", 1, at(6)}, {"q", 0, at(7)}});
  CHECK(exposes(metrics, "secret_hygiene_exception_end_timestamp_seconds{exception=\"1\",policy=\"p\"} 6"));
  metrics.set_exceptions({{"p", 0, at(8)}});
  const std::string text = metrics.expose();
  CHECK(count_of(text, "secret_hygiene_exception_end_timestamp_seconds{") == 1);
  CHECK(exposes(metrics, "secret_hygiene_exception_end_timestamp_seconds{exception=\"0\",policy=\"p\"} 8"));
}

TEST_CASE("threads may count, look up, swap and expose at once") {
  Metrics metrics;
  std::vector<std::thread> threads;
  std::atomic<int> exposed = 0;  // Catch2's macros belong to one thread
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&metrics, &exposed, thread] {
      for (int i = 0; i < 100; ++i) {
        metrics.rejections("p", "l", "ns-" + std::to_string(i * 4 + thread)).Increment();
        metrics.violations("p", "l", "Warn").Increment();
        if (i % 20 == 0) metrics.set_policy_info(std::to_string(i * 4 + thread));
        if (i % 50 == 0 && !metrics.expose().empty()) ++exposed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(exposed == 4 * 2);
  const std::string text = metrics.expose();
  CHECK(count_of(text, "secret_hygiene_rejections_total{") == kRejectionNamespacesMax + 1);
  CHECK(
      exposes(metrics, "secret_hygiene_rejections_total{limit=\"l\",namespace=\"other\",policy=\"p\"} 200"));
  CHECK(exposes(metrics, "secret_hygiene_violations_total{limit=\"l\",mode=\"Warn\",policy=\"p\"} 400"));
  CHECK(count_of(text, "secret_hygiene_policy_info{") == 1);
}
