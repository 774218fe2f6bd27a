#include "base/published_value.hpp"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

using hygiene::base::PublishedValue;

TEST_CASE("a reader sees what was published last, and keeps what it copied") {
  PublishedValue<int> snapshot;
  PublishedValue<int>::Reader reader(snapshot);
  CHECK(reader.get() == nullptr);
  snapshot.publish(std::make_shared<const int>(1));
  const auto first = reader.get();
  CHECK(*first == 1);
  snapshot.publish(std::make_shared<const int>(2));
  CHECK(*first == 1);
  CHECK(*reader.get() == 2);
  CHECK(*snapshot.load() == 2);
}

TEST_CASE("readers on other threads never go back to an older value") {
  PublishedValue<int> snapshot;
  snapshot.publish(std::make_shared<const int>(0));
  std::atomic<bool> went_back{false};
  const auto read = [&] {
    PublishedValue<int>::Reader reader(snapshot);
    for (int last = 0; last < 1000;) {
      const int now = *reader.get();
      if (now < last) went_back = true;
      last = now;
    }
  };
  std::thread a(read);
  std::thread b(read);
  for (int i = 1; i <= 1000; ++i) snapshot.publish(std::make_shared<const int>(i));
  a.join();
  b.join();
  CHECK_FALSE(went_back);
}
