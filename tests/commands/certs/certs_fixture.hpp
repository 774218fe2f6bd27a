// A cluster with both webhook configurations, and a kubeconfig that leads to it, for the tests of `certs`.
#pragma once

#include <string>

#include "base/base64.hpp"
#include "commands/certs/certs.hpp"
#include "commands/certs/certs_show.hpp"
#include "support/fake_cluster.hpp"
#include "support/fake_server.hpp"
#include "support/json_oracle.hpp"

namespace hygiene::test {

inline const std::string kSecret = "/api/v1/namespaces/secret-hygiene/secrets/secret-hygiene-tls";
inline const std::string kRegistration = "/apis/admissionregistration.k8s.io/v1/";
inline const std::string kValidating = kRegistration + "validatingwebhookconfigurations/secret-hygiene";
inline const std::string kMutating = kRegistration + "mutatingwebhookconfigurations/secret-hygiene";
inline const std::string kSlices = "/apis/discovery.k8s.io/v1/namespaces/secret-hygiene/endpointslices";

struct CertsTest : CommandTest<FakeCluster, commands::CertsOptions> {
  CertsTest() {
    const std::string configuration =
        R"({"metadata":{"name":"secret-hygiene"},"webhooks":[{"name":"w","clientConfig":{"service":)"
        R"({"namespace":"secret-hygiene","name":"secret-hygiene"}}},{"name":"other","clientConfig":)"
        R"({"service":{"namespace":"x","name":"y"}}}]})";
    fake.put(kValidating, configuration);
    fake.put(kMutating, configuration);
    fake.put(kSlices, R"({"metadata":{},"items":[]})");
    options.access.kubeconfig = kubeconfig.path();
    options.rotation.settle = options.rotation.wait = std::chrono::milliseconds(0);
    options.rotation.probe_pause = std::chrono::milliseconds(1);
  }

  std::string value(const std::string& path, const char* pointer) const {
    const auto decoded = base::decode_base64(text_at(fake.at(path), pointer));
    return decoded ? std::string(decoded->view()) : "not base64";
  }
  std::string ca() const { return value(kSecret, "/data/ca.crt"); }
  std::string bundle(const std::string& path) const {
    return value(path, "/webhooks/0/clientConfig/caBundle");
  }
};

}  // namespace hygiene::test
