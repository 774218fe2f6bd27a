#include "yaml/tree.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/utf8.hpp"

namespace hygiene::yaml {
namespace {

using Kind = Node::Kind;

class TreeBuilder final : public json::Events {
 public:
  TreeBuilder(json::ByteSource& source, File& file, Aliases aliases)
      : file_(file),
        reader_(
            source, *this, [this](Oddity oddity, const Error& error) { return judge(oddity, error); },
            {.depth_max = kDepthMax}, aliases) {}

  void read() {
    for (;;) {
      root_ = {};
      open_.clear();
      count_node();
      const auto more = reader_.next();
      if (!more) file_.errors.push_back(more.error());
      if (!more || !*more) return;
      if (root_.kind != Kind::null) file_.documents.push_back(std::move(root_));
    }
  }

  void begin_object() override { open(Kind::mapping); }
  void end_object() override { open_.pop_back(); }
  void begin_array() override { open(Kind::sequence); }
  void end_array() override { open_.pop_back(); }
  void key(std::string_view) override {
    count_node();
    // As written: a label may be called `y`.
    open_.back()->entries.push_back({std::string(reader_.token().text), reader_.token().where, {}});
  }
  void string(std::string_view, bool) override { add(Kind::string); }
  void number() override { add(Kind::number); }
  void boolean(bool) override { add(Kind::boolean); }
  void null() override {
    Node& node = add(Kind::null);
    // yaml-cpp gives the place of whatever follows; the key is what a person looks for.
    if (!open_.empty() && open_.back()->kind == Kind::mapping)
      node.where = open_.back()->entries.back().where;
  }

 private:
  bool judge(Oddity oddity, const Error& error) {
    if (oddity == Oddity::anchor) return false;
    if (file_.errors.size() < kErrorsMax) file_.errors.push_back(error);
    return true;
  }

  void count_node() {
    if (++nodes_ > kNodesMax) refuse(Errc::limit, "too many values: at most 100000 in one file");
  }

  void open(Kind kind) { open_.push_back(&add(kind)); }

  // Pointers to what is open stay good: nothing is added beside it.
  Node& add(Kind kind) {
    count_node();
    Node* node = &root_;
    if (!open_.empty()) {
      Node& parent = *open_.back();
      node = parent.kind == Kind::sequence ? &parent.items.emplace_back() : &parent.entries.back().value;
    }
    node->kind = kind;
    node->text = reader_.token().text;
    node->where = reader_.token().where;
    return *node;
  }

  File& file_;
  Reader reader_;
  Node root_;
  std::vector<Node*> open_;  // the containers being read
  std::size_t nodes_ = 0;
};

}  // namespace

const Entry* Node::find_entry(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &*found;
}

const Node* Node::find(std::string_view key) const {
  const auto* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

File parse(std::string_view text, Aliases aliases) {
  File file;
  if (const auto good = base::utf8_prefix(text); good.size() < text.size()) {
    const auto line = static_cast<std::size_t>(std::ranges::count(good, '\n')) + 1;
    const auto column = good.size() - (good.rfind('\n') + 1) + 1;
    file.errors.emplace_back(Errc::encoding, "not UTF-8", base::Position{good.size(), line, column});
    return file;
  }
  std::istringstream stream{std::string(text)};
  json::ByteSource source(stream);
  TreeBuilder(source, file, aliases).read();
  return file;
}

}  // namespace hygiene::yaml
