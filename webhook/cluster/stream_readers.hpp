// What a client needs of a list or a watch while its bytes pass on: where it goes on. Keeps nothing else.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/forwarding_events.hpp"
#include "json/selective_events.hpp"

namespace hygiene::cluster {

// Takes the short strings at given paths of keys, and skips the rest.
class PathReader : public json::SelectiveEvents {
 public:
  PathReader(const PathReader&) = delete;
  PathReader& operator=(const PathReader&) = delete;

 protected:
  struct Wanted {
    std::string_view path;  // keys, joined by `/`
    std::string* text;      // takes the string at the path
  };
  PathReader() = default;
  // Call it once, in the constructor: what it takes lies in the reader itself.
  void want(std::vector<Wanted> wanted) { wanted_ = std::move(wanted); }

  void restart();
  // The state of the value that is being read.
  std::string_view path() const { return path_; }
  void on_end_object() override;

 private:
  void on_begin_object() override;
  void on_begin_array() override { skip(); }
  void on_end_array() override {}  // only of what is skipped
  void on_key(std::string_view name) override;
  void on_string(std::string_view part, bool last) override;

  std::vector<Wanted> wanted_;
  std::string path_;                  // of the last key
  std::vector<std::size_t> parents_;  // of each open object: the length of its path
  std::string* text_ = nullptr;       // takes the string that is being read
};

// What an answer says about itself.
struct AnswerKind {
  std::string kind;     // empty: it does not say
  std::string status;   // of a Status: Success or Failure
  std::string message;  // of a Status
  char first = '\0';    // first byte of its body that is no white space; NUL: none

  // Takes the first or the next `bytes` of the body.
  void note(std::string_view bytes);
};

// Reads the kind of an object.
class ObjectReader final : public PathReader {
 public:
  ObjectReader() { want({{"kind", &is.kind}, {"status", &is.status}, {"message", &is.message}}); }

  AnswerKind is;
};

// Reads kind and metadata of a list.
class ListReader final : public PathReader {
 public:
  ListReader() {
    want({{"kind", &is.kind},
          {"message", &is.message},
          {"metadata/resourceVersion", &resource_version},
          {"metadata/continue", &next}});
  }

  AnswerKind is;
  std::string resource_version;
  std::string next;    // the continue token; empty on the last page
  bool whole = false;  // both were read

 private:
  void on_end_object() override;
};

// Hands the tokens of a list to two readers: `meta` takes what is about the list itself.
class ListTee final : public json::ForwardingEvents<ListTee> {
 public:
  ListTee(ListReader& meta, json::Events& items) : meta_(meta), items_(items) {}

 private:
  friend class json::ForwardingEvents<ListTee>;
  template <class Token>
  void forward(Token token) {
    for (json::Events* reader : {static_cast<json::Events*>(&meta_), &items_}) {
      token(*reader);
      if (reader->refused()) refuse(reader->refusal().code(), reader->refusal().message());
    }
  }

  ListReader& meta_;
  json::Events& items_;
};

// Reads one event of a watch.
class WatchReader final : public PathReader {
 public:
  WatchReader() {
    want({{"type", &type},
          {"object/metadata/resourceVersion", &resource_version},
          {"object/reason", &reason},
          {"object/message", &message}});
  }

  std::string type;              // ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
  std::string resource_version;  // of its object
  std::string reason;            // of an ERROR
  std::string message;

  void next_event();
};

}  // namespace hygiene::cluster
