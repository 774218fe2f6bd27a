#include "runtime/serving/webhook.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include <openssl/crypto.h>

#include "admission/response.hpp"
#include "admission/review_reader.hpp"
#include "admission/verdict.hpp"
#include "base/ascii.hpp"
#include "policy/evaluator.hpp"
#include "policy/message.hpp"
#include "runtime/serving/counting_messages.hpp"
#include "runtime/serving/policy_review.hpp"
#include "runtime/serving/recorder.hpp"
#include "runtime/serving/request_target.hpp"
#include "runtime/serving/unknown_namespace.hpp"
#include "server/response.hpp"

namespace hygiene::runtime {
namespace {

using admission::Verdict;
using Clock = std::chrono::steady_clock;

// The API server always says how long it waits; ten seconds is what it waits where nobody told it.
constexpr std::chrono::milliseconds kWithoutTimeout{10'000};
// Between the last moment at which a count may be known and the request's deadline: the runner looks ten
// times a second.
constexpr std::chrono::milliseconds kAnswerMargin{250};

// The reason of secret_hygiene_counts_unknown_total.
constexpr std::string_view kNamespaceUnknown = "namespace";

enum class Route { none, validate, mutate, validate_policies };

// What stands behind `prefix` in `path`, compared with the token in a time that does not tell how much of it
// is right.
bool is_endpoint(std::string_view path, std::string_view prefix, std::string_view token) {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  if (token.empty()) return path.empty();
  if (path.size() != token.size() + 1 || path.front() != '/') return false;
  return CRYPTO_memcmp(path.data() + 1, token.data(), token.size()) == 0;
}

Route find_route(std::string_view path, std::string_view token) {
  if (is_endpoint(path, "/validate", token)) return Route::validate;
  if (is_endpoint(path, "/mutate", token)) return Route::mutate;
  if (is_endpoint(path, "/validate-policies", token)) return Route::validate_policies;
  return Route::none;
}

// Whether `content_type` is application/json, in any case (RFC 9110 section 8.3.1), whatever parameters
// follow.
bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  content_type = content_type.substr(0, content_type.find(';'));
  content_type = content_type.substr(0, content_type.find_last_not_of(" \t") + 1);
  return std::ranges::equal(content_type, kJson, {}, base::to_lower);
}

}  // namespace

// What the connections of one thread share.
struct Webhook::Worker {
  Worker(const base::PublishedValue<ActivePolicies>& snapshot, const WebhookOptions& webhook_options,
         telemetry::Metrics& metrics, telemetry::Log& log, LineBudget& lines)
      : rules(snapshot),
        options(webhook_options),
        kept_bytes(metrics.inflight_body_bytes()),
        recorder(metrics, log, lines, webhook_options.on_rejection) {}

  base::PublishedValue<ActivePolicies>::Reader rules;
  const WebhookOptions& options;
  prometheus::Gauge& kept_bytes;
  Recorder recorder;

  class RequestHandler;
};

class Webhook::Worker::RequestHandler final : public server::RequestHandler {
 public:
  explicit RequestHandler(Worker& worker) : worker_(worker) {}

  server::Opening open(const server::RequestHead& head) override {
    started_ = Clock::now();
    body_bytes_ = 0;
    ended_ = false;
    judged_ = false;
    rules_ = nullptr;
    server::Opening opening;
    const RequestTarget target = parse_request_target(head.target);
    route_ = find_route(target.path, worker_.options.endpoint_token);
    if (target.timeout) opening.within = within(*target.timeout);
    deadline_ = started_ + opening.within.value_or(kWithoutTimeout) - kAnswerMargin;
    if (route_ == Route::none) {
      opening.answer = server::plain_answer(
          404, "not found; POST AdmissionReviews to /validate, /mutate or /validate-policies");
    } else if (head.method != "POST") {
      opening.answer = server::plain_answer(405, "POST an AdmissionReview");
      opening.answer->allow = "POST";
    } else if (!head.content_type.empty() && !is_json(head.content_type)) {
      opening.answer = server::plain_answer(415, "send an AdmissionReview as Content-Type: application/json");
    }
    return opening;
  }

  void feed(std::string_view part) override {
    body_bytes_ += part.size();
    if (route_ == Route::validate_policies) {
      policies_.feed(part);
    } else {
      reader_.feed(part);
    }
    show_kept(kept_bytes());
  }

  // First for the labels of a namespace that is new, then for a limit across Secrets that may have to be
  // confirmed.
  bool must_wait() override {
    if (route_ == Route::validate_policies) return false;
    end_review();
    const admission::Review& review = reader_.partial();
    if (malformed_ || !review.is_secret_write()) return false;
    if (rules_ == nullptr && look_up(review) && Clock::now() < deadline_) {
      // By the rules that are in force when it is known.
      kept_rules_ = *std::exchange(rules_, nullptr);
      return true;
    }
    return route_ == Route::validate && !pending_ && must_wait_for_count(review);
  }

  void when_ready(std::function<void()> ready) override {
    if (rules_ != nullptr) return worker_.options.engine->when_decided(pending_, std::move(ready));
    worker_.options.namespaces->when_known(reader_.partial().object.namespace_name,
                                           kept_rules_->namespace_keys(), deadline_, std::move(ready));
  }

  server::Answer finish() override {
    server::Answer answer;
    if (route_ == Route::validate_policies) {
      answer = finish_policies();
    } else {
      answer = finish_review(route_ == Route::validate ? Endpoint::validate : Endpoint::mutate);
    }
    abandon();
    return answer;
  }

  void abandon() override {
    if (route_ == Route::validate_policies) {
      policies_.reset();
    } else {
      reader_.reset();
    }
    if (pending_ && SharedEngine::answer(*pending_) == nullptr) worker_.options.engine->give_up(pending_);
    pending_ = nullptr;
    rules_ = nullptr;
    kept_rules_ = nullptr;
    namespace_labels_ = nullptr;
    show_kept(0);
  }

  std::size_t kept_bytes() const override { return reader_.kept_bytes() + policies_.kept_bytes(); }

 private:
  // What a limit of one Secret denies is not stored: it is told of the sums as a dry run is, and takes no
  // place in them.
  bool must_wait_for_count(const admission::Review& review) {
    SharedEngine* engine = worker_.options.engine;
    if (engine == nullptr || !engine->active()) return false;
    find_violations(review);
    const bool denied = std::ranges::find(violations_, policy::Outcome::denied,
                                          &policy::Violation::outcome) != violations_.end();
    pending_ = engine->ask(review.request(now_), review.dry_run || denied, deadline_);
    if (!pending_ || SharedEngine::answer(*pending_) != nullptr) return false;
    kept_rules_ = *rules_;
    rules_ = &kept_rules_;
    return true;
  }

  // The body is whole: once, whoever asks first.
  void end_review() {
    if (std::exchange(ended_, true)) return;
    malformed_.reset();
    if (const auto read = reader_.finish(); !read) malformed_ = read.error();
    now_ = wall_clock();
  }

  std::chrono::sys_seconds wall_clock() const {
    return std::chrono::floor<std::chrono::seconds>(worker_.options.now());
  }

  // Takes the rules in force, and the labels of the namespace where they select by these. True: those may
  // come yet.
  bool look_up(const admission::Review& review) {
    rules_ = &worker_.rules.get();
    const auto& keys = (*rules_)->namespace_keys();
    if (keys.empty() || worker_.options.namespaces == nullptr) return false;
    NamespaceBook::Look found = worker_.options.namespaces->look(review.object.namespace_name, keys);
    namespace_labels_ = std::move(found.labels);
    return found.may_come;
  }

  bool namespace_unknown() const {
    return namespace_labels_ == nullptr && !(*rules_)->namespace_keys().empty();
  }

  policy::Request request_of(const admission::Review& review) const {
    policy::Request request = review.request(now_);
    request.namespace_labels = namespace_labels_.get();
    return request;
  }

  // Once, whoever asks first.
  void find_violations(const admission::Review& review) {
    if (!std::exchange(judged_, true))
      violations_ = policy::find_violations((*rules_)->policies(), request_of(review));
  }

  // Small changes are not worth an update of a number that all threads share.
  void show_kept(std::size_t bytes) {
    constexpr std::size_t kWorthShowing = 4096;
    const bool grown = bytes >= shown_bytes_ + kWorthShowing;
    if (!grown && (bytes != 0 || shown_bytes_ == 0)) return;
    worker_.kept_bytes.Increment(static_cast<double>(bytes) - static_cast<double>(shown_bytes_));
    shown_bytes_ = bytes;
  }

  server::Answer finish_policies() {
    const auto response = policies_.finish(worker_.options.accept, wall_clock());
    if (!response) return server::plain_answer(400, response.error().message());
    server::Answer answer;
    answer.body = *response;
    return answer;
  }

  server::Answer finish_review(Endpoint endpoint) {
    end_review();
    const admission::Review& review = reader_.partial();
    const Verdict verdict = malformed_ ? admission::malformed(*malformed_, endpoint == Endpoint::validate)
                                       : judge(endpoint, review);
    if (malformed_) worker_.recorder.malformed(endpoint, *malformed_);
    worker_.recorder.request(endpoint, review.operation, verdict.decision, body_bytes_,
                             Clock::now() - started_);
    // Without a uid there is nothing to answer: the API server would take no response for its own.
    if (review.uid.empty())
      return server::plain_answer(400, "not an AdmissionReview: " + malformed_->message());
    server::Answer answer;
    answer.body = admission::render_response(review.uid, verdict);
    return answer;
  }

  Verdict judge(Endpoint endpoint, const admission::Review& review) {
    if (!review.is_secret_write()) return admission::unexpected();
    if (rules_ == nullptr) look_up(review);
    return endpoint == Endpoint::validate ? judge_limits(review) : judge_labels(review);
  }

  Verdict judge_limits(const admission::Review& review) {
    find_violations(review);
    worker_.recorder.violations(**rules_, {review, started_}, violations_);
    const bool deny_unknown = worker_.options.deny_unknown;
    std::vector<policy::Shortage> shortages;
    if (pending_) {
      const CountingAnswer& answer = *SharedEngine::answer(*pending_);
      shortages = shortages_of(answer, *worker_.options.engine, deny_unknown);
      worker_.recorder.shortages({review, started_}, shortages, counting::to_string(answer.decision.why));
    }
    if (namespace_unknown()) {
      auto not_judged = limits_not_judged(**rules_, request_of(review), deny_unknown);
      worker_.recorder.shortages({review, started_}, not_judged, kNamespaceUnknown);
      std::ranges::move(not_judged, std::back_inserter(shortages));
    }
    return admission::conclude(request_of(review), violations_, shortages);
  }

  // What is there stays while nobody knows whether it should.
  Verdict judge_labels(const admission::Review& review) {
    const policy::Request request = request_of(review);
    if (namespace_unknown() && may_label(**rules_, request)) {
      worker_.recorder.not_labelled(kNamespaceUnknown);
      Verdict verdict;
      verdict.warnings.push_back(
          policy::as_warning("secret-hygiene does not change the labels of this Secret: the labels of its "
                             "namespace are unknown now"));
      return verdict;
    }
    const auto plan = policy::Evaluation((*rules_)->policies(), request).label_plan();
    worker_.recorder.labels(**rules_, {review, started_}, plan);
    return admission::conclude(review, plan);
  }

  Worker& worker_;
  Route route_ = Route::none;
  Clock::time_point started_;
  Clock::time_point deadline_;  // of what the answer waits for
  bool ended_ = false;
  bool judged_ = false;           // violations_ are found
  std::chrono::sys_seconds now_;  // once ended_: the moment at which it is judged, however long it waits
  std::optional<Error> malformed_;
  // By which it is judged; null: not yet. The thread's own, which its next look may replace, or kept_rules_,
  // where the answer waits for a count.
  const std::shared_ptr<const ActivePolicies>* rules_ = nullptr;
  std::vector<policy::Violation> violations_;
  std::shared_ptr<const ActivePolicies> kept_rules_;
  NamespaceBook::Labels namespace_labels_;  // with rules_; null: not known, or nobody selects by them
  std::shared_ptr<SharedEngine::PendingWrite> pending_;  // null: no limit across Secrets is asked
  std::size_t body_bytes_ = 0;
  std::size_t shown_bytes_ = 0;  // what the gauge holds of this request
  admission::ReviewReader reader_;
  PolicyReview policies_;
};

Webhook::Webhook(WebhookOptions options, telemetry::Metrics& metrics, telemetry::Log& log)
    : options_(std::move(options)), metrics_(metrics), log_(log), lines_(metrics) {
  for (std::size_t i = 0; i < options_.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(rules_, options_, metrics, log, lines_));
  }
}

Webhook::~Webhook() = default;

void Webhook::publish(std::shared_ptr<const policy::PolicySet> policies) {
  rules_.publish(std::make_shared<const ActivePolicies>(std::move(policies), metrics_));
}

void Webhook::report_left_out() {
  lines_.report(log_);
}

std::unique_ptr<server::RequestHandler> Webhook::new_handler(std::size_t worker) {
  return std::make_unique<Worker::RequestHandler>(*workers_[worker]);
}

}  // namespace hygiene::runtime
