// Holds policies/schema.json and the loader together: the same fields, and the same verdict on a document's
// structure.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include "policy/field_reader.hpp"
#include "policy/loader.hpp"
#include "support.hpp"
#include "yaml/tree.hpp"

using namespace hygiene;
using namespace hygiene::policy;
using rapidjson::Value;

namespace {

rapidjson::Document schema() {
  rapidjson::Document json;
  const auto text = json_schema();
  json.Parse(text.data(), text.size());
  REQUIRE_FALSE(json.HasParseError());
  return json;
}

// Follows $ref, and the one $ref in an allOf that has a description beside it.
const Value& resolve(const Value& root, const Value& node) {
  if (node.HasMember("$ref")) {
    const std::string name = node["$ref"].GetString();
    REQUIRE(name.starts_with("#/definitions/"));
    return resolve(root, root["definitions"][name.substr(14).c_str()]);
  }
  if (node.HasMember("allOf") && !node.HasMember("properties")) return resolve(root, node["allOf"][0]);
  return node;
}

std::vector<std::string> sorted_properties(const Value& node) {
  std::vector<std::string> names;
  for (const auto& member : node["properties"].GetObject()) names.emplace_back(member.name.GetString());
  std::ranges::sort(names);
  return names;
}

Value to_json(const yaml::Node& node, rapidjson::Document::AllocatorType& allocator) {
  switch (node.kind) {
    case yaml::Node::Kind::null:
      return Value();
    case yaml::Node::Kind::sequence: {
      Value array(rapidjson::kArrayType);
      for (const auto& item : node.items) array.PushBack(to_json(item, allocator), allocator);
      return array;
    }
    case yaml::Node::Kind::mapping: {
      Value object(rapidjson::kObjectType);
      for (const auto& entry : node.entries) {
        object.AddMember(Value(entry.key.c_str(), allocator), to_json(entry.value, allocator), allocator);
      }
      return object;
    }
    case yaml::Node::Kind::boolean:
      return Value(node.text == "true");
    case yaml::Node::Kind::number: {
      const bool integer = node.text.find_first_of(".eE") == std::string::npos;
      if (integer) return Value(static_cast<std::int64_t>(std::strtoll(node.text.c_str(), nullptr, 0)));
      return Value(std::strtod(node.text.c_str(), nullptr));
    }
    case yaml::Node::Kind::string:
      break;
  }
  return Value(node.text.c_str(), allocator);
}

bool schema_accepts(const std::string& text) {
  static const auto json = schema();
  static const rapidjson::SchemaDocument compiled(json);
  const auto file = yaml::parse(text);
  REQUIRE(file.errors.empty());
  REQUIRE(file.documents.size() == 1);
  rapidjson::Document document;
  const Value value = to_json(file.documents[0], document.GetAllocator());
  rapidjson::SchemaValidator validator(compiled);
  return value.Accept(validator);
}

bool loader_accepts(const std::string& text) {
  return load_policies({{"f", text}}).policies != nullptr;
}

}  // namespace

TEST_CASE("The schema and the loader know the same fields, and the schema describes each") {
  const auto root = schema();
  const Value& spec = root["properties"]["spec"];
  const auto in_spec = [&](const char* name) -> const Value& {
    return resolve(root, spec["properties"][name]);
  };
  const Value& label_selector = resolve(root, in_spec("match")["properties"]["labelSelector"]);
  const Value& expression = resolve(root, label_selector["properties"]["matchExpressions"]["items"]);
  const std::vector<std::pair<std::string, const Value*>> objects{
      {"", &root},
      {"metadata", &root["properties"]["metadata"]},
      {"spec", &spec},
      {"spec.match", &in_spec("match")},
      {"spec.exclude", &in_spec("exclude")},
      {"labelSelector", &label_selector},
      {"labelSelector.matchExpressions[]", &expression},
      {"spec.exemptRequests", &in_spec("exemptRequests")},
      {"spec.exceptions[]", &resolve(root, in_spec("exceptions")["items"])},
      {"spec.limits", &in_spec("limits")},
  };
  REQUIRE(objects.size() == field_tables().size());
  for (const auto& [path, object] : objects) {
    INFO(path);
    std::vector<std::string> known;
    for (const auto name : fields_of(path)) known.emplace_back(name);
    std::ranges::sort(known);
    CHECK(sorted_properties(*object) == known);
    CHECK_FALSE((*object)["additionalProperties"].GetBool());
    for (const auto& member : (*object)["properties"].GetObject()) {
      INFO(member.name.GetString());
      CHECK(member.value.HasMember("description"));
    }
  }
}

TEST_CASE("The schema and the loader give the same verdict on the structure of a document") {
  const std::string labels = "\n  labels: {k: v}";
  const auto spec = [](const std::string& text) {
    auto document = test::document("p", text);
    return document.substr(0, document.size() - 4);  // without the closing ---
  };
  const std::string limits = "\n  mode: Enforce\n  limits: {keysPerSecret: 9}";
  const auto exception = [](const std::string& until) {
    return "{names: [\"a-*\"], namespaces: [b], until: " + until + ", reason: c}";
  };
  const std::string head = "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\n";
  struct Case {
    std::string text;
    bool good;
  };
  const std::vector<Case> cases{
      {spec("  labels: {k: v}"), true},
      {spec("  labels: {k: \"\", a.b/c: d_e}"), true},
      {spec("  mode: Audit\n  limits: {bytesPerSecret: 1Ki, keysPerSecret: 1, annotationBytes: 5}"), true},
      {spec("  mode: Enforce\n  limits: {secretsPerNamespace: 0, secretsPerRelease: 2, bytesPerNamespace: "
            "1.5Mi}\n  warnAt: "
            "100%\n  allowGrowth: 0"),
       true},
      {spec("  match: {types: [a], names: [\"b*\"], namespaces: [\"?\"], sizeOver: 1e3, sizeUpTo: 5Mi}" +
            labels),
       true},
      {spec("  match: {labelSelector: {matchLabels: {a: b}, matchExpressions: [{key: c, operator: In, "
            "values: [d]}]}}" +
            labels),
       true},
      {spec("  mode: Enforce\n  enforceOn: [CREATE]\n  limits: {keysPerSecret: 9}"), true},
      {spec("  mode: Enforce\n  enforceOn: [UPDATE, CREATE]\n  limits: {keysPerSecret: 9}"), true},
      {spec("  mode: Enforce\n  enforceOn: []\n  limits: {keysPerSecret: 9}"), false},
      {spec("  mode: Enforce\n  enforceOn: [DELETE]\n  limits: {keysPerSecret: 9}"), false},
      {spec("  mode: Enforce\n  enforceOn: [CREATE, CREATE]\n  limits: {keysPerSecret: 9}"), false},
      {spec("  mode: Enforce\n  enforceOn: CREATE\n  limits: {keysPerSecret: 9}"), false},
      {spec("  mode: Enforce\n  enforceOn: [CREATE]" + labels), false},
      {spec("  exemptRequests: {users: [], groups: [a]}" + labels), true},
      {spec("  exceptions: [" + exception("2027-01-31") + "]" + limits), true},
      {spec("  exceptions: [" + exception("2027-01-31T18:00:00+01:00") + "]" + limits), true},
      {spec("  exceptions: [" + exception("2027-01-31T18:00:00.5Z") + "]" + limits), true},
      {spec("  exceptions: [" + exception("2027-01-31T18:00:00") + "]" + limits), false},
      {spec("  exceptions: [" + exception("31.1.2027") + "]" + limits), false},
      {spec("  exceptions: [" + exception("2027") + "]" + limits), false},
      {spec("  exceptions: [" + exception("2027-01-31") + "]" + labels), false},
      {spec("  exceptions: [" + exception("2027-01-31, extra: a") + "]" + limits), false},
      {spec("  exceptions: []" + limits), false},
      {spec("  exceptions: [{names: [a], namespaces: [b], until: 2027-01-31}]" + limits), false},
      {spec("  exceptions: [{names: [a], namespaces: [b], until: 2027-01-31, reason: \"\"}]" + limits),
       false},
      {spec("  exceptions: [{names: [], namespaces: [b], until: 2027-01-31, reason: c}]" + limits), false},
      {spec("  exceptions: [{names: [a], namespaces: [B], until: 2027-01-31, reason: c}]" + limits), false},
      {head + "metadata: {name: a.b-c.1}\nspec: {labels: {a: b}}\n", true},
      {head + "spec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: a}\n", false},
      {head + "metadata: {}\nspec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: A}\nspec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: a-}\nspec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: a..b}\nspec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: 5}\nspec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: " + std::string(64, 'a') + "}\nspec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: a, namespace: b}\nspec: {labels: {a: b}}\n", false},
      {head + "metadata: {name: a}\nspec: {labels: {a: b}}\nstatus: {}\n", false},
      {"apiVersion: secret-hygiene.io/v2\nkind: SecretPolicy\nmetadata: {name: a}\nspec: {labels: {a: b}}\n",
       false},
      {"apiVersion: secret-hygiene.io/v1alpha1\nkind: Secret\nmetadata: {name: a}\nspec: {labels: {a: b}}\n",
       false},
      {"kind: SecretPolicy\nmetadata: {name: a}\nspec: {labels: {a: b}}\n", false},
      {"[a]\n", false},
      {spec("  description: x"), false},
      {spec("  limits: {keysPerSecret: 9}"), false},
      {spec("  mode: warn" + labels), false},
      {spec("  unknown: x" + labels), false},
      {spec("  match: {}" + labels), false},
      {spec("  exclude: {}" + labels), false},
      {spec("  match: {types: []}" + labels), false},
      {spec("  match: {types: [5]}" + labels), false},
      {spec("  match: {types: [\"\"]}" + labels), false},
      {spec("  match: {types: [\"a[b]\"]}" + labels), false},
      {spec("  match: {types: [\"a\\\\b\"]}" + labels), false},
      {spec("  match: {types: [" + std::string(513, 'a') + "]}" + labels), false},
      {spec("  match: {names: [\"a.*\", \"*-tls\", \"**\", \"?\"], namespaces: [\"*\", \"a-*\"]}" + labels),
       true},
      {spec("  match: {names: [\"prod-.*\"]}" + labels), false},
      {spec("  match: {names: [A]}" + labels), false},
      {spec("  match: {names: [\"(a|b)\"]}" + labels), false},
      {spec("  match: {namespaces: [\"prod.*\"]}" + labels), false},
      {spec("  match: {namespaces: [\"a-\"]}" + labels), false},
      {spec("  match: {namespaces: [\"^a$\"]}" + labels), false},
      {spec("  match: {namespaceSelector: {}}\n  exclude: {namespaceSelector: {matchLabels: {a: b}}}" +
            labels),
       true},
      {spec("  match: {namespaceSelector: {matchLabels: {}}}" + labels), false},
      {spec("  match: {namespaceSelector: {a: b}}" + labels), false},
      {spec("  match: {namespaceSelector: {matchExpressions: [{key: a, operator: Equals}]}}" + labels),
       false},
      {spec("  mode: Warn\n  match: {namespaceSelector: {matchLabels: {a: b}}}\n  limits: "
            "{secretsPerNamespace: 5}"),
       true},
      {spec("  match: {sizeOver: -1}" + labels), false},
      {spec("  match: {sizeOver: 5KiB}" + labels), false},
      {spec("  match: {sizeOver: 500m}" + labels), false},
      {spec("  match: {sizeOver: 500K}" + labels), false},
      {spec("  match: {sizeOver: 5E}" + labels), false},
      {spec("  match: {sizeOver: 5E3, sizeUpTo: 5Ei}" + labels), true},
      {spec("  match: {sizeOver: true}" + labels), false},
      {spec("  match: {labelSelector: {}}" + labels), false},
      {spec("  match: {labelSelector: {matchLabels: {}}}" + labels), false},
      {spec("  match: {labelSelector: {matchLabels: {a: 5}}}" + labels), false},
      {spec("  match: {labelSelector: {matchExpressions: []}}" + labels), false},
      {spec("  match: {labelSelector: {matchExpressions: [{key: a}]}}" + labels), false},
      {spec("  match: {labelSelector: {matchExpressions: [{operator: Exists}]}}" + labels), false},
      {spec("  match: {labelSelector: {matchExpressions: [{key: a, operator: Equals}]}}" + labels), false},
      {spec("  match: {labelSelector: {matchExpressions: [{key: -a, operator: Exists}]}}" + labels), false},
      {spec("  match: {labelSelector: {matchExpressions: [{key: a, operator: In, values: []}]}}" + labels),
       false},
      {spec("  labels: {}"), false},
      {spec("  labels: {a: true}"), false},
      {spec("  labels: {a: \"b c\"}"), false},
      {spec("  labels: {a: " + std::string(64, 'a') + "}"), false},
      {spec("  mode: Warn\n  limits: {}"), false},
      {spec("  mode: Warn\n  limits: {unknown: 5}"), false},
      {spec("  mode: Warn\n  limits: {bytesPerSecret: 0}"), false},
      {spec("  mode: Warn\n  limits: {keysPerSecret: 0}"), false},
      {spec("  mode: Warn\n  limits: {keysPerSecret: \"5\"}"), false},
      {spec("  mode: Warn\n  limits: {keysPerSecret: 1.5}"), false},
      {spec("  mode: Warn\n  limits: {secretsPerRelease: 1}"), false},
      {spec("  mode: Warn\n  limits: {secretsPerNamespace: 1}\n  warnAt: 101%"), false},
      {spec("  mode: Warn\n  limits: {secretsPerNamespace: 1}\n  warnAt: 0%"), false},
      {spec("  mode: Warn\n  limits: {secretsPerNamespace: 1}\n  warnAt: 90"), false},
      {spec("  exemptRequests: {users: a}" + labels), false},
      {spec("  exemptRequests: {other: [a]}" + labels), false},
      {spec("  message: 5" + labels), false},
      {spec("  message: " + std::string(1025, 'x') + labels), false},
  };
  for (const auto& [text, good] : cases) {
    INFO(text);
    CHECK(loader_accepts(text) == good);
    CHECK(schema_accepts(text) == good);
  }
}

TEST_CASE("Rules across fields are the loader's alone: a schema cannot hold them") {
  const std::string labels = "\n  labels: {k: v}";
  for (const auto& text : {
           std::string("  labels: {owner: me}"),
           std::string("  labels: {app.kubernetes.io/name: me}"),
           std::string("  labels: {\"a b\": me}"),  // keys of a mapping have no pattern in draft 4
           std::string("  match: {sizeOver: 5, sizeUpTo: 5}") + labels,
           std::string("  exclude: {sizeOver: 5, sizeUpTo: 5}") + labels,
           "  match: {names: [" + std::string(254, 'a') + "]}" + labels,
           std::string("  match: {types: [\"^a$\"]}") + labels,
           std::string("  match: {sizeOver: 010}") + labels,
           std::string("  match: {sizeOver: 12345678901234567890}") + labels,
           std::string("  match: {sizeOver: 100P, sizeUpTo: 100Ei}") + labels,
           std::string("  match: {labelSelector: {matchExpressions: [{key: a, operator: In}]}}") + labels,
           std::string(
               "  match: {labelSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}") +
               labels,
           std::string("  mode: Enforce\n  limits: {secretsPerCluster: 5}"),
           std::string("  mode: Warn\n  enforceOn: [CREATE]\n  limits: {keysPerSecret: 5}"),
           std::string("  mode: Warn\n  match: {sizeOver: 5}\n  limits: {secretsPerNamespace: 5}"),
           std::string("  mode: Warn\n  limits: {keysPerSecret: 5}\n  warnAt: 90%"),
           std::string("  mode: Warn\n  limits: {secretsPerNamespace: 5}\n  allowGrowth: 5"),
       }) {
    INFO(text);
    auto document = test::document("p", text);
    document.resize(document.size() - 4);
    CHECK_FALSE(loader_accepts(document));
    CHECK(schema_accepts(document));
  }
}
