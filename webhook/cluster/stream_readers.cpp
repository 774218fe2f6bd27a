#include "cluster/stream_readers.hpp"

#include <algorithm>

namespace hygiene::cluster {
namespace {

// A continue token of a list of Secrets has about 150 bytes.
constexpr std::size_t kTextBytesMax = 16 * 1024;

}  // namespace

void AnswerKind::note(std::string_view bytes) {
  const std::size_t at = first == '\0' ? bytes.find_first_not_of(" \t\r\n") : std::string_view::npos;
  if (at != std::string_view::npos) first = bytes[at];
}

void PathReader::on_begin_object() {
  const auto leads_on = [this](const Wanted& each) {
    return each.path.size() > path_.size() && each.path.starts_with(path_) && each.path[path_.size()] == '/';
  };
  if (!parents_.empty() && std::ranges::none_of(wanted_, leads_on)) return skip();
  parents_.push_back(path_.size());
}

void PathReader::on_end_object() {
  path_.resize(parents_.back());
  parents_.pop_back();
}

void PathReader::on_key(std::string_view name) {
  path_.resize(parents_.back());
  if (!path_.empty()) path_ += '/';
  // A key that holds the separator itself leads to nothing that is wanted.
  path_ += name.find('/') == std::string_view::npos ? name : "//";
  text_ = nullptr;
}

void PathReader::on_string(std::string_view part, bool last) {
  if (text_ == nullptr) {
    const auto found = std::ranges::find(wanted_, std::string_view(path_), &Wanted::path);
    if (found == wanted_.end()) return;
    text_ = found->text;
    text_->clear();
  }
  if (text_->size() + part.size() > kTextBytesMax) {
    refuse(Errc::limit, "a field of the answer's metadata is too long");
  } else {
    *text_ += part;
  }
  if (last) text_ = nullptr;
}

void PathReader::restart() {
  SelectiveEvents::restart();
  path_.clear();
  parents_.clear();
  text_ = nullptr;
}

void ListReader::on_end_object() {
  PathReader::on_end_object();
  whole = whole || path() == "metadata";
}

void WatchReader::next_event() {
  restart();
  type.clear();
  resource_version.clear();
  reason.clear();
  message.clear();
}

}  // namespace hygiene::cluster
