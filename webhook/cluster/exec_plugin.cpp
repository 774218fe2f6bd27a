#include "cluster/exec_plugin.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <rapidjson/document.h>

#include "base/rfc3339.hpp"
#include "cluster/child_process.hpp"
#include "cluster/retry.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;
using SystemClock = std::chrono::system_clock;

// A request takes a while, and clocks differ.
constexpr std::chrono::seconds kBeforeEnd{30};
// How late a client that waits for another one's run has its outcome.
constexpr std::chrono::milliseconds kLookAgain{20};

// An ExecCredential, and when it ends.
struct Given {
  CredentialPtr credential;
  std::optional<SystemClock::time_point> ends;  // nothing: the program did not say
};

Result<Given> read_answer(base::WipingText& output, const ExecPlugin& plugin) {
  rapidjson::Document document;
  const auto parsed = json::parse_document_in_place(document, output);
  const auto refuse = [&plugin](const std::string& what) {
    return Error(Errc::syntax, "the credential plugin " + plugin.command + ": " + what);
  };
  if (!parsed || json::text_at(document, {"kind"}) != "ExecCredential") {
    return refuse("it did not write an ExecCredential");
  }
  if (json::text_at(document, {"apiVersion"}) != plugin.api_version) {
    return refuse("it answered with another apiVersion than the kubeconfig names");
  }
  const rapidjson::Value* status = json::object_at(document, {"status"});
  if (status == nullptr) return refuse("its answer has no status");
  auto token = usable_token(std::string(json::text_at(*status, {"token"})), "its token");
  if (!token) return refuse(token.error().message());
  auto credential = std::make_shared<Credential>();
  credential->token = std::move(*token);
  credential->certificate_pem = json::text_at(*status, {"clientCertificateData"});
  credential->key_pem = json::text_at(*status, {"clientKeyData"});
  if (credential->token.empty() && credential->certificate_pem.empty()) {
    return refuse("its answer has neither a token nor a client certificate");
  }
  const std::string_view ends = json::text_at(*status, {"expirationTimestamp"});
  Given given{std::move(credential), base::parse_rfc3339(ends)};
  if (!ends.empty() && !given.ends) return refuse("its expirationTimestamp is not a time");
  return given;
}

}  // namespace

// Who runs is the first that asks; the others look from time to time, so that nothing is lost where its
// thread ends within a run.
class ExecPlugins::Runs {
 public:
  explicit Runs(ExecPlugin plugin) : plugin_(std::move(plugin)) {}
  const ExecPlugin& plugin() const { return plugin_; }

  asio::awaitable<Result<CredentialPtr>> get(net::GivenUp given_up) {
    const std::uint64_t before = ended();
    for (;;) {
      bool ours = false;
      if (auto done = look(before, ours)) co_return *done;
      if (ours) break;
      const bool waited = co_await pause(co_await asio::this_coro::executor, kLookAgain, given_up);
      if (!waited) co_return Error(Errc::interrupted, "the wait for the credential plugin was cancelled");
    }
    const EndOfRun end_of_run{*this};
    Result<Given> given = co_await run(std::move(given_up));
    co_return keep(std::move(given));
  }

  // What is held, unless it ends soon.
  CredentialPtr usable() const {
    const std::lock_guard lock(mutex_);
    return usable_locked();
  }

  void drop(const CredentialPtr& credential) {
    const std::lock_guard lock(mutex_);
    if (given_ && given_->credential == credential) given_.reset();
  }

 private:
  struct EndOfRun {
    Runs& runs;
    ~EndOfRun() { runs.end(); }
  };

  std::uint64_t ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    running_ = false;
  }
  CredentialPtr usable_locked() const {
    const bool good = given_ && (!given_->ends || SystemClock::now() < *given_->ends - kBeforeEnd);
    return good ? given_->credential : nullptr;
  }
  // What there is to hand out, to one who has waited since `before` runs had ended. Nothing: the program must
  // run, and `ours` says whether the caller is to run it.
  std::optional<Result<CredentialPtr>> look(std::uint64_t before, bool& ours) {
    const std::lock_guard lock(mutex_);
    if (ended_ != before && failure_) return Result<CredentialPtr>(*failure_);
    if (ended_ != before && given_) return Result<CredentialPtr>(given_->credential);
    if (CredentialPtr held = usable_locked()) return Result<CredentialPtr>(std::move(held));
    ours = !std::exchange(running_, true);
    return std::nullopt;
  }

  Result<CredentialPtr> keep(Result<Given> given) {
    const std::lock_guard lock(mutex_);
    // Others may still wait for what this one has given up.
    if (!given && given.error().code() == Errc::interrupted) return given.error();
    ++ended_;
    if (!given) {
      failure_ = given.error();
      return given.error();
    }
    failure_.reset();
    given_ = std::move(*given);
    return given_->credential;
  }

  asio::awaitable<Result<Given>> run(net::GivenUp given_up) const {
    Result<base::WipingText> output = co_await run_child(wish(std::move(given_up)));
    if (output) co_return read_answer(*output, plugin_);
    std::string sentence = "the credential plugin " + plugin_.command + ": " + output.error().message();
    const bool absent = output.error().code() == Errc::missing;
    if (absent && !plugin_.install_hint.empty()) sentence += ". " + plugin_.install_hint;
    co_return Error(output.error().code(), std::move(sentence));
  }

  ChildWish wish(net::GivenUp given_up) const {
    ChildWish wish;
    wish.command.push_back(plugin_.command);
    wish.command.insert(wish.command.end(), plugin_.arguments.begin(), plugin_.arguments.end());
    wish.environment = plugin_.environment;
    wish.interactive = plugin_.interactive;
    json::Writer json;
    json.object([&] {
      json.field("kind", "ExecCredential");
      json.field("apiVersion", plugin_.api_version);
      json.object("spec", [&] {
        json.field("interactive", plugin_.interactive);
        if (plugin_.cluster_json.empty()) return;
        json.raw("cluster", plugin_.cluster_json);
      });
    });
    wish.environment.emplace_back("KUBERNETES_EXEC_INFO", json.take());
    wish.timeout = plugin_.timeout;
    wish.given_up = std::move(given_up);
    return wish;
  }

  const ExecPlugin plugin_;
  mutable std::mutex mutex_;
  std::optional<Given> given_;
  std::optional<Error> failure_;  // of the last run
  std::uint64_t ended_ = 0;       // runs
  bool running_ = false;
};

// One client's view of a plugin that several share.
class ExecPlugins::Source final : public CredentialSource {
 public:
  explicit Source(std::shared_ptr<Runs> runs) : runs_(std::move(runs)) {}

  asio::awaitable<Result<CredentialPtr>> get(net::GivenUp given_up) override {
    last_ = runs_->usable();
    if (last_) co_return last_;
    Result<CredentialPtr> got = co_await runs_->get(std::move(given_up));
    if (got) last_ = *got;
    co_return got;
  }

  bool refused() override {
    runs_->drop(last_);
    return true;
  }

 private:
  std::shared_ptr<Runs> runs_;
  CredentialPtr last_;
};

std::unique_ptr<CredentialSource> ExecPlugins::source(ExecPlugin plugin) {
  const std::lock_guard lock(mutex_);
  for (const auto& runs : known_) {
    if (runs->plugin() == plugin) return std::make_unique<Source>(runs);
  }
  known_.push_back(std::make_shared<Runs>(std::move(plugin)));
  return std::make_unique<Source>(known_.back());
}

}  // namespace hygiene::cluster
