#include "runtime/counting/shared_engine.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "runtime/counting/watch_marker.hpp"

namespace hygiene::runtime {
namespace {

using counting::Decision;

constexpr std::chrono::seconds kExamplesGoodFor{10};
// Scopes whose examples are kept; a storm of denials is about few.
constexpr std::size_t kExamplesMax = 256;
// Looking them up is a pass over all Secrets with the lock held, 5 ms at a million: so much of each second.
constexpr std::chrono::milliseconds kExamplesTimeMax{50};
// Who waits for a lock is not awake the moment it is free: without it one thread would take it again and
// again.
constexpr std::chrono::microseconds kLetOthersIn{100};

counting::HashKey random_key() {
  std::random_device random;
  const auto half = [&random] { return (std::uint64_t{random()} << 32) | random(); };
  return {half(), half()};
}

}  // namespace

// A write that was asked for. What is judged is copied only where it waits: other policies may come
// meanwhile.
class SharedEngine::PendingWrite {
 public:
  PendingWrite(bool dry_run, Clock::time_point deadline) : deadline_(deadline), dry_run_(dry_run) {}
  void remember(const policy::Request& request) {
    asked_ = std::make_unique<Remembered>();
    asked_->operation = request.operation;
    asked_->object = *request.object;
    if (request.requester != nullptr) asked_->requester = *request.requester;
    if (request.stored != nullptr) asked_->stored = *request.stored;
    asked_->now = request.now;
  }
  counting::CountedWrite claims(const counting::Selection& selection) const {
    policy::Request request;
    request.operation = asked_->operation;
    request.object = &asked_->object;
    request.requester = asked_->requester ? &*asked_->requester : nullptr;
    request.stored = asked_->stored ? &*asked_->stored : nullptr;
    request.now = asked_->now;
    return counting::make_claims(selection, request, dry_run_);
  }
  Clock::time_point deadline() const { return deadline_; }

  // `answered` is whole.
  void decide() { decided_.store(true, std::memory_order_release); }
  bool decided() const { return decided_.load(std::memory_order_acquire); }

  counting::Ticket ticket = 0;
  CountingAnswer answered;  // not before it is decided
  std::function<void()> ready;

 private:
  struct Remembered {
    policy::Operation operation = policy::Operation::unknown;
    secret::Facts object;
    std::optional<policy::Requester> requester;
    std::optional<secret::Facts> stored;
    std::optional<std::chrono::sys_seconds> now;
  };

  const Clock::time_point deadline_;
  const bool dry_run_;
  std::atomic<bool> decided_ = false;
  std::unique_ptr<Remembered> asked_;  // where it waits
};

SharedEngine::SharedEngine(counting::EngineOptions options)
    : begin_(Clock::now()),
      key_(random_key()),
      markers_namespace_(options.strict ? options.ledger_namespace : std::string()),
      engine_(std::make_unique<counting::Engine>(std::move(options), key_, counting::Time(0))) {}

SharedEngine::~SharedEngine() = default;

counting::Time SharedEngine::now() const {
  return std::chrono::duration_cast<counting::Time>(Clock::now() - begin_);
}

void SharedEngine::select(std::shared_ptr<const policy::PolicySet> policies) {
  const bool counts = policies->counts();
  if (!counts && !selection_) return;
  std::vector<WatchState> wanted;
  {
    Dealing dealing(*this);
    selection_ = std::make_shared<const counting::Selection>(std::move(policies), key_, namespaces_);
    examples_.clear();
    const auto fresh = engine_->select(selection_, now());
    markers_.clear();
    std::map<std::string, std::uint64_t> epochs;
    const auto& plan = engine_->view().plan().watches();
    for (std::size_t index = 0; index < plan.size(); ++index) {
      const auto known = epochs_.find(plan[index].field_selector);
      const bool goes_on = known != epochs_.end() && std::ranges::find(fresh, index) == fresh.end();
      markers_.insert(marker_name(plan[index].type));
      epochs[plan[index].field_selector] = goes_on ? known->second : ++last_epoch_;
    }
    epochs_ = std::move(epochs);
    wanted = watches();
    active_ = counts;
  }
  if (runner_.watches) runner_.watches(std::move(wanted));
}

void SharedEngine::show_namespace(const std::string& name, const counting::NamespaceLabels& labels) {
  Dealing dealing(*this);
  if (labels) {
    namespaces_[name] = labels;
  } else {
    namespaces_.erase(name);
  }
  if (selection_) engine_->show_namespace(name, labels, now());
}

std::vector<WatchState> SharedEngine::watches() const {
  std::vector<WatchState> all;
  const auto& plan = engine_->view().plan();
  for (const counting::Watch& watch : plan.watches()) {
    all.push_back({watch, plan.types_needed(), epochs_.at(watch.field_selector)});
  }
  return all;
}

std::optional<counting::WatchIndex> SharedEngine::index_of(const WatchState& watch) const {
  const auto epoch = epochs_.find(watch.watch.field_selector);
  if (epoch == epochs_.end() || epoch->second != watch.epoch) return std::nullopt;
  const auto& plan = engine_->view().plan().watches();
  const auto found = std::ranges::find(plan, watch.watch.field_selector, &counting::Watch::field_selector);
  return static_cast<counting::WatchIndex>(found - plan.begin());
}

std::shared_ptr<SharedEngine::PendingWrite> SharedEngine::ask(const policy::Request& request, bool dry_run,
                                                              Clock::time_point deadline) {
  if (!active_) return nullptr;
  Dealing dealing(*this);
  if (is_own_marker(request)) return nullptr;
  const auto claims = counting::make_claims(*selection_, request, dry_run);
  if (claims.empty()) return nullptr;
  auto write = std::make_shared<PendingWrite>(dry_run, deadline);
  write->ticket = engine_->request(claims, now());
  std::vector<Decision> decisions = engine_->take_decisions();
  const auto own = std::ranges::find(decisions, write->ticket, &Decision::ticket);
  if (own != decisions.end() && own->why != counting::Unknown::policies_changed) {
    write->answered = CountingAnswer{std::move(*own), selection_};
    write->decide();
    decisions.erase(own);
  } else {
    write->remember(request);
    waiting_.emplace(write->ticket, write);
  }
  for (Decision& decision : decisions) deal(std::move(decision));
  return write;
}

// A denial waits for a marker: where the webhook is called for the marker itself, each would wait for the
// other.
bool SharedEngine::is_own_marker(const policy::Request& request) const {
  return request.object->namespace_name == markers_namespace_ && markers_.contains(request.object->name);
}

void SharedEngine::request(const std::shared_ptr<PendingWrite>& write, const counting::CountedWrite& claims) {
  write->ticket = engine_->request(claims, now());
  waiting_.emplace(write->ticket, write);
}

const CountingAnswer* SharedEngine::answer(const PendingWrite& write) {
  return write.decided() ? &write.answered : nullptr;
}

void SharedEngine::when_decided(const std::shared_ptr<PendingWrite>& write, std::function<void()> ready) {
  {
    const std::lock_guard lock(mutex_);
    if (!write->decided()) {
      write->ready = std::move(ready);
      return;
    }
  }
  ready();
}

void SharedEngine::give_up(const std::shared_ptr<PendingWrite>& write) {
  Dealing dealing(*this);
  if (waiting_.erase(write->ticket) > 0) engine_->cancel(write->ticket);
}

void SharedEngine::expire(Clock::time_point moment) {
  Dealing dealing(*this);
  std::vector<counting::Ticket> late;
  for (const auto& [ticket, write] : waiting_) {
    if (write->deadline() <= moment) late.push_back(ticket);
  }
  for (const counting::Ticket ticket : late) {
    const std::shared_ptr<PendingWrite> write = waiting_.at(ticket);
    engine_->cancel(ticket);
    Decision decision;
    decision.ticket = ticket;
    decision.answer = counting::Answer::unknown;
    decision.why = counting::Unknown::too_late;
    for (counting::Claim& claim : write->claims(*selection_).claims) decision.usages.push_back({claim, 0});
    deal(std::move(decision));
  }
}

void SharedEngine::deal_decisions() {
  // Asking anew may decide others.
  for (auto decisions = engine_->take_decisions(); !decisions.empty();
       decisions = engine_->take_decisions()) {
    for (Decision& decision : decisions) deal(std::move(decision));
  }
}

void SharedEngine::deal(Decision decision) {
  const auto found = waiting_.find(decision.ticket);
  if (found == waiting_.end()) return;
  const std::shared_ptr<PendingWrite> write = std::move(found->second);
  waiting_.erase(found);
  if (decision.why == counting::Unknown::policies_changed) {
    const counting::CountedWrite claims = write->claims(*selection_);
    if (!claims.empty()) return request(write, claims);
    decision = Decision();
  }
  write->answered = CountingAnswer{std::move(decision), selection_};
  write->decide();
  if (write->ready) ready_.push_back(std::move(write->ready));
}

void SharedEngine::unlock_and_deal() {
  if (engine_->nothing_to_take() && ready_.empty()) {
    mutex_.unlock();
    return;
  }
  deal_decisions();
  std::vector<counting::Effect> effects = engine_->take_effects();
  std::vector<std::function<void()>> ready;
  ready.swap(ready_);
  mutex_.unlock();
  if (!effects.empty() && runner_.effects) runner_.effects(std::move(effects));
  for (const auto& each : ready) each();
}

bool SharedEngine::synced() const {
  const std::lock_guard lock(mutex_);
  if (!active_) return true;
  const counting::ClusterView& view = engine_->view();
  for (std::size_t index = 0; index < view.plan().watches().size(); ++index) {
    if (!view.synced(index)) return false;
  }
  return engine_->has_ledger();
}

bool SharedEngine::in_quarantine() const {
  const std::lock_guard lock(mutex_);
  return active_ && engine_->in_quarantine();
}

std::vector<StoredItem> SharedEngine::unmeasured(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredItem> items;
  for (const counting::StoredSecret& secret : engine_->view().inventory().unmeasured(most)) {
    items.push_back({std::string(secret.subject.namespace_name), std::string(secret.subject.name),
                     std::string(secret.subject.type), secret.stored});
  }
  return items;
}

std::optional<WatchState> SharedEngine::watch_at(counting::WatchIndex index) const {
  const std::lock_guard lock(mutex_);
  const std::vector<WatchState> all = watches();
  if (index >= all.size()) return std::nullopt;
  return all[index];
}

Usage SharedEngine::usage(std::size_t most) const {
  std::optional<UsageMeter> meter;
  for (;; std::this_thread::sleep_for(kLetOthersIn)) {
    const std::lock_guard lock(mutex_);
    if (!selection_) return {};
    if (!meter || meter->selection() != selection_) meter.emplace(*engine_, selection_, most);
    if (!meter->step()) continue;
    Usage usage = meter->take();
    usage.ledgers = ledger_usage(*engine_, now());
    return usage;
  }
}

std::vector<std::string> SharedEngine::examples(const CountingAnswer& of, const counting::Claim& claim) {
  const std::lock_guard lock(mutex_);
  if (of.selection != selection_) return {};
  const Clock::time_point moment = Clock::now();
  const auto known = examples_.find(claim.scope.id);
  if (known != examples_.end() && moment - known->second.found < kExamplesGoodFor) return known->second.names;
  if (moment - examples_second_ >= std::chrono::seconds(1)) {
    examples_second_ = moment;
    examples_took_ = {};
  }
  if (examples_took_ >= kExamplesTimeMax) return {};
  if (known == examples_.end() && examples_.size() == kExamplesMax) examples_.clear();
  const auto order =
      claim.of_bytes() ? counting::Inventory::Order::largest : counting::Inventory::Order::oldest;
  Examples& made = examples_[claim.scope.id];
  made = {moment, {}};
  for (const auto& secret : engine_->view().inventory().extremes(claim.scope, order)) {
    const bool elsewhere = claim.scope.kind == counting::ScopeKind::cluster;
    made.names.push_back((elsewhere ? std::string(secret.subject.namespace_name) + '/' : std::string()) +
                         std::string(secret.subject.name));
  }
  examples_took_ += Clock::now() - moment;
  return made.names;
}

}  // namespace hygiene::runtime
