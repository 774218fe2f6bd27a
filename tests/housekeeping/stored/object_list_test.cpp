// Objects of a collection, page by page.
#include "housekeeping/stored/object_list.hpp"

#include <csignal>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include "json/document.hpp"
#include "support/kubeconfig_of.hpp"

using namespace hygiene;

namespace {

// Two pages of one object each.
struct Pages {
  std::vector<std::string> asked;
  std::size_t raise_at = 0;
  test::ScriptedServer server{[this](const test::ScriptedRequest& request) {
    asked.push_back(request.target);
    if (raise_at == asked.size()) std::raise(SIGTERM);
    const bool first = request.parameter("continue").empty();
    return test::answer(200, std::string(R"({"kind":"PodList","metadata":{"resourceVersion":"1")") +
                                 (first ? R"(,"continue":"next")" : "") +
                                 R"(},"items":[{"metadata":{"name":")" + (first ? "one" : "two") +
                                 R"("}}]})");
  }};
  test::KubeconfigOf kubeconfig{server};

  Result<std::string> names(const std::string& selector, const housekeeping::Interrupt* interrupt) {
    cluster::ClientConfigOptions access;
    access.kubeconfig = kubeconfig.path();
    const auto api = cluster::BlockingApi::open(access);
    REQUIRE(api);
    std::string all;
    const auto read =
        housekeeping::each_object(**api, {.plural = "pods"}, selector, interrupt, [&all](const auto& object) {
          all.append(json::text_at(object, {"metadata", "name"})).append(" ");
        });
    if (!read) return read.error();
    return all;
  }
};

}  // namespace

TEST_CASE("every object of every page is handed out, of those that a label selector takes") {
  Pages pages;
  CHECK(pages.names("app=web", nullptr).value() == "one two ");
  REQUIRE(pages.asked.size() == 2);
  for (const std::string& target : pages.asked)
    CHECK_THAT(target, Catch::Contains("labelSelector=app%3Dweb"));
  CHECK(pages.names("", nullptr).value() == "one two ");
  CHECK_THAT(pages.asked.back(), !Catch::Contains("labelSelector"));
}

TEST_CASE("a signal ends the list, where somebody listens for one") {
  Pages pages;
  const housekeeping::Interrupt interrupt;
  pages.raise_at = 1;
  const auto read = pages.names("", &interrupt);
  REQUIRE(read.has_error());
  CHECK(read.error().code() == Errc::interrupted);
}
