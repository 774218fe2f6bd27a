// What a client must know of a list or a watch while its bytes pass on: where it goes on. Nothing else is
// kept. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/events.hpp"
#include "json/push_reader.hpp"

namespace hygiene::cluster {

// Follows where in a document a reader stands, and picks short strings by the path of their keys.
class PathReader : public json::Events {
 public:
  void begin_object() override { descend(); }
  void end_object() override { ascend(); }
  void begin_array() override { descend(); }
  void end_array() override { ascend(); }
  void key(std::string_view name) override;
  void string(std::string_view part, bool last) override;
  void number() override {}
  void boolean(bool) override {}
  void null() override {}

 protected:
  // The text that a string at `path`, keys joined by `/`, goes to; null for one that nobody wants.
  virtual std::string* wanted(std::string_view path) = 0;
  void restart();
  std::size_t depth() const { return depth_; }
  // Of the last key at this depth or above.
  std::string_view path() const { return path_; }

 private:
  void descend();
  void ascend();

  static constexpr std::size_t kDepthFollowed = 4;
  std::string path_;                             // of the last key, down to kDepthFollowed
  std::size_t starts_[kDepthFollowed + 1] = {};  // where the key of each depth begins in path_
  std::size_t depth_ = 0;
  std::string* into_ = nullptr;
};

// metadata of a list.
class ListReader final : public PathReader {
 public:
  void end_object() override;

  std::string resource_version;
  std::string next;    // the continue token; empty on the last page
  bool whole = false;  // both are what they are

 private:
  std::string* wanted(std::string_view path) override;
};

// Hands the tokens of a list to two readers: what is about the list itself to `meta`, all to `items`.
class ListTee final : public json::Events {
 public:
  ListTee(ListReader& meta, json::Events& items) : meta_(meta), items_(items) {}

  void begin_object() override;
  void end_object() override;
  void begin_array() override;
  void end_array() override;
  void key(std::string_view name) override;
  void string(std::string_view part, bool last) override;
  void number() override;
  void boolean(bool value) override;
  void null() override;

 private:
  // The list and its metadata; deeper stand the items.
  static constexpr std::size_t kMetaDepth = 2;
  bool of_list() const { return depth_ <= kMetaDepth; }
  void heed(const json::Events& reader);

  ListReader& meta_;
  json::Events& items_;
  std::size_t depth_ = 0;
};

// One event of a watch.
class WatchReader final : public PathReader {
 public:
  std::string type;              // ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
  std::string resource_version;  // of its object
  std::string reason;            // of an ERROR
  std::string message;

  void next_event();

 private:
  std::string* wanted(std::string_view path) override;
};

}  // namespace hygiene::cluster
