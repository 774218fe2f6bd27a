#include "scenario.hpp"

#include <algorithm>
#include <unordered_map>

#include "counting/support.hpp"

namespace hygiene::counting::test {
namespace {

using Groups = std::vector<std::vector<Slot>>;

std::string quantity(const char* field, std::uint64_t allowed) {
  return std::string(field) + ": " + std::to_string(allowed) + ", ";
}

// The slots whose names agree in `key`; those where it is empty are in no scope.
template <class Key>
Groups grouped(const std::vector<Scenario::Name>& names, Key key) {
  Groups groups;
  std::vector<std::string> keys;
  for (Slot slot = 0; slot < names.size(); ++slot) {
    const std::string own = key(names[slot]);
    if (own.empty()) continue;
    const auto at = static_cast<std::size_t>(std::ranges::find(keys, own) - keys.begin());
    if (at == keys.size()) {
      keys.push_back(own);
      groups.emplace_back();
    }
    groups[at].push_back(slot);
  }
  return groups;
}

// sh.helm.release.v1.web.v3 of team: team/sh.helm.release.v1.web.
std::string release_of(const Scenario::Name& name) {
  return name.namespace_name + '/' + name.name.substr(0, name.name.rfind('.'));
}

// Limits of the scenario as a policy gives them, each set down twice.
class Limits {
 public:
  explicit Limits(Scenario& scenario) : scenario_(scenario) {}

  void per_namespace(const char* field, std::uint64_t allowed) {
    add(ScopeKind::name_space, field, allowed,
        grouped(scenario_.names, [](const auto& name) { return name.namespace_name; }));
  }
  void per_release(const char* field, std::uint64_t allowed) {
    add(ScopeKind::release, field, allowed, grouped(scenario_.names, release_of));
  }
  void per_cluster(const char* field, std::uint64_t allowed) {
    add(ScopeKind::cluster, field, allowed,
        grouped(scenario_.names, [](const auto&) { return std::string("all"); }));
  }
  const std::string& fields() const { return fields_; }

 private:
  void add(ScopeKind kind, const char* field, std::uint64_t allowed, Groups scopes) {
    fields_ += quantity(field, allowed);
    scenario_.limits.push_back(
        {kind, std::string_view(field).starts_with("bytes"), allowed, std::move(scopes)});
  }

  Scenario& scenario_;
  std::string fields_;
};

void add_names(Scenario& scenario, const char* namespace_name, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    scenario.names.push_back({namespace_name, std::string(1, static_cast<char>('a' + i))});
}

// One namespace, with a limit of number, of bytes or of both.
void limit_one_namespace(Scenario& scenario, Limits& limits, Random& random) {
  add_names(scenario, "team", 3 + random.below(3));
  const auto kind = random.below(3);
  limits.per_namespace("secretsPerNamespace", std::array{2U, 99U, 3U}[kind]);
  limits.per_namespace("bytesPerNamespace", kind == 0 ? 999 : kind == 1 ? 3 + random.below(4) : 6);
}

// One namespace, with room for the blocks of some replicas.
void limit_many(Scenario& scenario, Limits& limits, Random& random) {
  add_names(scenario, "team", kSlotsMax);
  limits.per_namespace("secretsPerNamespace", 6 + random.below(3));
  if (random.chance(30)) limits.per_namespace("bytesPerNamespace", 8 + random.below(6));
  scenario.roomy = true;
}

// Two namespaces, whose Secrets count together.
void limit_cluster(Scenario& scenario, Limits& limits, Random& random) {
  add_names(scenario, "team", 2 + random.below(2));
  add_names(scenario, "other", 2);
  const auto kind = random.below(4);
  if (kind != 1) limits.per_cluster("secretsPerCluster", 2 + random.below(2));
  if (kind == 1 || kind == 2) limits.per_cluster("bytesPerCluster", 3 + random.below(4));
  // A policy must not let one namespace use all up.
  limits.per_namespace("secretsPerNamespace", kind == 3 ? 2 : 99);
  if (kind == 2 && random.chance(50)) limits.per_namespace("bytesPerNamespace", 4);
}

// Releases of Helm, two in one namespace or one in each of two.
void limit_releases(Scenario& scenario, Limits& limits, Random& random) {
  const bool two_namespaces = random.chance(50);
  for (const auto* release : {"web", "db"}) {
    const bool second = two_namespaces && release == std::string_view("db");
    for (std::size_t i = 1; i <= 3; ++i)
      scenario.names.push_back(
          {second ? "other" : "team",
           "sh.helm.release.v1." + std::string(second ? "web" : release) + ".v" + std::to_string(i)});
  }
  limits.per_release("secretsPerRelease", 2);
  if (random.chance(30)) limits.per_namespace("secretsPerNamespace", 3);
  if (random.chance(30)) limits.per_namespace("bytesPerNamespace", 5);
}

// A type that no policy names, of what JSON, or the API server in JSON, escapes, and of what parts a line.
constexpr std::string_view kOdd = "=3c <\"&\\\xE2\x80\xA8>";

// Which types are counted, and how they are watched. What is returned selects them.
std::string choose_types(Scenario& scenario, bool helm, Random& random) {
  const std::string odd(kOdd);
  scenario.types = {"t", "tu", odd};
  scenario.counted = 2;
  switch (helm ? 5 : random.below(5)) {
    case 0:  // one watch
      scenario.counted = 1;
      scenario.types = {"t", odd};
      return "  match: {types: [t]}\n";
    case 1:  // two
      return "  match: {types: [t, tu]}\n";
    case 2:  // one watch that shows all, with their types
      return "  match: {types: ['t*']}\n";
    case 3:  // no marker of this type can exist
      scenario.types[1] = "kubernetes.io/service-account-token";
      scenario.spared_type = 1;
      return "  match: {types: [t, kubernetes.io/service-account-token]}\n";
    case 4:  // the last watch shows what has none of its own
      scenario.types = {"t", odd};
      return "";
    default:
      scenario.types = {"helm.sh/release.v1"};
      scenario.counted = 1;
      scenario.spared_type = 0;
      return "  match: {types: [helm.sh/release.v1]}\n";
  }
}

}  // namespace

Scenario Scenario::make(Random& random) {
  Scenario made;
  Limits limits(made);
  const auto kind = random.below(8);
  const bool helm = kind == 5;
  const auto match = choose_types(made, helm, random);
  made.written = static_cast<Type>(made.types.size());
  // Of a policy that comes and goes, and of the watch that shows what has none of its own.
  made.types.insert(made.types.end(), {"v", "secret-hygiene.io/marker"});
  if (helm) {
    limit_releases(made, limits, random);
  } else if (kind >= 6) {
    limit_many(made, limits, random);
  } else if (kind >= 3) {
    limit_cluster(made, limits, random);
  } else {
    limit_one_namespace(made, limits, random);
  }
  auto fields = limits.fields();
  fields.resize(fields.size() - 2);
  const bool sums = fields.find("bytes") != std::string::npos;
  if (sums && random.chance(20)) made.allow_growth = 1;
  made.text = document("limits", "  mode: Enforce\n" + match +
                                     "  exclude: {namespaces: [own]}\n  exemptRequests: {users: [exempt]}\n" +
                                     (made.allow_growth == 0 ? "" : "  allowGrowth: 1\n") + "  limits: {" +
                                     fields + "}");
  // Without a match there are two watches only if another policy names a type.
  if (match.empty() && random.chance(70))
    made.text += document("one", "  mode: Warn\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 1}");
  return made;
}

std::shared_ptr<const Selection> Scenario::policies(bool more) const {
  static std::unordered_map<std::string, std::array<std::shared_ptr<const Selection>, 2>> known;
  auto& selection = known[text][more ? 1 : 0];
  if (!selection) {
    const auto other =
        document("a", "  mode: Warn\n  match: {types: [v]}\n  limits: {secretsPerNamespace: 1}");
    selection = test::select(more ? text + other : text);
  }
  return selection;
}

Type Scenario::type_number(std::string_view type) const {
  return static_cast<Type>(std::ranges::find(types, type.empty() ? kOdd : type) - types.begin());
}

Slot Scenario::slot_of(std::string_view namespace_name, std::string_view name) const {
  return static_cast<Slot>(std::ranges::find_if(names,
                                                [&](const Name& known) {
                                                  return known.name == name &&
                                                         known.namespace_name == namespace_name;
                                                }) -
                           names.begin());
}

}  // namespace hygiene::counting::test
