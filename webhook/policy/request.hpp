// What is to be judged: one write of one Secret, without its values. Thread-safety: a view; what it points to
// must live.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "secret/facts.hpp"

namespace hygiene::policy {

enum class Operation { create, update, remove, connect, unknown };
std::string_view to_string(Operation operation);  // CREATE, UPDATE, DELETE, CONNECT, UNKNOWN

struct Requester {
  std::string username;
  std::vector<std::string> groups;
};

struct Request {
  Operation operation = Operation::create;
  const Requester* requester = nullptr;              // null: nobody to exempt
  const secret::Facts* object = nullptr;             // never null
  const secret::Facts* stored = nullptr;             // oldObject of an UPDATE
  std::optional<std::chrono::sys_seconds> now = {};  // when it is judged; none: no exception is in force
  // Of the object's namespace, at least those that the policies select by. Null: they are not known, and no
  // policy that selects by them applies.
  const secret::Labels* namespace_labels = nullptr;
};

}  // namespace hygiene::policy
