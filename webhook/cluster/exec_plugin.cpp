#include "cluster/exec_plugin.hpp"

#include <ctime>
#include <optional>

#include <rapidjson/document.h>
#include <string.h>
#include <time.h>

#include "base/child_process.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace hygiene::cluster {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using SystemClock = std::chrono::system_clock;

// A request takes a while, and clocks differ.
constexpr std::chrono::seconds kBeforeEnd{30};

// RFC 3339, as Go reads it: a fraction of a second is passed over, an offset from UTC is not.
std::optional<SystemClock::time_point> parse_time(const std::string& text) {
  tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr) return std::nullopt;
  const auto local = SystemClock::from_time_t(timegm(&parts));
  if (*end == '.') end += 1 + strspn(end + 1, "0123456789");
  if (strcmp(end, "Z") == 0) return local;
  tm offset{};
  const char* rest = *end == '+' || *end == '-' ? strptime(end + 1, "%H:%M", &offset) : nullptr;
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  const std::chrono::minutes ahead(60 * offset.tm_hour + offset.tm_min);
  return *end == '+' ? local - ahead : local + ahead;
}

class ExecCredentials final : public CredentialSource {
 public:
  explicit ExecCredentials(ExecPlugin plugin) : plugin_(std::move(plugin)) {}

  Result<CredentialPtr> get() override {
    if (held_ && (!ends_ || SystemClock::now() < *ends_ - kBeforeEnd)) return held_;
    auto output = base::run_child(wish());
    if (!output) {
      std::string sentence = "the credential plugin " + plugin_.command + ": " + output.error().message();
      const bool absent = output.error().code() == Errc::missing;
      if (absent && !plugin_.install_hint.empty()) sentence += ". " + plugin_.install_hint;
      return Error(output.error().code(), std::move(sentence));
    }
    return take(*output);
  }

  bool refused() override {
    held_.reset();
    return true;
  }

 private:
  base::ChildWish wish() const {
    base::ChildWish wish;
    wish.command.push_back(plugin_.command);
    wish.command.insert(wish.command.end(), plugin_.arguments.begin(), plugin_.arguments.end());
    wish.environment = plugin_.environment;
    json::Writer json;
    json.object([&] {
      json.field("kind", "ExecCredential");
      json.field("apiVersion", plugin_.api_version);
      json.object("spec", [&] {
        json.field("interactive", false);
        if (plugin_.cluster_json.empty()) return;
        json.raw("cluster", plugin_.cluster_json);
      });
    });
    wish.environment.emplace_back("KUBERNETES_EXEC_INFO", json.take());
    wish.timeout = plugin_.timeout;
    return wish;
  }

  Result<CredentialPtr> take(base::WipingText& output) {
    rapidjson::Document document;
    const auto parsed = json::parse_document_in_place(document, output);
    const auto refuse = [this](const char* what) {
      return Error(Errc::syntax, "the credential plugin " + plugin_.command + ": " + what);
    };
    if (!parsed || json::text_at(document, {"kind"}) != "ExecCredential") {
      return refuse("it did not write an ExecCredential");
    }
    if (json::text_at(document, {"apiVersion"}) != plugin_.api_version) {
      return refuse("it answered with another apiVersion than the kubeconfig names");
    }
    const rapidjson::Value* status = json::object_at(document, {"status"});
    if (status == nullptr) return refuse("its answer has no status");
    auto next = std::make_shared<Credential>();
    next->token = json::text_at(*status, {"token"});
    next->certificate_pem = json::text_at(*status, {"clientCertificateData"});
    next->key_pem = json::text_at(*status, {"clientKeyData"});
    if (next->token.empty() && next->certificate_pem.empty()) {
      return refuse("its answer has neither a token nor a client certificate");
    }
    const std::string ends(json::text_at(*status, {"expirationTimestamp"}));
    ends_ = parse_time(ends);
    if (!ends.empty() && !ends_) return refuse("its expirationTimestamp is not a time");
    held_ = std::move(next);
    return held_;
  }

  ExecPlugin plugin_;
  CredentialPtr held_;
  std::optional<SystemClock::time_point> ends_;  // nothing: it did not say
};

}  // namespace

std::unique_ptr<CredentialSource> make_exec_credentials(ExecPlugin plugin) {
  return std::make_unique<ExecCredentials>(std::move(plugin));
}

}  // namespace hygiene::cluster
