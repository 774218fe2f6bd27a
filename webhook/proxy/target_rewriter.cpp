#include "proxy/target_rewriter.hpp"

#include <algorithm>
#include <vector>

#include <boost/algorithm/string.hpp>

#include "base/ascii.hpp"
#include "proxy/query.hpp"

namespace hygiene::proxy {
namespace {

constexpr std::string_view kLabelKey = "labelSelector";
constexpr std::string_view kFieldKey = "fieldSelector";

enum class Collection { none, list_or_watch, watch };

// Of a decoded path. An API server chooses by the prefix /api/v1, then go-restful compares segment by
// segment, without the slashes at the end; an empty segment is a namespace like another, and means all of
// them.
Collection collection_at(std::string_view path) {
  constexpr std::string_view kPrefix = "/api/v1/";
  if (!path.starts_with(kPrefix)) return Collection::none;
  path.remove_prefix(kPrefix.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string_view> segments;
  boost::algorithm::split(segments, path, [](char c) { return c == '/'; });
  auto found = Collection::list_or_watch;
  if (segments.front() == "watch") {
    found = Collection::watch;
    segments.erase(segments.begin());
  }
  const bool all = segments.size() == 1 && segments[0] == "secrets";
  const bool one = segments.size() == 3 && segments[0] == "namespaces" && segments[2] == "secrets";
  return all || one ? found : Collection::none;
}

// The terms between the commas of a field selector; a backslash keeps the comma after it. At least one.
std::vector<std::string_view> field_terms(std::string_view selector) {
  std::vector<std::string_view> terms;
  std::size_t begin = 0;
  bool escaped = false;
  for (std::size_t at = 0; at < selector.size(); ++at) {
    if (escaped) {
      escaped = false;
    } else if (selector[at] == '\\') {
      escaped = true;
    } else if (selector[at] == ',') {
      terms.push_back(selector.substr(begin, at - begin));
      begin = at + 1;
    }
  }
  terms.push_back(selector.substr(begin));
  return terms;
}

// metadata.name=X and metadata.name==X. No name holds what a field selector escapes.
bool is_one_name(std::string_view term) {
  constexpr std::string_view kName = "metadata.name=";
  if (!term.starts_with(kName)) return false;
  term.remove_prefix(kName.size());
  if (term.starts_with('=')) term.remove_prefix(1);
  return !term.empty() && term.find_first_of("\\=") == std::string_view::npos;
}

// Only the absence of a value, `false` and `0` are false (apimachinery, Convert_Slice_string_To_bool).
bool is_true(const Parameter* parameter) {
  return parameter != nullptr && parameter->value != "0" && !boost::iequals(parameter->value, "false");
}

// As a label selector white space alone selects everything, but after a comma it is an error. As a field
// selector it is an error by itself.
bool selects_all(std::string_view key, std::string_view selector) {
  return key == kLabelKey ? selector.find_first_not_of(" \t\r\n") == std::string_view::npos
                          : selector.empty();
}

void add_selector(std::string& query, std::string_view key, const std::string& ours,
                  const Parameter* theirs) {
  const bool given = theirs != nullptr && !selects_all(key, theirs->value);
  if (ours.empty() && !given) return;
  query += query.empty() ? "" : "&";
  query += key;
  query += '=';
  query += ours;
  if (!given) return;
  if (!ours.empty()) query += "%2C";
  query += theirs->raw_value;
}

}  // namespace

TargetRewriter::TargetRewriter(const Selectors& selectors)
    : label_(base::percent_encode(selectors.label)), field_(base::percent_encode(selectors.field)) {}

Target TargetRewriter::rewrite(std::string_view method, std::string_view target) const {
  Target made;
  if (method != "GET" || (label_.empty() && field_.empty())) return made;
  const std::size_t question = std::min(target.find('?'), target.size());
  const auto path = unescape_path(target.substr(0, question));
  const Collection collection = path ? collection_at(*path) : Collection::none;
  if (collection == Collection::none) return made;

  const std::string_view query = target.substr(std::min(question + 1, target.size()));
  if (static_cast<std::size_t>(std::count(query.begin(), query.end(), '&')) >= kParametersMax) {
    made.passage = Passage::refused;
    return made;
  }
  const auto parameters = parameters_of(query);
  const Parameter* field = first_of(parameters, kFieldKey);
  if (field != nullptr) {
    const auto terms = field_terms(field->value);
    if (std::any_of(terms.begin(), terms.end(), is_one_name)) return made;
  }
  std::string rewritten;
  add_selector(rewritten, kLabelKey, label_, first_of(parameters, kLabelKey));
  add_selector(rewritten, kFieldKey, field_, field);
  for (const Parameter& parameter : parameters) {
    if (parameter.read && (parameter.key == kLabelKey || parameter.key == kFieldKey)) continue;
    rewritten += '&';
    rewritten += parameter.raw;
  }
  made.passage = Passage::rewritten;
  made.text = std::string(target.substr(0, question)) + '?' + rewritten;
  made.watch = collection == Collection::watch || is_true(first_of(parameters, "watch"));
  return made;
}

}  // namespace hygiene::proxy
