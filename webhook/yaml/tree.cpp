#include "yaml/tree.hpp"

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/utf8.hpp"
#include "yaml/scalar.hpp"

namespace hygiene::yaml {
namespace {

using base::Errc;
using base::Error;
using base::Position;

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

Position position_of(const YAML::Mark& mark) {
  // yaml-cpp counts from 0, and says -1 where it does not know.
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.pos), static_cast<std::size_t>(mark.line) + 1,
          static_cast<std::size_t>(mark.column) + 1};
}

// Ends the reading of a file from within yaml-cpp's callbacks.
struct Refused {
  Error error;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(File& file) : file_(file) {}

  void OnDocumentStart(const YAML::Mark& mark) override { count_node(mark); }
  void OnDocumentEnd() override {
    if (root_.kind != Node::Kind::null) file_.documents.push_back(std::move(root_));
    root_ = {};
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node& node = add(mark, Node::Kind::null);
    // yaml-cpp gives the place of whatever follows; the key is what a person looks for.
    if (!open_.empty() && open_.back().node->kind == Node::Kind::mapping) {
      node.where = open_.back().node->entries.back().where;
    }
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{
        Error(Errc::unsupported, "aliases (*name) are not allowed: write the value out", position_of(mark))};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    const bool null = tag == "tag:yaml.org,2002:null";
    check_tag(mark, tag, {"str", "int", "float", "bool", "null"});
    if (open_.empty() || open_.back().node->kind != Node::Kind::mapping || open_.back().value != nullptr) {
      Node& node = add(mark, null ? Node::Kind::null : Node::Kind::scalar);
      node.text = value;
      node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    } else {
      add_key(mark, value);
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    check_tag(mark, tag, {"seq"});
    open(mark, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    check_tag(mark, tag, {"map"});
    open(mark, Node::Kind::mapping);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  // A container being read. Pointers stay good: while it is open nothing is added beside it.
  struct Open {
    Node* node;
    Node* value;  // of a mapping: where the value of the last key goes; null where a key is due
    std::unordered_map<std::string, std::size_t> lines;  // of a mapping's keys
  };

  void note(Error error) {
    if (file_.errors.size() < kErrorsMax) file_.errors.push_back(std::move(error));
  }

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor) return;
    throw Refused{Error(Errc::unsupported,
                        "anchors (&name) are not allowed: write the value out where it is used",
                        position_of(mark))};
  }

  void check_tag(const YAML::Mark& mark, std::string_view tag,
                 std::initializer_list<std::string_view> allowed) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (tag.starts_with(kCoreTags) &&
        std::ranges::find(allowed, tag.substr(kCoreTags.size())) != allowed.end()) {
      return;
    }
    note(Error(Errc::unsupported, "this tag is not allowed: leave it out", position_of(mark)));
  }

  void count_node(const YAML::Mark& mark) {
    if (++nodes_ > kNodesMax) {
      throw Refused{Error(Errc::limit, "too many values: at most 100000 in one file", position_of(mark))};
    }
  }

  Node& add(const YAML::Mark& mark, Node::Kind kind) {
    count_node(mark);
    Node* node = &root_;
    if (!open_.empty() && open_.back().node->kind == Node::Kind::sequence) {
      node = &open_.back().node->items.emplace_back();
    } else if (!open_.empty()) {
      node = std::exchange(open_.back().value, nullptr);
      if (node == nullptr) {
        throw Refused{Error(Errc::syntax, "a key must be text", position_of(mark))};
      }
    }
    node->kind = kind;
    node->where = position_of(mark);
    return *node;
  }

  void add_key(const YAML::Mark& mark, const std::string& key) {
    count_node(mark);
    Open& mapping = open_.back();
    const Position where = position_of(mark);
    const auto [earlier, is_new] = mapping.lines.try_emplace(key, where.line);
    if (!is_new) {
      note(Error(Errc::duplicate, "this key is given twice; first on line " + std::to_string(earlier->second),
                 where));
    }
    mapping.node->entries.push_back({key, where, {}});
    mapping.value = &mapping.node->entries.back().value;
  }

  void open(const YAML::Mark& mark, Node::Kind kind) {
    if (open_.size() >= kDepthMax) {
      throw Refused{Error(Errc::limit, "nested too deeply: at most 32 levels", position_of(mark))};
    }
    open_.push_back({&add(mark, kind), nullptr, {}});
  }

  File& file_;
  Node root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

// A byte that YAML does not allow, or that yaml-cpp would take for another encoding or for the end of the
// file.
std::optional<Error> find_bad_byte(std::string_view text) {
  std::size_t offset = 0;
  for (std::size_t number = 1; offset < text.size(); ++number) {
    const auto line = text.substr(offset, text.find('\n', offset) - offset);
    if (!base::is_utf8(line)) return Error(Errc::encoding, "not UTF-8", Position{offset, number, 1});
    const auto bad = std::ranges::find_if(line, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return (byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f;
    });
    if (bad != line.end()) {
      const auto column = static_cast<std::size_t>(bad - line.begin()) + 1;
      return Error(Errc::encoding, "a control character, which YAML does not allow",
                   Position{offset + column - 1, number, column});
    }
    offset += line.size() + 1;
  }
  return std::nullopt;
}

}  // namespace

const Entry* Node::find_entry(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &*found;
}

const Node* Node::find(std::string_view key) const {
  const auto* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

File parse(std::string_view text) {
  File file;
  if (auto bad = find_bad_byte(text)) {
    file.errors.push_back(std::move(*bad));
    return file;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(file);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    file.errors.push_back(refused.error);
  } catch (const YAML::Exception& exception) {
    file.errors.emplace_back(Errc::syntax, "not YAML: " + exception.msg, position_of(exception.mark));
  } catch (const std::exception&) {
    file.errors.emplace_back(Errc::syntax, "not YAML that can be read");
  }
  return file;
}

ScalarType scalar_type(const Node& scalar) {
  if (scalar.quoted) return ScalarType::string;
  switch (classify_plain(scalar.text)) {
    case PlainKind::number:
      return ScalarType::number;
    case PlainKind::true_value:
    case PlainKind::false_value:
      return ScalarType::boolean;
    case PlainKind::string:
    case PlainKind::null:
      break;
  }
  return ScalarType::string;
}

}  // namespace hygiene::yaml
