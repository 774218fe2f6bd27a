#include "runtime/status_service.hpp"

namespace hygiene::runtime {
namespace {

constexpr std::size_t kScopesShown = 100;

}  // namespace

StatusService::StatusService(const Quota& quota)
    : PageService({{"/debug/usage", [&quota](std::string_view) {
                      return text_answer(200, to_json(quota.usage(kScopesShown), quota.synced()),
                                         "application/json");
                    }}}) {}

}  // namespace hygiene::runtime
