#include "housekeeping/doctor/endpoints_check.hpp"

#include <rapidjson/document.h>

#include "housekeeping/doctor/object_reader.hpp"
#include "housekeeping/stored/object_list.hpp"
#include "json/document.hpp"

namespace hygiene::housekeeping {

Diagnosis check_endpoints(cluster::BlockingApi& api, const CertificatePlace& place) {
  constexpr const char* kCheck = "endpoints";
  rapidjson::Document service;
  const auto read = read_object(
      api, {.plural = "services", .namespace_name = place.namespace_name, .name = place.service}, service);
  if (!read && read.error().code() == Errc::missing)
    return {kCheck, place.service, Health::problem,
            "there is no Service " + place.service + " in namespace " + place.namespace_name,
            "apply the manifests or the chart again, or give --service and -n"};
  if (!read) return not_looked_at(kCheck, place.service, read.error());
  if (json::text_at(service, {"spec", "type"}) == "ExternalName")
    return {kCheck,
            place.service,
            Health::ok,
            "the Service points to " + std::string(json::text_at(service, {"spec", "externalName"})) +
                " and has no endpoints",
            {}};
  unsigned all = 0, ready = 0;
  const auto listed = each_object(
      api, {.group = "discovery.k8s.io", .plural = "endpointslices", .namespace_name = place.namespace_name},
      "kubernetes.io/service-name=" + place.service, nullptr, [&](const rapidjson::Value& slice) {
        for (const auto& endpoint : json::elements_at(slice, {"endpoints"})) {
          ++all;
          if (json::truth_at(endpoint, {"conditions", "ready"}).value_or(true)) ++ready;
        }
      });
  if (!listed) return not_looked_at(kCheck, place.service, listed.error());
  const std::string said = std::to_string(ready) + " of " + std::to_string(all) + " endpoints are ready";
  const std::string advice =
      "see `kubectl -n " + place.namespace_name + " get pods` and the log of those that are not ready";
  if (ready == 0)
    return {kCheck, place.service, Health::problem, said + ": no write is labelled or limited", advice};
  if (ready < all) return {kCheck, place.service, Health::warning, said, advice};
  return {kCheck, place.service, Health::ok, said, {}};
}

}  // namespace hygiene::housekeeping
