#include "cluster/api_error.hpp"

#include <algorithm>

#include <rapidjson/document.h>

#include "base/ascii.hpp"
#include "json/document.hpp"

namespace hygiene::cluster {
namespace {

constexpr std::size_t kMessageBytesMax = 1024;

std::string printable(std::string_view text) {
  std::string kept(text.substr(0, kMessageBytesMax));
  std::ranges::replace_if(kept, base::is_control, ' ');
  return kept;
}

Errc code_of(unsigned status, const std::string& reason) {
  switch (status) {
    case 401:
    case 403:
      return Errc::denied;
    case 404:
      return Errc::missing;
    case 409:
      return reason == "AlreadyExists" ? Errc::duplicate : Errc::conflict;
    case 412:
      return Errc::conflict;
    case 410:
      return Errc::expired;
    case 413:
    case 429:
      return Errc::limit;
    default:
      return status >= 500 ? Errc::io : Errc::invalid;
  }
}

// Whether admission denied what authorization allows: both answer 403. Authorization says `R is forbidden:
// User "U" cannot VERB resource "R"`; a quota, or a namespace that is being deleted, gives another reason.
bool by_admission(std::string_view message) {
  const auto has = [&](std::string_view words) { return message.find(words) != std::string_view::npos; };
  return message.starts_with("admission webhook ") || (has(" is forbidden: ") && !has(" cannot "));
}

}  // namespace

ApiStatus read_status(std::string_view body) {
  ApiStatus said;
  rapidjson::Document document;
  if (!json::parse_document(document, body) || json::text_at(document, {"kind"}) != "Status") return said;
  said.reason = printable(json::text_at(document, {"reason"}));
  said.message = printable(json::text_at(document, {"message"}));
  said.continue_token = json::text_at(document, {"metadata", "continue"});
  return said;
}

Error api_error(unsigned status, const ApiStatus& said, std::string_view verb, const Resource& resource) {
  const std::string request = std::string(verb) + ' ' + resource.description();
  std::string sentence;
  if (status == 401) {
    sentence =
        "the API server refuses these credentials (401): the token or the client certificate has expired or "
        "is wrong; log in again, or choose another --context";
  } else if (status == 403 && !by_admission(said.message)) {
    sentence = "permission is missing to " + request + ": a Role or ClusterRole must allow the verb \"" +
               std::string(verb) + "\" on \"" + resource.rbac_name() + "\"";
  } else {
    sentence = "cannot " + request + ": the API server answered " + std::to_string(status);
    if (!said.reason.empty()) sentence += ' ' + said.reason;
  }
  if (!said.message.empty()) sentence += ": " + said.message;
  return Error(code_of(status, said.reason), std::move(sentence));
}

Error wrong_answer(const std::string& url, std::string_view wanted, const AnswerKind& came) {
  std::string what = "no JSON";
  if (came.first == '\0') {
    what = "nothing";
  } else if (came.first == '<') {
    what = "HTML";
  } else if (came.kind == "Status") {
    what = "a Status: " + printable(came.message);
  } else if (!came.kind.empty()) {
    what = "a " + printable(came.kind);
  } else if (came.first == '{') {
    what = "JSON of another kind";
  }
  return Error(Errc::syntax,
               url + " returned " + what + " instead of " + std::string(wanted) +
                   "; check that the URL is the API server's and that no login page is in between");
}

}  // namespace hygiene::cluster
