// The selectors of the known controllers, so that an audit can say what each would keep of the Secrets that
// are stored. Thread-safety: immutable.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "housekeeping/stored/known_controllers.hpp"
#include "secret/facts.hpp"
#include "secret/label_selector.hpp"

namespace hygiene::housekeeping {

struct ControllerSelector {
  std::string controllers;     // as the page names them, joined by ", "
  std::string label_selector;  // empty: none
  std::string field_selector;  // empty: none; only `type` is known here
  FilteredAt at = FilteredAt::api_server;
  bool metadata_of_others = false;  // of what it does not take it caches the metadata
};

// Of the known controllers, without those that cache no data of Secrets: there their sizes make no
// difference. One for each way to select, with all controllers that select so. First those that leave out
// what is marked or of a type, then those that take only what is marked.
std::span<const ControllerSelector> controller_selectors();

// A selector as the API server reads it. Thread-safety: immutable.
class StoredSelector {
 public:
  // Labels: KEY, !KEY, KEY=VALUE and KEY!=VALUE, fields: type=VALUE and type!=VALUE, joined by commas.
  // Errors: invalid (anything else).
  static Result<StoredSelector> parse(std::string_view labels, std::string_view fields);

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
