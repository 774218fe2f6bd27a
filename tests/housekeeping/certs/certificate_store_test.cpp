#include "housekeeping/certs/certificate_store.hpp"

#include <catch2/catch.hpp>

using namespace hygiene;
using base::WipingText;

namespace {

// HOST:PORT of each replica that these pages of EndpointSlices name.
std::string replicas(const std::vector<std::string>& pages) {
  std::vector<WipingText> texts;
  for (const std::string& page : pages) texts.emplace_back(page);
  const auto found = housekeeping::parse_endpoint_slices(std::move(texts));
  if (!found) return "error";
  std::string text;
  for (const auto& to : *found) text += (text.empty() ? "" : " ") + to.host + ':' + std::to_string(to.port);
  return text;
}

std::string slice(const std::string& ports, const std::string& endpoints) {
  return R"({"items":[{"addressType":"IPv4","ports":)" + ports + R"(,"endpoints":)" + endpoints + "}]}";
}

}  // namespace

TEST_CASE("a slice's endpoints are replicas at the webhook's port") {
  const std::string one = R"([{"addresses":["10.0.0.1","10.0.0.9"]}])";
  const auto [ports, expected] = GENERATE(table<std::string, std::string>(
      {{R"([{"port":8443}])", "10.0.0.1:8443"},
       {R"([{"name":"","port":8443}])", "10.0.0.1:8443"},
       {R"([{"name":"metrics","port":9090},{"name":"https","port":8443}])", "10.0.0.1:8443"},
       {R"([{"name":"webhook","port":8443},{"name":"metrics","port":9090}])", "10.0.0.1:8443"},
       {R"([{"name":"a","port":1},{"name":"b","port":2}])", "10.0.0.1:1"},
       {R"([{"port":65535}])", "10.0.0.1:65535"},
       {R"([{"port":65536}])", ""},
       {R"([{"port":-1}])", ""},
       {R"([{"port":"8443"}])", ""},
       {R"([{"name":"any"}])", ""},
       {"[]", ""},
       {"null", ""}}));
  INFO(ports);
  CHECK(replicas({slice(ports, one)}) == expected);
}

TEST_CASE("every endpoint counts but one that terminates and serves no more") {
  const auto [conditions, counts] =
      GENERATE(table<std::string, bool>({{"{}", true},
                                         {R"({"ready":false})", true},
                                         {R"({"ready":false,"serving":false})", true},
                                         {R"({"terminating":true})", true},
                                         {R"({"ready":false,"serving":true,"terminating":true})", true},
                                         {R"({"ready":false,"serving":false,"terminating":true})", false},
                                         {R"({"serving":false,"terminating":false})", true},
                                         {R"({"serving":null,"terminating":null})", true}}));
  INFO(conditions);
  const std::string page = slice(
      R"([{"port":1}])", R"([{"addresses":["a"],"conditions":)" + conditions + R"(},{"addresses":["b"]}])");
  CHECK(replicas({page}) == (counts ? "a:1 b:1" : "b:1"));
}

TEST_CASE("endpoints come from every slice of every page, and those without an address from none") {
  const std::string first =
      R"({"items":[{"ports":[{"port":1}],"endpoints":[{"addresses":["10.0.0.1"]},{"addresses":[]},{}]},)"
      R"({"addressType":"IPv6","ports":[{"port":2}],"endpoints":[{"addresses":["fd00::1"]}]}]})";
  CHECK(replicas({first, R"({"items":[]})", slice(R"([{"port":3}])", R"([{"addresses":["c"]}])")}) ==
        "10.0.0.1:1 fd00::1:2 c:3");
  CHECK(replicas({}).empty());
  CHECK(replicas({R"({"items":null})", "{}", R"({"items":[7,null,{"endpoints":null}]})"}).empty());
  CHECK(replicas({R"({"items":[]})", "{"}) == "error");
  CHECK(replicas({"[]"}) == "error");
}

TEST_CASE("our Secret is told by its type and its label, and a damaged one is an error without its bytes") {
  const std::string labels =
      R"({"metadata":{"resourceVersion":"7","labels":{"app.kubernetes.io/managed-by":")";
  const std::string ours = labels + R"(secret-hygiene"}},"type":"kubernetes.io/tls","data":)";
  const auto pair = housekeeping::parse_secret(
      WipingText(ours + R"({"ca.crt":"Y2E=","tls.crt":"Y3J0","tls.key":"!"}})"), "s");
  REQUIRE(pair.has_value());
  CHECK(pair->resource_version == "7");
  CHECK(pair->ca_pem == "ca");
  CHECK(pair->certificate_pem == "crt");
  const auto empty = housekeeping::parse_secret(WipingText(ours + "{}}"), "s");
  REQUIRE(empty.has_value());
  CHECK(empty->certificate_pem.empty());
  const auto [text, code] = GENERATE_COPY(
      table<std::string, Errc>({{labels + R"(helm"}},"type":"kubernetes.io/tls"})", Errc::duplicate},
                                {labels + R"(secret-hygiene"}},"type":"Opaque"})", Errc::duplicate},
                                {R"({"type":"kubernetes.io/tls"})", Errc::duplicate},
                                {ours + R"({"ca.crt":"hunter2!"}})", Errc::syntax},
                                {ours + R"({"tls.crt":"hunter2!"}})", Errc::syntax},
                                {R"({"data":{"tls.key":"hunter2)", Errc::syntax},
                                {"", Errc::syntax}}));
  const auto refused = housekeeping::parse_secret(WipingText(text), "the Secret");
  REQUIRE(refused.has_error());
  CHECK(refused.error().code() == code);
  CHECK_THAT(refused.error().message(), !Catch::Contains("hunter2"));
}

TEST_CASE("of a configuration our webhooks count: by our Service, or by URL, each at its own place") {
  const housekeeping::CertificatePlace options;
  const auto state = housekeeping::parse_configuration(
      WipingText(
          R"({"metadata":{"resourceVersion":"9"},"webhooks":[)"
          R"({"name":"a","clientConfig":{"service":{"name":"other","namespace":"secret-hygiene"}}},)"
          R"({"name":"b","clientConfig":{"service":{"name":"secret-hygiene","namespace":"secret-hygiene"}}},)"
          R"({"name":"c","clientConfig":{"service":{"name":"secret-hygiene","namespace":"other"}}},)"
          R"({"name":"d","clientConfig":{"url":"https://x","caBundle":"Y2E="}}]})"),
      options);
  REQUIRE(state.has_value());
  CHECK(state->resource_version == "9");
  REQUIRE(state->webhooks.size() == 2);
  CHECK(state->webhooks[0].webhook == "b");
  CHECK(state->webhooks[0].index == 1);
  CHECK(state->webhooks[0].ca_pem.empty());
  CHECK(state->webhooks[1].index == 3);
  CHECK(state->webhooks[1].ca_pem == "ca");
  CHECK(housekeeping::parse_configuration(WipingText("{}"), options)->webhooks.empty());
  CHECK(housekeeping::parse_configuration(
            WipingText(R"({"webhooks":[{"clientConfig":{"url":"x","caBundle":"!"}}]})"), options)
            .has_error());
}

TEST_CASE("a resourceVersion is read where there is one") {
  CHECK(*housekeeping::parse_resource_version(WipingText(R"({"metadata":{"resourceVersion":"7"}})")) == "7");
  CHECK(
      housekeeping::parse_resource_version(WipingText(R"({"metadata":{"resourceVersion":""}})")).has_error());
  CHECK(
      housekeeping::parse_resource_version(WipingText(R"({"metadata":{"resourceVersion":7}})")).has_error());
}
