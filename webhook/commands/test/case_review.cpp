#include "commands/test/case_review.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/base64.hpp"
#include "json/writer.hpp"
#include "secret/facts.hpp"

namespace hygiene::commands {
namespace {

using policy::FieldReader;
using policy::Path;
using yaml::Entry;
using yaml::Node;
using Name = std::string_view;

// What `fill` adds to a Secret. An API server takes no object of more than 3 MiB.
constexpr std::uint64_t kFillBytesMax = 3 * 1024 * 1024;
constexpr std::uint64_t kFillKeysMax = 100'000;

// A user whom only a policy that exempts everybody exempts.
constexpr std::string_view kUsername = "example-user";

constexpr std::array<Name, 8> kSecret{"apiVersion", "kind",       "metadata",  "type",
                                      "data",       "stringData", "immutable", "fill"};
constexpr std::array<Name, 15> kMetadata{"name",
                                         "namespace",
                                         "labels",
                                         "annotations",
                                         "generateName",
                                         "uid",
                                         "resourceVersion",
                                         "generation",
                                         "creationTimestamp",
                                         "deletionTimestamp",
                                         "deletionGracePeriodSeconds",
                                         "ownerReferences",
                                         "finalizers",
                                         "managedFields",
                                         "selfLink"};
constexpr std::array<Name, 3> kFill{"data", "annotations", "keys"};
constexpr std::array<Name, 2> kUserInfo{"username", "groups"};

// One Secret of a case. Writes it whole, whatever is wrong with it.
class SecretWriter {
 public:
  SecretWriter(json::Writer& json, FieldReader& reader) : json_(json), reader_(reader) {}

  void write(const Node& secret, const Path& path) {
    if (!reader_.mapping(secret, path, kSecret)) return json_.null();
    if (const Node* fill = secret.find("fill"); fill && reader_.mapping(*fill, path.field("fill"), kFill))
      fill_ = fill;
    json_.object([&] {
      constant(secret, path, "apiVersion", "v1");
      constant(secret, path, "kind", "Secret");
      json_.object("metadata", [&] { write_metadata(secret.find("metadata"), path); });
      const Node* type = secret.find("type");
      json_.field("type", type ? reader_.string(*type, path.field("type")).value_or("")
                               : std::string(secret::kTypeOpaque));
      json_.object("data", [&] { write_data(secret, path); });
    });
  }

 private:
  void constant(const Node& secret, const Path& path, std::string_view field, std::string_view value) {
    const Node* given = secret.find(field);
    if (given && given->text != value)
      reader_.error(given->where, path.field(field), "must be " + std::string(value));
    json_.field(field, value);
  }

  void write_metadata(const Node* metadata, const Path& secret_path) {
    const Path path = secret_path.field("metadata");
    if (metadata && !reader_.mapping(*metadata, path, kMetadata)) metadata = nullptr;
    if (!metadata || !metadata->find("namespace")) json_.field("namespace", "default");
    json_.object("annotations", [&] {
      if (metadata) texts(metadata->find("annotations"), path.field("annotations"));
      fill("annotations", secret_path, 'x');
    });
    if (!metadata) return;
    for (const Entry& entry : metadata->entries) {
      if (entry.key == "labels") {
        json_.object("labels", [&] { texts(&entry.value, path.field("labels")); });
      } else if (entry.key != "annotations" && entry.value.is_scalar()) {
        json_.field(entry.key, entry.value.text);
      }
    }
  }

  void write_data(const Node& secret, const Path& path) {
    const Node* plain = secret.find("stringData");
    each_text(plain, path.field("stringData"),
              [this](const Entry& entry) { json_.base64(entry.key, entry.value.text); });
    each_text(secret.find("data"), path.field("data"), [&](const Entry& entry) {
      if (!plain || !plain->find(entry.key)) json_.field(entry.key, entry.value.text);
    });
    fill("data", path, '\0');
    const Node* keys = fill_ ? fill_->find("keys") : nullptr;
    if (!keys) return;
    const Path keys_path = path.field("fill").field("keys");
    const std::uint64_t count = reader_.count(*keys, keys_path).value_or(0);
    if (count > kFillKeysMax)
      return reader_.error(keys->where, keys_path, "at most " + std::to_string(kFillKeysMax));
    for (std::uint64_t i = 0; i < count; ++i) json_.field("fill-" + std::to_string(i), "");
  }

  // Members of `byte`s, as many as `fill` says.
  void fill(std::string_view field, const Path& secret_path, char byte) {
    const Node* sizes = fill_ ? fill_->find(field) : nullptr;
    if (!sizes) return;
    const Path path = secret_path.field("fill").field(field);
    if (!reader_.free_mapping(*sizes, path, "names and sizes")) return;
    for (const Entry& entry : sizes->entries) {
      const std::uint64_t bytes = reader_.quantity(entry.value, path.field(entry.key)).value_or(0);
      if (bytes > kFillBytesMax - filled_)
        return reader_.error(entry.value.where, path.field(entry.key), "at most 3Mi in all");
      filled_ += bytes;
      const std::string value(bytes, byte);
      byte == '\0' ? json_.base64(entry.key, value) : json_.field(entry.key, value);
    }
  }

  void texts(const Node* mapping, const Path& path) {
    each_text(mapping, path, [this](const Entry& entry) { json_.field(entry.key, entry.value.text); });
  }

  // The sentence never holds the value: it may be a secret.
  template <class Take>
  void each_text(const Node* mapping, const Path& path, Take take) {
    if (!mapping || mapping->kind == Node::Kind::null) return;
    if (mapping->kind != Node::Kind::mapping)
      return reader_.error(mapping->where, path, "must be a mapping of names to texts");
    for (const Entry& entry : mapping->entries) {
      if (entry.value.kind == Node::Kind::string) {
        take(entry);
      } else {
        reader_.error(entry.value.where, path.field(entry.key), "must be text: write it in quotes");
      }
    }
  }

  json::Writer& json_;
  FieldReader& reader_;
  const Node* fill_ = nullptr;
  std::uint64_t filled_ = 0;
};

void write_user(json::Writer& json, const Node* user, const Path& path, FieldReader& reader) {
  if (user && !reader.mapping(*user, path, kUserInfo)) user = nullptr;
  const Node* name = user ? user->find("username") : nullptr;
  json.field("username",
             name ? reader.string(*name, path.field("username")).value_or("") : std::string(kUsername));
  const Node* groups = user ? user->find("groups") : nullptr;
  if (!groups || !reader.list(*groups, path.field("groups"), 1)) return;
  json.array("groups", [&] {
    for (std::size_t i = 0; i < groups->items.size(); ++i)
      json.value(reader.string(groups->items[i], path.field("groups").item(i)).value_or(""));
  });
}

// An UPDATE where there is an oldObject, else a CREATE. `operation` may say so too.
std::string_view operation_of(const Node& test_case, const Path& path, FieldReader& reader) {
  const std::string_view operation = test_case.find("oldObject") ? "UPDATE" : "CREATE";
  const Node* given = test_case.find("operation");
  if (given && given->text != operation) {
    const Path at = path.field("operation");
    if (given->text == "UPDATE") {
      reader.error(given->where, at, "an UPDATE needs oldObject, what is stored");
    } else if (given->text == "CREATE") {
      reader.error(given->where, at, "a CREATE has no oldObject");
    } else {
      reader.error(given->where, at, "must be CREATE or UPDATE: other writes are never judged");
    }
  }
  return operation;
}

}  // namespace

std::string review_of_case(const Node& test_case, const Path& path, FieldReader& reader) {
  json::Writer json;
  json.object([&] {
    json.type_meta("admission.k8s.io/v1", "AdmissionReview");
    json.object("request", [&] {
      json.field("uid", "test");
      json.object("kind", [&] {
        json.field("group", "");
        json.field("version", "v1");
        json.field("kind", "Secret");
      });
      json.field("operation", operation_of(test_case, path, reader));
      json.object("userInfo",
                  [&] { write_user(json, test_case.find("userInfo"), path.field("userInfo"), reader); });
      for (const char* field : {"object", "oldObject"}) {
        const Node* secret = test_case.find(field);
        if (!secret) continue;
        json.key(field);
        SecretWriter(json, reader).write(*secret, path.field(field));
      }
    });
  });
  return std::string(json.view());
}

}  // namespace hygiene::commands
