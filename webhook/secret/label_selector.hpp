// Kubernetes' LabelSelector: matchLabels and matchExpressions with In, NotIn, Exists and DoesNotExist; all
// must hold. Source: metav1.LabelSelectorAsSelector. NotIn and DoesNotExist hold where the key is absent.
// Thread-safety: immutable once built.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "secret/facts.hpp"

namespace hygiene::secret {

enum class LabelOperator { in, not_in, exists, does_not_exist };
std::string_view to_string(LabelOperator op);  // In, NotIn, Exists, DoesNotExist: as in a document

struct LabelRequirement {
  std::string key;
  LabelOperator op = LabelOperator::exists;
  std::vector<std::string> values;  // of in and not_in

  bool matches(const Labels& labels) const;
};

struct LabelSelector {
  std::vector<LabelRequirement> requirements;  // matchLabels become `in` with one value

  bool matches(const Labels& labels) const;
};

// True if `key` is a legal label key: [DNS subdomain of at most 253 "/"] name of at most 63.
bool is_label_key(std::string_view key);
// True if `text` is a DNS subdomain (RFC 1123) of at most 253: lower-case parts, joined by dots.
bool is_dns_subdomain(std::string_view text);
// True if `value` is a legal label value: at most 63 of [A-Za-z0-9._-], alphanumeric at both ends, or empty.
bool is_label_value(std::string_view value);

}  // namespace hygiene::secret
