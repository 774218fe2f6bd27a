#include "housekeeping/controllers/configured_selector.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "housekeeping/controllers/proxy_defaults.hpp"

namespace hygiene::housekeeping {
namespace {

// The arguments of a container as its program gets them, as far as the API shows them.
struct CommandLine {
  std::vector<std::string> words;
  std::string not_seen;  // why some are not known; empty: all are
};

// Puts in the place of each $(NAME) what the kubelet would. False where that is not known.
bool expand(std::string& word, const std::vector<Variable>& variables) {
  bool whole = true;
  for (std::size_t at = word.find("$("); at != std::string::npos; at = word.find("$(", at)) {
    const std::size_t end = word.find(')', at);
    if (end == std::string::npos) break;
    const std::string name = word.substr(at + 2, end - at - 2);
    const auto variable = std::ranges::find(variables, name, &Variable::name);
    if (variable == variables.end() || !variable->value) {
      whole = false;
      at = end;
    } else {
      word.replace(at, end + 1 - at, *variable->value);
      at += variable->value->size();
    }
  }
  return whole;
}

bool is_shell(std::string_view program) {
  constexpr std::array<std::string_view, 4> kShells{"sh", "bash", "ash", "dash"};
  return std::ranges::find(kShells, program.substr(program.rfind('/') + 1)) != kShells.end();
}

CommandLine command_line(const Container& container) {
  CommandLine made;
  made.words = container.command;
  made.words.insert(made.words.end(), container.args.begin(), container.args.end());
  for (std::string& word : made.words) {
    if (!expand(word, container.variables)) made.not_seen = "in an argument that comes from a variable";
  }
  if (!made.words.empty() && is_shell(made.words.front())) made.not_seen = "in a shell's command line";
  return made;
}

// The word without its dashes; empty where it has none.
std::string_view without_dashes(std::string_view word) {
  const std::size_t begin = word.find_first_not_of('-');
  return begin == 1 || begin == 2 ? word.substr(begin) : std::string_view();
}

// What an argument was given last, as --name=value or as --name value; nothing: it is not there.
std::optional<std::string> value_of(const std::vector<std::string>& words, std::string_view name,
                                    bool takes_value) {
  std::optional<std::string> value;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word = without_dashes(words[i]);
    const std::size_t equals = word.find('=');
    if (word.substr(0, equals) != without_dashes(name)) continue;
    if (equals != std::string_view::npos) {
      value = word.substr(equals + 1);
    } else if (!takes_value) {
      value = "true";
    } else {
      value = i + 1 < words.size() ? words[i + 1] : std::string();
    }
  }
  if (value && !takes_value && (*value == "false" || *value == "0" || *value == "f")) value->clear();
  return value;
}

// True if `tag` is a version before `since`. A tag that leaves parts out may be any of those.
bool is_before(std::string_view tag, std::string_view since) {
  if (tag.starts_with('v')) tag.remove_prefix(1);
  while (!tag.empty() && !since.empty()) {
    unsigned have = 0, need = 0;
    const auto read = std::from_chars(tag.data(), tag.data() + tag.size(), have);
    const auto wanted = std::from_chars(since.data(), since.data() + since.size(), need);
    if (read.ec != std::errc() || wanted.ec != std::errc()) return false;
    if (have != need) return have < need;
    tag.remove_prefix(static_cast<std::size_t>(read.ptr - tag.data()));
    since.remove_prefix(static_cast<std::size_t>(wanted.ptr - since.data()));
    if (!tag.starts_with('.') || !since.starts_with('.')) return false;
    tag.remove_prefix(1);
    since.remove_prefix(1);
  }
  return false;
}

std::optional<ConfiguredSelector> state_by_proxy(const Workload& workload) {
  for (const auto* containers : {&workload.init_containers, &workload.containers}) {
    for (const Container& each : *containers) {
      const auto words = command_line(each).words;
      if (!repository_ends_with(each.image, kProxyImage)) continue;
      if (std::ranges::find(words, kProxyCommand) == words.end()) continue;
      ConfiguredSelector state;
      state.selects = Selects::by_proxy;
      const std::string labels =
          value_of(words, "--selector", true).value_or(std::string(kProxyLabelSelector));
      const std::string fields =
          value_of(words, "--field-selector", true).value_or(std::string(kProxyFieldSelector));
      state.selector = labels + (labels.empty() || fields.empty() ? "" : ",") + fields;
      if (state.selector.empty()) return std::nullopt;
      return state;
    }
  }
  return std::nullopt;
}

// What the selector that the arguments give amounts to.
std::optional<std::size_t> known_selector(const KnownController& known, const std::string& selector,
                                          bool as_advised) {
  if (as_advised && !known.selectors.empty()) return 0;
  const auto same = std::ranges::find(known.selectors, selector, &KnownSelector::labels);
  if (same == known.selectors.end()) return std::nullopt;
  return static_cast<std::size_t>(same - known.selectors.begin());
}

ConfiguredSelector state_by_values(const KnownController& known, const std::vector<std::string>& values,
                                   bool as_advised) {
  ConfiguredSelector state;
  state.selects = Selects::by_setting;
  for (const std::string& value : values) state.selector += (state.selector.empty() ? "" : ",") + value;
  state.known = known_selector(known, state.selector, as_advised);
  if (state.known && as_advised) {
    const KnownSelector& selector = known.selectors[*state.known];
    state.selector =
        selector.labels + (selector.labels.empty() || selector.fields.empty() ? "" : ",") + selector.fields;
  }
  return state;
}

// Of what is set by arguments or by the variable. Nothing: neither is there.
std::optional<ConfiguredSelector> state_by_setting(const KnownController& known, const Container& container,
                                                   const CommandLine& line) {
  std::vector<std::string> values;
  bool as_advised = true;
  bool given = false;
  for (const KnownArgument& argument : known.arguments) {
    const auto value = value_of(line.words, argument.name, takes_value(known, argument));
    given = given || value.has_value();
    as_advised = as_advised && value && *value == argument.value.value_or("true");
    if (value && !value->empty()) values.push_back(*value);
  }
  if (!values.empty()) {
    if (std::ranges::any_of(values, [](const auto& each) { return each.find("$(") != std::string::npos; }))
      return std::nullopt;
    return state_by_values(known, values, as_advised);
  }
  if (given) return ConfiguredSelector();  // it is turned off
  const auto variable = std::ranges::find(container.variables, known.environment, &Variable::name);
  if (known.environment.empty() || variable == container.variables.end() || !variable->value ||
      variable->value->empty()) {
    return std::nullopt;
  }
  return state_by_values(known, {*variable->value}, *variable->value == known.arguments.front().value);
}

// Where the selector may be set without being seen; empty: nowhere.
std::string unseen_place(const KnownController& known, const Container& container, const CommandLine& line) {
  if (known.config_map) return known.config_map->key + " in the ConfigMap " + known.config_map->name;
  if (!line.not_seen.empty()) return line.not_seen;
  if (!known.config_file.empty() && value_of(line.words, known.config_file, true))
    return "in the file of " + known.config_file;
  if (known.environment.empty()) return {};
  const auto variable = std::ranges::find(container.variables, known.environment, &Variable::name);
  if (variable != container.variables.end())
    return variable->value ? std::string() : "in the source of the variable " + known.environment;
  return container.env_from ? "in a source of envFrom" : std::string();
}

}  // namespace

const KnownController* known_controller(const std::string& kind, const Container& container) {
  for (const KnownController& known : known_controllers()) {
    if (std::ranges::find(known.kinds, kind) == known.kinds.end()) continue;
    const bool runs = std::ranges::any_of(known.images, [&container](const std::string& image) {
      return repository_ends_with(container.image, image);
    });
    if (runs) return &known;
  }
  return nullptr;
}

bool takes_value(const KnownController& known, const KnownArgument& argument) {
  // Without a value to advise it is of the user's choice, or the argument is a switch for a selector that is
  // known.
  return argument.value.has_value() || known.selectors.empty();
}

ConfiguredSelector configured_selector(const KnownController& known, const Workload& workload,
                                       const Container& container) {
  if (auto state = state_by_proxy(workload)) return *state;
  ConfiguredSelector state;
  if (known.built_in) {
    state = state_by_values(known, {}, true);
    state.selects = Selects::built_in;
    return state;
  }
  const CommandLine line = command_line(container);
  if (auto set = state_by_setting(known, container, line)) return *set;
  if (is_before(tag_of(container.image), known.since)) {
    state.selects = Selects::too_old;
    state.why = tag_of(container.image);
    return state;
  }
  state.why = unseen_place(known, container, line);
  if (!state.why.empty()) {
    state.selects = Selects::not_seen;
  } else if (known.by_default) {
    state = state_by_values(known, {}, true);
    state.selects = Selects::by_default;
  }
  return state;
}

std::vector<KnownArgument> missing_arguments(const KnownController& known, const Container& container) {
  const CommandLine line = command_line(container);
  std::vector<KnownArgument> missing;
  for (const KnownArgument& argument : known.arguments) {
    const auto value = value_of(line.words, argument.name, takes_value(known, argument));
    if (!value || value->empty()) missing.push_back(argument);
  }
  return missing;
}

}  // namespace hygiene::housekeeping
