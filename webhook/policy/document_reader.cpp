#include "policy/document_reader.hpp"

#include <utility>

#include "policy/document_checks.hpp"
#include "policy/exception.hpp"
#include "policy/label_reader.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::policy {
namespace {

constexpr std::size_t kLabelsMax =
    32;  // ours must leave room for the user's; Kubernetes itself sets no bound
// More are no exceptions; each is a series of a metric.
constexpr std::size_t kExceptionsMax = 64;
constexpr std::size_t kReasonBytesMax = 256;

class DocumentReader {
 public:
  explicit DocumentReader(FieldReader& reader) : reader_(reader) {}

  std::optional<Policy> read(const yaml::Node& document) {
    const Path root;
    if (!reader_.mapping(document, root, "")) return std::nullopt;
    reader_.expect(document, "apiVersion", kApiVersion);
    reader_.expect(document, "kind", kKind);
    const bool named = read_metadata(document);
    if (const auto* spec = document.find("spec")) {
      read_spec(*spec, root.field("spec"));
    } else {
      reader_.error(document.where, root.field("spec"), "required: it says what the policy does");
    }
    if (!named) return std::nullopt;
    return std::move(policy_);
  }

 private:
  bool read_metadata(const yaml::Node& document) {
    const Path path = Path().field("metadata");
    const auto* metadata = document.find("metadata");
    if (metadata == nullptr) {
      reader_.error(document.where, path, "required: it names the policy");
      return false;
    }
    if (!reader_.mapping(*metadata, path, "metadata")) return false;
    const auto* name = metadata->find("name");
    if (name == nullptr) {
      reader_.error(metadata->where, path.field("name"), "required: it appears in messages and metrics");
      return false;
    }
    const auto text = reader_.string(*name, path.field("name"));
    if (!text) return false;
    if (!secret::is_dns_subdomain(*text) || text->size() > kPolicyNameBytesMax) {
      reader_.error(
          name->where, path.field("name"),
          in_quotes(*text) +
              ": must be lower-case letters, digits, - and ., a letter or digit at both ends, at most 63");
      return false;
    }
    policy_.name = *text;
    return true;
  }

  void read_spec(const yaml::Node& spec, const Path& path) {
    if (!reader_.mapping(spec, path, "spec")) return;
    const auto with = [&](std::string_view field, auto&& read) {
      if (const auto* node = spec.find(field)) read(*node, path.field(field));
    };
    with("description", [this](const yaml::Node& node, const Path& at) {
      policy_.description = reader_.prose(node, at, kDescriptionBytesMax).value_or("");
    });
    with("message", [this](const yaml::Node& node, const Path& at) {
      policy_.message = reader_.prose(node, at, kMessageBytesMax).value_or("");
    });
    with("mode", [this](const yaml::Node& node, const Path& at) { read_mode(node, at); });
    with("enforceOn", [this](const yaml::Node& node, const Path& at) { read_enforce_on(node, at); });
    with("match", [this](const yaml::Node& node, const Path& at) {
      read_selector(node, at, "spec.match", policy_.match);
    });
    with("exclude", [this](const yaml::Node& node, const Path& at) {
      read_selector(node, at, "spec.exclude", policy_.exclude);
    });
    with("labels", [this](const yaml::Node& node, const Path& at) { read_labels(node, at); });
    with("exemptRequests", [this](const yaml::Node& node, const Path& at) { read_exempt(node, at); });
    with("exceptions", [this](const yaml::Node& node, const Path& at) { read_exceptions(node, at); });
    with("limits", [this](const yaml::Node& node, const Path& at) { read_limits(node, at); });
    with("allowGrowth", [this](const yaml::Node& node, const Path& at) {
      policy_.allow_growth = reader_.quantity(node, at).value_or(0);
    });
    with("warnAt",
         [this](const yaml::Node& node, const Path& at) { policy_.warn_at = reader_.percent(node, at); });
    check_rules(policy_, spec, reader_);
  }

  void read_mode(const yaml::Node& node, const Path& path) {
    const auto text = reader_.string(node, path);
    if (!text) return;
    for (const Mode mode : {Mode::enforce, Mode::warn, Mode::audit}) {
      if (*text == to_string(mode)) {
        policy_.mode = mode;
        return;
      }
    }
    reader_.error(node.where, path, in_quotes(*text) + ": must be Enforce, Warn or Audit, in this spelling");
  }

  void read_enforce_on(const yaml::Node& node, const Path& path) {
    if (!reader_.list(node, path, 1)) return;
    policy_.enforce_on_create = false;
    policy_.enforce_on_update = false;
    for (std::size_t index = 0; index < node.items.size(); ++index) {
      const auto& item = node.items[index];
      const auto text = reader_.string(item, path.item(index));
      if (!text) continue;
      bool* listed = nullptr;
      if (*text == to_string(Operation::create)) listed = &policy_.enforce_on_create;
      if (*text == to_string(Operation::update)) listed = &policy_.enforce_on_update;
      if (listed == nullptr) {
        reader_.error(item.where, path.item(index),
                      in_quotes(*text) + ": must be CREATE or UPDATE, in this spelling");
      } else if (std::exchange(*listed, true)) {
        reader_.error(item.where, path.item(index), in_quotes(*text) + ": is listed twice");
      }
    }
  }

  void read_selector(const yaml::Node& node, const Path& path, std::string_view table, Selector& selector) {
    if (!reader_.mapping(node, path, table)) return;
    if (node.entries.empty()) {
      reader_.error(node.where, path,
                    "empty: leave it out, or give at least one of " + join(fields_of(table)));
      return;
    }
    const auto read_globs = [&](std::string_view field, PatternOf of, std::vector<base::Glob>& target) {
      if (const auto* found = node.find(field)) target = reader_.globs(*found, path.field(field), of, 1);
    };
    read_globs("types", PatternOf::types, selector.types);
    read_globs("names", PatternOf::names, selector.names);
    read_globs("namespaces", PatternOf::namespaces, selector.namespaces);
    if (const auto* labels = node.find("labelSelector")) {
      selector.labels = LabelReader(reader_).selector(*labels, path.field("labelSelector"),
                                                      LabelReader::WhenEmpty::refused);
    }
    if (const auto* labels = node.find("namespaceSelector")) {
      selector.namespace_labels = LabelReader(reader_).selector(*labels, path.field("namespaceSelector"),
                                                                LabelReader::WhenEmpty::takes_all);
    }
    if (const auto* size = node.find("sizeOver")) {
      selector.size_over = reader_.quantity(*size, path.field("sizeOver"));
    }
    if (const auto* size = node.find("sizeUpTo")) {
      selector.size_up_to = reader_.quantity(*size, path.field("sizeUpTo"));
    }
  }

  void read_labels(const yaml::Node& node, const Path& path) {
    policy_.labels = LabelReader(reader_).pairs(node, path);
    for (const auto& entry : node.entries) {
      if (!is_reserved_label(entry.key)) continue;
      reader_.error(entry.where, path.field(entry.key),
                    "Helm or Kubernetes owns this label; choose a key with another prefix, e.g. "
                    "secret-hygiene.io/ignore");
    }
    if (node.entries.size() > kLabelsMax) {
      reader_.error(node.where, path, "too many labels: at most 32 in one policy");
    }
  }

  void read_exempt(const yaml::Node& node, const Path& path) {
    if (!reader_.mapping(node, path, "spec.exemptRequests")) return;
    if (const auto* users = node.find("users"))
      policy_.exempt.users = reader_.globs(*users, path.field("users"), PatternOf::users, 0);
    if (const auto* groups = node.find("groups")) {
      policy_.exempt.groups = reader_.globs(*groups, path.field("groups"), PatternOf::groups, 0);
    }
  }

  void read_exceptions(const yaml::Node& node, const Path& path) {
    if (!reader_.list(node, path, 1)) return;
    for (std::size_t i = 0; i < node.items.size(); ++i) read_exception(node.items[i], path.item(i));
    if (node.items.size() > kExceptionsMax)
      reader_.error(node.where, path, "too many: at most 64 in one policy");
  }

  void read_exception(const yaml::Node& node, const Path& path) {
    if (!reader_.mapping(node, path, "spec.exceptions[]")) return;
    Exception& exception = policy_.exceptions.emplace_back();
    const auto required = [&](std::string_view field, std::string_view why, auto&& read) {
      if (const auto* found = node.find(field)) return read(*found, path.field(field));
      reader_.error(node.where, path.field(field), "required: " + std::string(why));
    };
    required("names", "patterns of the Secrets", [&](const yaml::Node& names, const Path& at) {
      exception.secrets.names = reader_.globs(names, at, PatternOf::names, 1);
    });
    required("namespaces", "patterns of their namespaces", [&](const yaml::Node& names, const Path& at) {
      exception.secrets.namespaces = reader_.globs(names, at, PatternOf::namespaces, 1);
    });
    required("until", "a day or a time", [&](const yaml::Node& until, const Path& at) {
      const auto text = reader_.string(until, at);
      if (!text) return;
      const auto parsed = parse_until(*text);
      if (!parsed) return reader_.error(until.where, at, in_quotes(*text) + ": " + parsed.error().message());
      exception.until = *parsed;
    });
    required("reason", "it is part of a denial once the exception has ended",
             [&](const yaml::Node& reason, const Path& at) {
               const auto text = reader_.prose(reason, at, kReasonBytesMax);
               if (text && text->empty()) reader_.error(reason.where, at, "empty: say why it is granted");
               exception.reason = text.value_or("");
             });
  }

  void read_limits(const yaml::Node& node, const Path& path) {
    if (!reader_.mapping(node, path, "spec.limits")) return;
    if (node.entries.empty()) {
      reader_.error(node.where, path, "empty: give at least one of " + join(fields_of("spec.limits")));
    }
    for (const auto& rule : limit_rules()) {
      const auto* found = node.find(rule.name);
      if (found == nullptr) continue;
      const Path at = path.field(rule.name);
      const auto value = rule.unit == Unit::bytes ? reader_.quantity(*found, at) : reader_.count(*found, at);
      if (!value) continue;
      if (*value < rule.minimum) {
        reader_.error(found->where, at, "must be at least " + std::to_string(rule.minimum));
        continue;
      }
      policy_.limits[static_cast<std::size_t>(rule.kind)] = *value;
    }
  }

  FieldReader& reader_;
  Policy policy_;
};

}  // namespace

std::optional<Policy> read_document(const yaml::Node& document, FieldReader& reader) {
  return DocumentReader(reader).read(document);
}

}  // namespace hygiene::policy
