// Short ways through RapidJSON for the .cpp files of `certs`. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "commands/certs/certs_store.hpp"

namespace hygiene::commands {

// Each reads an object as the API server wrote it, in place: `text` is of no use afterwards. Errors: syntax.
base::Result<StoredPair> parse_secret(base::WipingText text, const std::string& name);
base::Result<ConfigurationState> parse_configuration(base::WipingText text, const CertsOptions& options);
base::Result<std::vector<net::Destination>> parse_endpoint_slices(std::vector<base::WipingText> pages);
base::Result<std::string> parse_resource_version(base::WipingText text);

// A string of JSON, in quotes.
std::string json_string(std::string_view text);

}  // namespace hygiene::commands
