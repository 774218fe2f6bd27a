// What a review holds that stops in its middle, and what its answer takes: the memory that was allocated, as
// malloc counts it, beside what the reader says. Every text of a review may be megabytes long, for a review
// at /mutate was not validated yet, and one that somebody forged never will be.
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <malloc.h>

#include "admission/response.hpp"
#include "admission/review_reader.hpp"
#include "admission/verdict.hpp"
#include "policy/evaluator.hpp"
#include "policy/support.hpp"

using namespace hygiene;
using admission::ReviewReader;

namespace {

std::size_t allocated_bytes = 0;  // this program has one thread
std::size_t peak_bytes = 0;

void* allocate(std::size_t size) noexcept {
  void* memory = std::malloc(size);
  if (memory != nullptr) allocated_bytes += malloc_usable_size(memory);
  peak_bytes = std::max(peak_bytes, allocated_bytes);
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) allocated_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

// Every form but those for over-aligned types: a sanitizer replaces each by itself, and what one allocates
// another must not free.
void* operator new(std::size_t size) {
  void* memory = allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t size) {
  return operator new(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  release(memory);
}

namespace {

// Of the reader itself, of short texts, and of buffers that it keeps for the next review.
constexpr std::size_t kSmall = 64 * 1024;
constexpr std::size_t kPart = 16 * 1024;

const std::string kTop = R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1",)";
const std::string kRequest =
    kTop + R"("request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Secret"},"operation":"UPDATE",)";

// A reader, and the memory that it and what it reads into hold.
class Stalled {
 public:
  // What is held after each part must be what the reader says, but for growth by doubling, and within its
  // bound.
  void feed(std::string_view text) {
    const std::size_t others = allocated_bytes - held_;
    bool within = true;
    for (; !text.empty(); text.remove_prefix(std::min(kPart, text.size()))) {
      reader_->feed(text.substr(0, kPart));
      held_ = allocated_bytes - others;
      within = within && reader_->kept_bytes() <= ReviewReader::kKeptBytesMax &&
               held_ <= 2 * reader_->kept_bytes() + kSmall;
    }
    INFO("kept " << reader_->kept_bytes() << ", held " << held_);
    CHECK(within);
  }
  void reset() {
    const std::size_t others = allocated_bytes - held_;
    reader_->reset();
    held_ = allocated_bytes - others;
  }
  std::size_t held() const { return held_; }
  const ReviewReader& reader() const { return *reader_; }

 private:
  std::size_t before_ = allocated_bytes;
  std::unique_ptr<ReviewReader> reader_ = std::make_unique<ReviewReader>();
  std::size_t held_ = allocated_bytes - before_;
};

// Every place in which a review may hold a text: what stands before it.
std::vector<std::string> places() {
  std::vector<std::string> places{R"({")", R"({"x":")", R"({"kind":")", R"({"apiVersion":")",
                                  R"({"request":{")"};
  for (const auto* before :
       {R"("uid":")", R"("kind":{")", R"("kind":{"kind":")", R"("kind":{"x":")",
        R"("resource":{"resource":")", R"("subResource":")", R"("name":")", R"("namespace":")",
        R"("operation":")", R"("userInfo":{")", R"("userInfo":{"username":")", R"("userInfo":{"groups":[")",
        R"("userInfo":{"groups":["g",")", R"("userInfo":{"extra":{")", R"("userInfo":{"extra":{"x":[")",
        R"("options":{")", R"("options":{"x":")"}) {
    places.push_back(kTop + R"("request":{)" + before);
  }
  for (const auto* object : {R"("object":)", R"("oldObject":)"}) {
    for (const auto* before : {R"({")",
                               R"({"x":")",
                               R"({"x":{")",
                               R"({"x":[{"y":")",
                               R"({"kind":")",
                               R"({"apiVersion":")",
                               R"({"type":")",
                               R"({"metadata":{")",
                               R"({"metadata":{"name":")",
                               R"({"metadata":{"generateName":")",
                               R"({"metadata":{"namespace":")",
                               R"({"metadata":{"uid":")",
                               R"({"metadata":{"resourceVersion":")",
                               R"({"metadata":{"deletionTimestamp":")",
                               R"({"metadata":{"labels":{")",
                               R"({"metadata":{"labels":{"a":")",
                               R"({"metadata":{"annotations":{")",
                               R"({"metadata":{"annotations":{"a":")",
                               R"({"metadata":{"annotations":{"secret-hygiene.io/bytes":")",
                               R"({"metadata":{"annotations":{"secret-hygiene.io/owned-labels":")",
                               R"({"metadata":{"annotations":{"secret-hygiene.io/unmanaged-labels":")",
                               R"({"metadata":{"ownerReferences":[{")",
                               R"({"metadata":{"ownerReferences":[{"name":")",
                               R"({"metadata":{"finalizers":[")",
                               R"({"metadata":{"managedFields":[{"manager":")",
                               R"({"metadata":{"managedFields":[{"fieldsV1":{")",
                               R"({"data":{")",
                               R"({"data":{"k":")",
                               R"({"stringData":{")",
                               R"({"stringData":{"k":")"}) {
      places.push_back(kRequest + object + before);
    }
  }
  return places;
}

// `count` members of an object, names of `name_bytes` each.
std::string members(std::size_t count, std::size_t name_bytes, const std::string& value) {
  std::string text;
  for (std::size_t number = 0; number < count; ++number) {
    std::string name = std::to_string(100'000 + number);
    name.resize(std::max(name.size(), name_bytes), 'n');
    text += (number == 0 ? "\"" : ",\"") + name + "\":" + value;
  }
  return text;
}

}  // namespace

TEST_CASE("a text of 3 MB that does not end takes no more memory than is counted, wherever it stands") {
  const std::string text(3'000'000, 'A');
  for (const std::string& before : places()) {
    INFO(before);
    Stalled stalled;
    stalled.feed(before);
    stalled.feed(text);
    stalled.reset();
    CHECK(stalled.reader().kept_bytes() == 0);
    CHECK(stalled.held() <= kSmall);
  }
}

TEST_CASE("long names of keys are measured whole and kept short") {
  const std::size_t bytes = 1'900'000;
  struct Case {
    const char* map;
    bool holds_data;
  };
  for (const auto& [map, holds_data] :
       {Case{R"({"data":{)", true}, Case{R"({"stringData":{)", true},
        Case{R"({"metadata":{"annotations":{)", false},
        Case{R"({"metadata":{"managedFields":[{"fieldsV1":{)", false}, Case{R"({"x":{)", false}}) {
    for (const auto* object : {"\"object\":", "\"oldObject\":"}) {
      INFO(object << map);
      Stalled stalled;
      stalled.feed(kRequest + object + map + members(7, bytes, "\"TWFu\"") + ",\"unfinished");
      const admission::Review& review = stalled.reader().partial();
      const secret::Facts& facts = review.has_object ? review.object : review.stored;
      CHECK(facts.key_name_bytes == (holds_data ? 7 * bytes : 0));
      CHECK(facts.largest_keys.size() == (holds_data ? secret::Facts::kLargestKeysMax : 0));
      for (const auto& key : facts.largest_keys) CHECK(key.name.size() == 253 + std::string("…").size());
      CHECK(stalled.reader().kept_bytes() < 4096);
      CHECK(stalled.held() <= kSmall);
    }
  }
}

TEST_CASE("the memory of a large object is given back where the object ends") {
  Stalled stalled;
  stalled.feed(kRequest + R"("object":{"data":{)" + members(100'000, 0, "\"\""));
  CHECK(stalled.held() >= 100'000 * sizeof(std::size_t));
  stalled.feed("},");
  CHECK(stalled.reader().kept_bytes() < 1024);
  CHECK(stalled.held() <= kSmall);
}

TEST_CASE("the review that keeps most stays within the bound") {
  Stalled stalled;
  std::string groups = R"("g")";
  for (int number = 0; number < 7500; ++number) groups += R"(,"g")";
  stalled.feed(kRequest + R"("userInfo":{"groups":[)" + groups + "]}," +
               R"("oldObject":{"metadata":{"labels":{)" + members(29'000, 0, "\"\"") + "}}}," +
               R"("object":{"metadata":{"labels":{)" + members(29'000, 0, "\"\"") + "}},\"data\":{" +
               members(260'000, 0, "\"\"") + ",\"" + std::string(2 * 1024 * 1024, 'k'));
  CHECK(stalled.reader().kept_bytes() > ReviewReader::kKeptBytesMax * 9 / 10);
}

TEST_CASE("an answer takes no more memory than a few times what is kept of its review") {
  std::string policies;
  for (int number = 0; number < 20; ++number) {
    const std::string name = "p" + std::to_string(number);
    policies += policy::test::document(
        name, "  mode: " + std::string(number % 2 == 0 ? "Enforce" : "Warn") + "\n  labels: {" + name +
                  ": \"1\"}\n  message: " + std::string(1000, 'm') +
                  "\n  limits: {bytesPerSecret: 1, bytesPerObject: 1, annotationBytes: 1, keysPerSecret: 1}");
  }
  const auto set = policy::test::load(policies);
  // Each label under our prefix is one to take off.
  std::string ours;
  for (int number = 0; number < 15'000; ++number)
    ours += (ours.empty() ? "\"" : ",\"") + std::string("secret-hygiene.io/") +
            std::to_string(100'000 + number) + "\":\"\"";
  const std::string record = R"("secret-hygiene.io/owned-labels":")";
  // What of a Secret may be large, and what follows it.
  for (const auto& [large, rest] : std::vector<std::pair<std::string, std::string>>{
           {R"({"metadata":{"labels":{)" + members(29'000, 0, "\"\""), "}},"},
           {R"({"metadata":{"labels":{)" + ours, "}},"},
           {R"({"metadata":{"annotations":{)" + members(200'000, 0, "\"\""), "}},"},
           {R"({"metadata":{"annotations":{)" + record + std::string(1'900'000, 'r'), "\"}},"},
           {R"({"metadata":{"annotations":{"secret-hygiene.io/unmanaged-labels":")" +
                std::string(1'000'000, ','),
            "k\"}},"},
           {R"({"type":")" + std::string(1'900'000, 't'), "\","},
           {R"({"metadata":{"name":")" + std::string(1'900'000, 'n'), "\"},"},
           {R"({"immutable":true)", ","}}) {
    const std::string object = large + rest + R"("data":{)" + members(100'000, 0, "\"TWFu\"") + "}}";
    INFO(object.substr(0, 60));
    ReviewReader reader;
    const std::string body = kRequest + R"("oldObject":)" + object + R"(,"object":)" + object + "}}";
    REQUIRE(reader.feed(body));
    REQUIRE(reader.finish());
    const admission::Review& review = reader.partial();
    const std::size_t kept = reader.kept_bytes();
    const std::size_t before = allocated_bytes;
    peak_bytes = before;
    {
      const policy::Evaluation evaluation(*set, review.request());
      const auto violations = evaluation.violations();
      REQUIRE_FALSE(violations.empty());
      admission::render_response(review.uid, admission::conclude(review.request(), violations));
      render_response(review.uid, conclude(review, evaluation.label_plan()));
    }
    INFO("kept " << kept << ", peak " << peak_bytes - before);
    CHECK(peak_bytes - before <= 4 * kept + kSmall);
    CHECK(allocated_bytes <= before + kSmall);
  }
}
