// The selectors that docs/controllers.md gives, so that an audit can say what each would keep of the Secrets
// that are stored. A test compares this table and that page. Thread-safety: immutable.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "secret/facts.hpp"
#include "secret/label_selector.hpp"

namespace hygiene::housekeeping {

// Where a controller leaves out what its selector does not take.
enum class FilteredAt {
  api_server,  // it is neither sent nor cached
  cache,       // it is sent and cached, then passed over: no memory is saved
};

struct ControllerSelector {
  std::string_view controllers;     // as the page names them, joined by ", "
  std::string_view label_selector;  // empty: none
  std::string_view field_selector;  // empty: none; only `type` is known here
  FilteredAt at = FilteredAt::api_server;
  bool metadata_of_others = false;  // of what it does not take it caches the metadata
};

// By sense: those that leave out what is marked, then those that take only what is marked.
std::span<const ControllerSelector> controller_selectors();

// A selector as the API server reads it. Thread-safety: immutable.
class StoredSelector {
 public:
  // Labels: KEY, !KEY, KEY=VALUE and KEY!=VALUE, fields: type=VALUE and type!=VALUE, joined by commas.
  // Errors: invalid (anything else).
  static base::Result<StoredSelector> parse(std::string_view labels, std::string_view fields);

  bool takes(const std::string& type, const secret::Labels& labels) const;

 private:
  struct TypeRequirement {
    std::string type;
    bool equal = true;
  };
  secret::LabelSelector labels_;
  std::vector<TypeRequirement> types_;
};

}  // namespace hygiene::housekeeping
