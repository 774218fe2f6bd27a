#include "housekeeping/controllers/controllers_found.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "housekeeping/stored/object_list.hpp"

namespace hygiene::housekeeping {
namespace {

using rapidjson::Value;

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

struct WorkloadKind {
  const char* kind;
  const char* plural;
};
constexpr std::array kWorkloadKinds{WorkloadKind{"Deployment", "deployments"},
                                    WorkloadKind{"StatefulSet", "statefulsets"},
                                    WorkloadKind{"DaemonSet", "daemonsets"}};

// One look at a cluster.
class Look {
 public:
  Look(cluster::BlockingApi& api, const std::string& namespace_name, const Interrupt& interrupt)
      : api_(api), interrupt_(interrupt) {
    found_.origin = api.client().origin();
    found_.namespace_name = namespace_name;
  }

  Result<ControllersFound> run() {
    if (auto read = read_rbac(); !read) return read.error();
    found_.nothing_looked_at = true;
    for (const WorkloadKind& kind : kWorkloadKinds) {
      const auto read =
          list({.group = "apps", .plural = kind.plural, .namespace_name = found_.namespace_name}, "",
               [&](const Value& object) { take(read_workload(kind.kind, object)); });
      if (!read) return read.error();
      if (*read) found_.nothing_looked_at = false;
    }
    sort();
    return std::move(found_);
  }

 private:
  Result<void> read_rbac() {
    const auto add_role = [this](const Value& role) { readers_.add_role(role); };
    const auto add_binding = [this](const Value& binding) { readers_.add_binding(binding); };
    const std::string& in = found_.namespace_name;
    const std::array<std::tuple<const char*, std::string, std::function<void(const Value&)>>, 4> lists{
        std::tuple{"clusterroles", std::string(), add_role}, std::tuple{"roles", in, add_role},
        std::tuple{"clusterrolebindings", std::string(), add_binding},
        std::tuple{"rolebindings", in, add_binding}};
    for (const auto& [plural, namespace_name, take] : lists) {
      const auto read =
          list({.group = std::string(kRbac), .plural = plural, .namespace_name = namespace_name},
               "; workloads that it allows to list Secrets are not shown", take);
      if (!read) return read.error();
    }
    if (readers_.full())
      found_.not_looked_at.emplace_back("further bindings: too many service accounts may list Secrets");
    return {};
  }

  // False: the list was denied, and that was noted.
  Result<bool> list(cluster::Resource collection, const std::string& so,
                    const std::function<void(const Value&)>& take) {
    const auto read = each_object(api_, collection, "", &interrupt_, take);
    if (read) return true;
    if (read.error().code() != Errc::denied) return read.error();
    found_.not_looked_at.push_back(read.error().message() + so);
    return false;
  }

  void take(const Workload& workload) {
    ++found_.workloads;
    bool known_one = false;
    for (const Container& container : workload.containers) {
      const KnownController* known = known_controller(workload.kind, container);
      if (known == nullptr) continue;
      known_one = true;
      if (found_.controllers.size() == ControllersFound::kKept) {
        ++found_.left_out;
        continue;
      }
      found_.controllers.push_back({known, workload.kind, workload.namespace_name, workload.name,
                                    container.name, container.image, container.index, !container.args.empty(),
                                    configured_selector(*known, workload, container),
                                    missing_arguments(*known, container)});
    }
    if (known_one) return;
    auto grant = readers_.grant_of(workload.namespace_name, workload.service_account);
    if (!grant) return;
    if (found_.may_cache.size() == ControllersFound::kKept) {
      ++found_.left_out;
      return;
    }
    found_.may_cache.push_back(
        {workload.kind, workload.namespace_name, workload.name, workload.service_account, std::move(*grant)});
  }

  void sort() {
    std::ranges::sort(found_.controllers, {}, [](const ControllerFound& each) {
      return std::tie(each.namespace_name, each.name, each.kind, each.container_index);
    });
    std::ranges::sort(found_.may_cache, {}, [](const MayCache& each) {
      return std::tie(each.namespace_name, each.name, each.kind);
    });
  }

  cluster::BlockingApi& api_;
  const Interrupt& interrupt_;
  SecretReaders readers_;
  ControllersFound found_;
};

}  // namespace

Result<ControllersFound> find_controllers(cluster::BlockingApi& api, const std::string& namespace_name,
                                          const Interrupt& interrupt) {
  return Look(api, namespace_name, interrupt).run();
}

}  // namespace hygiene::housekeeping
