#include "proxy/query.hpp"

#include <algorithm>
#include <iterator>

#include <boost/algorithm/string.hpp>

#include "base/ascii.hpp"

namespace hygiene::proxy {
namespace {

std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      const int high = at + 2 < text.size() ? base::hex_value(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? base::hex_value(text[at + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      plain += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      plain += plus_is_space && text[at] == '+' ? ' ' : text[at];
    }
  }
  return plain;
}

Parameter parameter_of(std::string_view raw) {
  Parameter parameter;
  parameter.raw = raw;
  if (raw.empty() || raw.find(';') != std::string_view::npos) return parameter;
  const std::size_t equals = std::min(raw.find('='), raw.size());
  parameter.raw_value = raw.substr(std::min(equals + 1, raw.size()));
  auto key = unescape_query(raw.substr(0, equals));
  auto value = unescape_query(parameter.raw_value);
  if (!key || !value) return parameter;
  parameter.read = true;
  parameter.key = std::move(*key);
  parameter.value = std::move(*value);
  return parameter;
}

}  // namespace

std::optional<std::string> unescape_path(std::string_view text) {
  return unescape(text, false);
}

std::optional<std::string> unescape_query(std::string_view text) {
  return unescape(text, true);
}

std::vector<Parameter> parameters_of(std::string_view query) {
  std::vector<Parameter> parameters;
  if (query.empty()) return parameters;
  std::vector<std::string_view> parts;
  boost::algorithm::split(parts, query, [](char c) { return c == '&'; });
  std::ranges::transform(parts, std::back_inserter(parameters), parameter_of);
  return parameters;
}

const Parameter* first_of(const std::vector<Parameter>& parameters, std::string_view key) {
  const auto found =
      std::ranges::find_if(parameters, [key](const Parameter& p) { return p.read && p.key == key; });
  return found == parameters.end() ? nullptr : &*found;
}

}  // namespace hygiene::proxy
