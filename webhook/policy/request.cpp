#include "policy/request.hpp"

#include "base/enum_names.hpp"

namespace hygiene::policy {

std::string_view to_string(Operation operation) {
  return base::name_of<Operation::unknown>(operation, {"CREATE", "UPDATE", "DELETE", "CONNECT", "UNKNOWN"});
}

}  // namespace hygiene::policy
