#include "runtime/status/exceptions_html.hpp"

#include "html/parts.hpp"
#include "policy/exception.hpp"

namespace hygiene::runtime {
namespace {

using html::Look;

constexpr std::size_t kRowsMax = 50;  // as many as one reads

Look look_of(policy::ExceptionState state) {
  if (state == policy::ExceptionState::ended) return Look::over;
  return state == policy::ExceptionState::ends_soon ? Look::near : Look::plain;
}

}  // namespace

void write_exceptions(html::Markup& html, const std::vector<PolicyException>& exceptions,
                      std::chrono::system_clock::time_point now) {
  constexpr html::Column::Kind kWord = html::Column::Kind::word;
  if (exceptions.empty()) return;
  std::vector<html::Row> rows;
  for (const auto& [policy, each] : exceptions) {
    if (rows.size() == kRowsMax) break;
    const auto state = policy::state_of(each, std::chrono::floor<std::chrono::seconds>(now));
    rows.push_back({policy,
                    policy::secrets_of(each),
                    policy::until_of(each),
                    {std::string(policy::to_string(state)), look_of(state)},
                    each.reason});
  }
  html.element("h3", {}, "Exceptions");
  html::write_table(html, {{"Policy"}, {"Secrets"}, {"Until", kWord}, {"State", kWord}, {"Reason"}}, rows,
                    html::row_of_others(exceptions.size() - rows.size()), "");
}

}  // namespace hygiene::runtime
