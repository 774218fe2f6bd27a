// The pages of a list as a test writes them, and who asked for which.
#pragma once

#include <algorithm>
#include <string>

#include "cluster/api_fixture.hpp"

namespace hygiene::test {

inline cluster::ListRequest all_secrets() {
  cluster::ListRequest request;
  request.resource = secret("");
  return request;
}

// The continue token that a request asks with.
inline std::string token_of(const ScriptedRequest& request) {
  const auto at = request.target.find("continue=");
  return at == std::string::npos ? "" : request.target.substr(at + 9);
}

// How often the page was asked for.
inline std::ptrdiff_t asked(ScriptedServer& server, const std::string& token) {
  return std::ranges::count(server.requests(), token, token_of);
}

inline std::string page(const std::string& version, const std::string& next) {
  return R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" + next + R"("},"items":[]})";
}

// The connection ends before a byte of the answer.
inline ScriptedAnswer lost() {
  ScriptedAnswer nothing;
  nothing.close = true;
  return nothing;
}

// Of a list whose version is gone, with a token to go on with; empty: without.
inline ScriptedAnswer expired(const std::string& offered) {
  return answer(410, R"({"kind":"Status","metadata":{"continue":")" + offered +
                         R"("},"status":"Failure","message":"too old","reason":"Expired","code":410})");
}

}  // namespace hygiene::test
