// Finds the Secrets in Kubernetes documents of any kind: a Secret, a List, a SecretList, an AdmissionReview,
// or something else, which only the end of the document may tell (kubectl sorts keys: `kind` stands after
// `items`). Keeps what is known of one Secret at a time. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/review.hpp"
#include "admission/review_events.hpp"
#include "base/error.hpp"
#include "commands/check/placeholders.hpp"
#include "json/forwarding_events.hpp"
#include "json/selective_events.hpp"
#include "secret/reader.hpp"

namespace hygiene::commands {

// Why a Secret cannot be judged as it is written, though nothing is wrong with it.
enum class Unfinished : std::uint8_t {
  encrypted,    // by SOPS: the object has a member `sops`
  placeholder,  // of Argo CD's Vault plugin: <path:secret/data/db#password>
};

// What is told of each document, in the order of the input.
class ManifestHandler {
 public:
  virtual ~ManifestHandler() = default;
  // A core/v1 Secret as written: type and namespace may be empty. `where` it begins.
  virtual void secret(const secret::Facts& facts, const base::Position& where) = 0;
  virtual void review(const admission::Review& review, const base::Position& where) = 0;
  // A Secret whose values are not in it.
  virtual void unfinished(Unfinished why, const base::Position& where) = 0;
  // A core/v1 Namespace: its name and labels.
  virtual void name_space(const secret::Facts& facts) = 0;
  // An object of another kind.
  virtual void other() = 0;
  // YAML or JSON that is no Kubernetes object, such as a chart's values.
  virtual void no_object(const Error& error) = 0;
  // Something that cannot be judged.
  virtual void fault(const Error& error) = 0;
};

class ManifestEvents final : public json::SelectiveEvents {
 public:
  // A List may hold Lists; in more of them nobody keeps Secrets.
  static constexpr std::size_t kLevelsMax = 3;

  // `handler` must outlive this.
  explicit ManifestEvents(ManifestHandler& handler) : handler_(handler) {}

  // Ready for another document. `where` is read whenever a token comes, and must live as long.
  void begin_document(const base::Position& where);
  // Part of the object that is being read cannot be read: a fault if it is a Secret or a review, else of no
  // matter.
  void unread(const Error& error);
  // True if the document is a value that is no object, which refuses it.
  bool is_no_object() const { return no_object_; }

 private:
  void on_begin_object() override;
  void on_end_object() override;
  void on_begin_array() override;
  void on_end_array() override { level().in_items = false; }
  void on_key(std::string_view name) override;
  void on_string(std::string_view part, bool last) override;
  void on_number() override;
  void on_boolean(bool value) override;
  void on_null() override;

  enum class Field : std::uint8_t { other, kind, api_version, items, sops };

  // An object that may be a Secret or a list.
  struct Level {
    base::Position where;
    std::string kind;
    std::string api_version;
    Field field = Field::other;  // whose value comes next
    bool has_items = false;      // it is a list, or else no Secret
    bool in_items = false;
    bool encrypted = false;         // it has an object `sops`
    std::optional<Error> misspelt;  // a field of a Secret in wrong case
    std::uint64_t nameless = 0;     // items that do not say what they are
    base::Position first_nameless;
    std::optional<Error> unread;
  };

  // A reader that may make something of the object at hand. What it refuses matters only if the object turns
  // out to be of its kind: a ConfigMap's data is no base64.
  struct Candidate {
    json::Events& reader;
    bool reading = false;
    std::optional<Error> refused;

    void begin();
    void refuse(Errc code, const std::string& message, const base::Position& where);
  };
  class Candidates final : public json::ForwardingEvents<Candidates> {
   public:
    Candidates(Candidate& secret, Candidate& review, Placeholders& placeholders,
               const base::Position* const& where)
        : secret_(secret), review_(review), placeholders_(placeholders), where_(where) {}

   private:
    friend class json::ForwardingEvents<Candidates>;
    template <class Token>
    void forward(Token token) {
      token(placeholders_);
      for (Candidate* each : {&secret_, &review_}) {
        if (!each->reading) continue;
        token(each->reader);
        if (!each->reader.refused()) continue;
        each->refuse(each->reader.refusal().code(), each->reader.refusal().message(), *where_);
      }
    }

    Candidate& secret_;
    Candidate& review_;
    Placeholders& placeholders_;
    const base::Position* const& where_;
  };

  Level& level() { return levels_.back(); }
  bool at_item() const { return !levels_.empty() && levels_.back().in_items; }
  void open_level();
  void close_level();
  void close_list(const Level& list);
  void close_secret(const Level& object);
  void close_namespace(const Level& object);
  void hand_out_secret(const Level& object);
  void close_review(const Level& object);
  void close_nameless(const Level& object);
  // A value that is no object is a nameless item of a list; as a document it is refused.
  void note_non_object();

  ManifestHandler& handler_;
  const base::Position* where_ = nullptr;
  std::vector<Level> levels_;
  secret::Facts facts_;
  secret::Reader secret_{facts_, {.fold_string_data = true}};
  admission::ReviewEvents review_;
  Candidate as_secret_{secret_, false, {}};  // of the innermost level
  Candidate as_review_{review_, false, {}};  // of the document
  Placeholders placeholders_;                // of the innermost level
  Candidates candidates_{as_secret_, as_review_, placeholders_, where_};
  bool no_object_ = false;
};

}  // namespace hygiene::commands
