#include <sstream>
#include <streambuf>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "commands/check/check.hpp"
#include "commands/check/check_run.hpp"

using namespace hygiene;

namespace {

// A List of Secrets as kubectl prints it, made while it is read: text, one value, text, the value again …
class ListBuf final : public std::streambuf {
 public:
  ListBuf(std::size_t secrets, std::size_t value_bytes)
      : secrets_(secrets), value_(value_bytes / 4 * 4, 'A') {}

 protected:
  int_type underflow() override {
    if (ended_) return traits_type::eof();
    if (std::exchange(value_next_, false)) return give(value_);
    text_ = next_ == 0 ? "{\n\"apiVersion\": \"v1\",\n\"items\": [\n" : end_of_item();
    ended_ = next_ == secrets_;
    text_ += ended_ ? "\n],\n\"kind\": \"List\"\n}\n"
                    : separator() + "{\n\"apiVersion\": \"v1\",\n\"data\": {\n\"blob\": \"";
    value_next_ = !ended_;
    if (!ended_) ++next_;
    return give(text_);
  }

 private:
  std::string separator() const { return next_ == 0 ? "" : ",\n"; }
  std::string end_of_item() const {
    return "\"\n},\n\"kind\": \"Secret\",\n\"metadata\": {\n\"name\": \"s" + std::to_string(next_) +
           "\",\n\"namespace\": \"default\"\n}\n}";
  }
  int_type give(std::string& text) {
    setg(text.data(), text.data(), text.data() + text.size());
    return traits_type::to_int_type(text[0]);
  }

  std::size_t secrets_;
  std::size_t next_ = 0;
  std::string value_;
  std::string text_;
  bool value_next_ = false;
  bool ended_ = false;
};

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("a List of 400 MB is judged within 32 MiB") {
  commands_test::CheckRun check(commands_test::kPolicies);
  auto options = check.options();
  options.files = {"-"};
  ListBuf list(600, 680'000);
  std::istream in(&list);
  std::ostringstream out;
  std::ostringstream err;
  const long before = peak_kib();
  CHECK(commands::run_check(options, in, out, err) == 1);
  CHECK(peak_kib() - before < 32 * 1024);
  CHECK(err.str().empty());
  CHECK(out.str().ends_with("\n600 Secrets: 0 allowed, 600 denied\n"));
}
