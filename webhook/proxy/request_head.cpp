#include "proxy/request_head.hpp"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>

#include "net/host_port.hpp"
#include "proxy/header_lines.hpp"

namespace hygiene::proxy {
namespace {

constexpr unsigned kBadRequest = 400;
constexpr unsigned kHeadTooLarge = 431;

// What the header fields of one head have said so far.
struct Fields {
  unsigned hosts = 0;
  unsigned lengths = 0;
  unsigned codings = 0;
  bool connection_upgrade = false;
  bool upgrade = false;
};

// False where a field's value cannot be taken for what it says.
bool take_field(const HeaderField& field, Fields& fields, RequestHead& head) {
  const auto is = [&field](std::string_view name) { return boost::iequals(field.name, name); };
  if (is("Host")) {
    ++fields.hosts;
    head.host = field.value;
  } else if (is("Content-Length")) {
    ++fields.lengths;
    const auto length = decimal(field.value);
    if (!length) return false;
    head.framing = {Framing::Kind::length, *length};
  } else if (is("Transfer-Encoding")) {
    ++fields.codings;
    if (!boost::iequals(field.value, "chunked")) return false;
    head.framing = {Framing::Kind::chunked, 0};
  } else if (is("Authorization")) {
    head.authorized = true;
  } else if (is("Connection")) {
    fields.connection_upgrade = fields.connection_upgrade || lists_token(field.value, "upgrade");
  } else if (is("Upgrade")) {
    fields.upgrade = true;
  }
  return true;
}

// An empty sentence if it is one.
std::string_view read_request_line(std::string_view line, RequestHead& head, bool& http10) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return "the request line is not METHOD TARGET VERSION";
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  http10 = version == "HTTP/1.0";
  if (!http10 && version != "HTTP/1.1") return "only HTTP/1.1 and HTTP/1.0 are served";
  if (!is_token(head.method)) return "the method is not one";
  const bool path = head.target.starts_with('/') || (head.target == "*" && head.method == "OPTIONS");
  if (head.method == "CONNECT" || !path) return "the target must be a path that begins with a slash";
  if (head.target.find_first_of(" \t") != std::string_view::npos) return "the target holds white space";
  return {};
}

HeadReading refusal(unsigned status, std::string_view complaint) {
  return {.status = status, .complaint = complaint};
}

}  // namespace

HeadReading read_request_head(std::string_view input) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t end = input.find(kEnd);
  if (std::min(end, input.size()) + kEnd.size() > kHeadBytesMax) {
    return refusal(kHeadTooLarge, "the head of the request is larger than 64 KiB");
  }
  if (end == std::string_view::npos) {
    // Lines that end with LF alone have no CRLF CRLF after them; nobody should wait for it.
    const std::size_t feed = input.find('\n');
    const bool bare = feed != std::string_view::npos && (feed == 0 || input[feed - 1] != '\r');
    return bare ? refusal(kBadRequest, "a line of the head does not end with CR LF") : HeadReading();
  }
  RequestHead head;
  head.size = end + kEnd.size();
  std::string_view rest = input.substr(0, end + 2);
  const auto request_line = take_line(rest);
  if (!request_line) return refusal(kBadRequest, "the request line holds a control character");
  bool http10 = false;
  const std::string_view complaint = read_request_line(*request_line, head, http10);
  if (!complaint.empty()) return refusal(kBadRequest, complaint);
  Fields fields;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    const auto field = line ? field_of(*line) : std::nullopt;
    if (!field) return refusal(kBadRequest, "a line of the head is no header field");
    if (!take_field(*field, fields, head)) return refusal(kBadRequest, "the length of the body is not clear");
  }
  if (fields.hosts != 1 || !net::is_authority(head.host))
    return refusal(kBadRequest, "there must be one Host header that names a server");
  if (fields.lengths + fields.codings > 1 || (fields.codings > 0 && http10)) {
    return refusal(kBadRequest, "the length of the body is not clear");
  }
  head.upgrade = fields.connection_upgrade && fields.upgrade;
  return {.head = head};
}

std::string changed_head(std::string_view input, const RequestHead& head, const HeadChanges& changes) {
  const auto offset = [&input](std::string_view part) {
    return static_cast<std::size_t>(part.data() - input.data());
  };
  std::string made;
  made.reserve(head.size + changes.base_path.size() + changes.target.size() + changes.host.size() +
               changes.bearer_token.size() + 32);
  const std::size_t target_at = offset(head.target);
  const std::size_t target_end = target_at + head.target.size();
  made += input.substr(0, target_at);
  if (head.target != "*") made += changes.base_path;
  made += changes.target.empty() ? head.target : changes.target;
  const std::size_t line_end = input.find("\r\n", target_end) + 2;
  made += input.substr(target_end, line_end - target_end);
  if (!changes.bearer_token.empty()) {
    made += "Authorization: Bearer ";
    made += changes.bearer_token;
    made += "\r\n";
  }
  // A Host that is there but empty has no place in the input.
  const std::size_t host_at = changes.host.empty() || head.host.empty() ? head.size : offset(head.host);
  made += input.substr(line_end, host_at - line_end);
  if (host_at < head.size) {
    made += changes.host;
    made += input.substr(host_at + head.host.size(), head.size - host_at - head.host.size());
  }
  return made;
}

}  // namespace hygiene::proxy
