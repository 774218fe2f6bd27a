#include "runtime/operations_service.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::runtime {
namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
// The content type of the exposition format that telemetry::Metrics::expose() writes.
constexpr std::string_view kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

server::Answer text_answer(unsigned status, std::string text, std::string_view content_type = kPlainText) {
  server::Answer answer;
  answer.status = status;
  answer.content_type = content_type;
  answer.body = std::move(text);
  return answer;
}

// True if the query has the parameter `verbose`, with or without a value.
bool is_verbose(std::string_view query) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    if (parameter.substr(0, parameter.find('=')) == "verbose") return true;
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
  return false;
}

// Every answer is known with the head; a body, which nobody has reason to send, is read and ignored.
class OperationsExchange final : public server::Exchange {
 public:
  OperationsExchange(const telemetry::Metrics& metrics, const Probes& probes)
      : metrics_(metrics), probes_(probes) {}

  server::Opening open(const server::RequestHead& head) override {
    const std::size_t path_bytes = head.target.find('?');
    const std::string_view path = head.target.substr(0, path_bytes);
    const std::string_view query =
        path_bytes == std::string_view::npos ? std::string_view() : head.target.substr(path_bytes + 1);
    return {answer(head.method, path, query), std::nullopt};
  }

  void feed(std::string_view) override {}
  server::Answer finish() override { return text_answer(404, "not found\n"); }
  void abandon() override {}
  std::size_t kept_bytes() const override { return 0; }

 private:
  server::Answer answer(std::string_view method, std::string_view path, std::string_view query) const {
    if (path != "/metrics" && path != "/livez" && path != "/readyz") {
      return text_answer(404, "not found; there are /metrics, /livez and /readyz\n");
    }
    if (method != "GET" && method != "HEAD") {
      server::Answer refusal = text_answer(405, "only GET and HEAD are allowed\n");
      refusal.allow = "GET, HEAD";
      return refusal;
    }
    if (path == "/metrics") return text_answer(200, metrics_.expose(), kMetricsText);
    if (path == "/livez") return text_answer(200, is_verbose(query) ? Probes::liveness() : "ok\n");
    Probes::Readiness readiness = probes_.readiness();
    if (readiness.ready && !is_verbose(query)) return text_answer(200, "ok\n");
    return text_answer(readiness.ready ? 200 : 503, std::move(readiness.text));
  }

  const telemetry::Metrics& metrics_;
  const Probes& probes_;
};

}  // namespace

OperationsService::OperationsService(const telemetry::Metrics& metrics, const Probes& probes)
    : metrics_(metrics), probes_(probes) {}

std::unique_ptr<server::Exchange> OperationsService::new_exchange(std::size_t) {
  return std::make_unique<OperationsExchange>(metrics_, probes_);
}

}  // namespace hygiene::runtime
