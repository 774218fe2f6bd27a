// The webhook configurations held against what our manifests render. Thread-safety: pure function.
#pragma once

#include <string>
#include <vector>

#include <rapidjson/fwd.h>

#include "housekeeping/doctor/diagnosis.hpp"

namespace hygiene::housekeeping {

// A webhook of ours as the API server calls it.
struct CalledWebhook {
  std::string name;
  std::string service;            // empty: it is called by `url`
  std::string service_namespace;  // of the Service
  std::string url;                // may hold a token in its path
  std::string ca_bundle;          // base64; empty: none
};

enum class ConfigurationKind { mutating, validating };

struct ConfigurationLook {
  std::vector<CalledWebhook> webhooks;
  Diagnoses diagnoses;
  std::vector<std::string> left_out;  // namespaces that the webhook for Secrets does not see
};

// `configuration`: the object. `own_namespace`: in which the webhook runs.
ConfigurationLook look_at_configuration(const rapidjson::Value& configuration, ConfigurationKind kind,
                                        const std::string& own_namespace);

// What differs between the two where nothing should.
Diagnoses compare_left_out(const ConfigurationLook& mutating, const ConfigurationLook& validating);

}  // namespace hygiene::housekeeping
