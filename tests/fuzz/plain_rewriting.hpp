// What the proxy must do with a target, said a second time, plainly and slowly: what an API server makes of
// the query before and after. For the fuzz target.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace hygiene::test {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline std::optional<std::string> decoded(const std::string& text, bool query) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && query) {
      plain.push_back(' ');
    } else if (text[at] != '%') {
      plain.push_back(text[at]);
    } else {
      const std::string digits = text.substr(at + 1, 2);
      if (digits.size() != 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
        return std::nullopt;
      }
      plain.push_back(static_cast<char>(std::stoi(digits, nullptr, 16)));
      at += 2;
    }
  }
  return plain;
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

struct PlainTarget {
  bool collection = false;
  Pairs pairs;  // what Go's url.ParseQuery keeps
  std::size_t parameters = 0;

  std::optional<std::string> first(const std::string& key) const {
    for (const auto& [name, value] : pairs) {
      if (name == key) return value;
    }
    return std::nullopt;
  }

  // All but the selectors.
  Pairs others() const {
    Pairs kept;
    for (const auto& pair : pairs) {
      if (pair.first != "labelSelector" && pair.first != "fieldSelector") kept.push_back(pair);
    }
    return kept;
  }

  bool asks_for_one_name() const {
    // A term begins at the start or after a comma that no backslash keeps.
    static const std::regex term(R"((^|,)metadata\.name==?[^,\\=]+(,|$))");
    std::string selector;
    const std::string given = first("fieldSelector").value_or("");
    for (std::size_t at = 0; at < given.size(); ++at) {
      if (given[at] == '\\') {
        selector += '\\';
        ++at;
        if (at < given.size()) selector += '\\';
      } else {
        selector += given[at] == '\n' || given[at] == '\r' ? '.' : given[at];
      }
    }
    return std::regex_search(selector, term);
  }
};

inline PlainTarget read_plainly(const std::string& target) {
  PlainTarget plain;
  const std::size_t question = target.find('?');
  const auto path = decoded(target.substr(0, question), false);
  static const std::regex collection(R"(/api/v1/(watch/)?(namespaces/[^/]*/)?secrets/*)");
  plain.collection = path && std::regex_match(*path, collection);
  if (question == std::string::npos) return plain;
  for (const std::string& part : split(target.substr(question + 1), '&')) {
    ++plain.parameters;
    if (part.empty() || part.find(';') != std::string::npos) continue;
    const std::size_t equals = part.find('=');
    const auto key = decoded(part.substr(0, equals), true);
    const auto value = equals == std::string::npos ? "" : decoded(part.substr(equals + 1), true);
    if (key && value) plain.pairs.emplace_back(*key, *value);
  }
  return plain;
}

}  // namespace hygiene::test
