#include "policy/request.hpp"

namespace hygiene::policy {

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::create:
      return "CREATE";
    case Operation::update:
      return "UPDATE";
    case Operation::remove:
      return "DELETE";
    case Operation::connect:
      return "CONNECT";
    case Operation::unknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

}  // namespace hygiene::policy
