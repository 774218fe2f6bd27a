#include "runtime/sources/certificate_source.hpp"

#include <sstream>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "runtime/counting/run_until.hpp"
#include "runtime/sources/temporary_directory.hpp"

using namespace hygiene;
using namespace hygiene::runtime;
using namespace hygiene::runtime_test;
using namespace hygiene::telemetry;
using std::chrono::milliseconds;
using TimePoint = std::chrono::system_clock::time_point;

namespace fs = std::filesystem;

namespace {

constexpr const char* kKey = "the-planted-key-of-";

// Stands for TLS: a pair fits together if both files end alike, and ends (expires) at that second.
Result<TimePoint> pair_ends(const CertificateTexts& texts) {
  const std::string number = texts.certificate.substr(texts.certificate.rfind('-') + 1);
  if (texts.key != kKey + number) return Error(Errc::invalid, "the key is not the certificate's");
  return TimePoint(std::chrono::seconds(std::stoi(number)));
}

class Fixture {
 public:
  explicit Fixture(milliseconds second_look = milliseconds(20)) : second_look_(second_look) {}

  Result<void> start(const fs::path& client_ca = {}) {
    const CertificateSource::Options options{
        directory(), client_ca, {milliseconds(5), milliseconds(10)}, second_look_};
    auto started =
        CertificateSource::start(context_, options, log_, metrics_, [this](const CertificateTexts& texts) {
          ++attempts_;
          auto ends = pair_ends(texts);
          if (ends.has_value()) installed_.push_back(texts.certificate + ' ' + texts.client_ca);
          return ends;
        });
    if (started.has_error()) return started.error();
    source_ = std::move(*started);
    return {};
  }

  void write_certificate(int number) {
    write_file(directory() / "tls.crt", "certificate-" + std::to_string(number));
  }
  void write_key(int number) { write_file(directory() / "tls.key", kKey + std::to_string(number)); }
  void write_pair(int number) {
    write_certificate(number);
    write_key(number);
  }

  template <class Predicate>
  bool run(Predicate happened) {
    return run_until(context_, happened);
  }
  void run_polls() {
    int polls = 0;
    const WatchTiming timing{milliseconds(5), milliseconds(10)};
    const hygiene::runtime::DirectoryWatch counter(
        context_, directory(), [&] { ++polls; }, timing);
    REQUIRE(run([&] { return polls == 5; }));
  }

  double reloads(std::string_view result) { return metrics_.certificate_reloads(result).Value(); }
  double last_successful() { return metrics_.certificate_last_reload_successful().Value(); }
  double expiry() { return metrics_.certificate_expiry_timestamp_seconds().Value(); }
  const fs::path& directory() const { return directory_.path(); }
  const std::vector<std::string>& installed() const { return installed_; }
  int attempts() const { return attempts_; }
  std::string logged() const { return out_.str(); }
  void end() { source_.reset(); }

 private:
  TemporaryDirectory directory_;
  milliseconds second_look_;
  boost::asio::io_context context_;
  std::ostringstream out_;
  Log log_{Level::debug, LogFormat::text, out_};
  Metrics metrics_;
  int attempts_ = 0;
  std::vector<std::string> installed_;
  std::unique_ptr<CertificateSource> source_;
};

}  // namespace

TEST_CASE("the first pair is installed before start returns, and its end is a metric") {
  Fixture fixture;
  fixture.write_pair(1000);
  REQUIRE(fixture.start().has_value());
  CHECK(fixture.installed() == std::vector<std::string>{"certificate-1000 "});
  CHECK(fixture.expiry() == 1000);
  CHECK(fixture.reloads("success") == 0);
  CHECK(fixture.logged().find("INFO  certificate loaded not_after=1970-01-01T00:16:40.000Z") !=
        std::string::npos);
}

TEST_CASE(
    "a start fails with the name of the file that is missing, too large or no file, or with what TLS says") {
  Fixture fixture;
  const auto message = [&] { return fixture.start().error().message(); };
  const std::string certificate = (fixture.directory() / "tls.crt").string();
  const std::string key = (fixture.directory() / "tls.key").string();
  CHECK(message() == certificate + ": cannot be read: No such file or directory");
  fixture.write_certificate(1);
  CHECK(message() == key + ": cannot be read: No such file or directory");
  fixture.write_key(2);
  CHECK(message() == fixture.directory().string() + ": the key is not the certificate's");
  write_file(certificate, std::string(kCertificateFileBytesMax + 1, 'c'));
  CHECK(message() == certificate + ": is larger than 1048576 bytes");
  fs::remove(certificate);
  fs::create_directory(certificate);
  CHECK(message() == certificate + ": is not a regular file");
  CHECK(fixture.installed().empty());
}

TEST_CASE("a file of just the largest size is read whole") {
  Fixture fixture;
  const std::string ending = "-1";
  write_file(fixture.directory() / "tls.crt",
             std::string(kCertificateFileBytesMax - ending.size(), 'c') + ending);
  fixture.write_key(1);
  REQUIRE(fixture.start().has_value());
  CHECK(fixture.installed().front().size() == kCertificateFileBytesMax + 1);
}

TEST_CASE("a pair that the kubelet swaps in is installed") {
  Fixture fixture;
  KubeletVolume volume(fixture.directory());
  volume.update({{"tls.crt", "certificate-1"}, {"tls.key", kKey + std::string("1")}});
  REQUIRE(fixture.start().has_value());
  volume.update({{"tls.crt", "certificate-2"}, {"tls.key", kKey + std::string("2")}});
  REQUIRE(fixture.run([&] { return fixture.expiry() == 2; }));
  CHECK(fixture.reloads("success") == 1);
  CHECK(fixture.reloads("failure") == 0);
  CHECK(fixture.logged().find("certificate reloaded not_after=1970-01-01T00:00:02.000Z") !=
        std::string::npos);
}

TEST_CASE("what did not change is not installed again") {
  Fixture fixture;
  fixture.write_pair(1);
  REQUIRE(fixture.start().has_value());
  fixture.write_certificate(1);
  fixture.run_polls();
  CHECK(fixture.attempts() == 1);
}

TEST_CASE("a key that is replaced under the same certificate is tried") {
  Fixture fixture;
  fixture.write_pair(1);
  REQUIRE(fixture.start().has_value());
  fs::rename(fixture.directory() / "tls.key", fixture.directory() / "old");
  fixture.write_key(1);
  REQUIRE(fixture.run([&] { return fixture.reloads("success") == 1; }));
  CHECK(fixture.attempts() == 2);
}

TEST_CASE("a client CA elsewhere is installed when it changes") {
  Fixture fixture;
  const TemporaryDirectory elsewhere;
  const fs::path client_ca = elsewhere.path() / "ca.crt";
  fixture.write_pair(1);
  CHECK(fixture.start(client_ca).error().message() ==
        client_ca.string() + ": cannot be read: No such file or directory");
  write_file(client_ca, "ca-1");
  REQUIRE(fixture.start(client_ca).has_value());
  write_file(client_ca, "ca-2");
  REQUIRE(fixture.run([&] { return fixture.reloads("success") == 1; }));
  CHECK(fixture.installed() == std::vector<std::string>{"certificate-1 ca-1", "certificate-1 ca-2"});
}

TEST_CASE("a client CA that comes through a pipe is read once, and stays when the pair changes") {
  Fixture fixture;
  fixture.write_pair(1);
  const TemporaryDirectory elsewhere;
  const fs::path pipe = elsewhere.path() / "client-ca";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { write_file(pipe, "ca-1"); });
  const auto started = fixture.start(pipe);
  writer.join();
  REQUIRE(started.has_value());
  fixture.write_pair(2);
  REQUIRE(fixture.run([&] { return fixture.reloads("success") == 1; }));
  CHECK(fixture.installed() == std::vector<std::string>{"certificate-1 ca-1", "certificate-2 ca-1"});
}

TEST_CASE("a pair that is written one file after the other is no failure") {
  Fixture fixture(std::chrono::hours(1));
  fixture.write_pair(1);
  REQUIRE(fixture.start().has_value());
  fixture.write_certificate(2);
  REQUIRE(fixture.run([&] { return fixture.attempts() == 2; }));
  CHECK(fixture.expiry() == 1);
  fixture.write_key(2);
  REQUIRE(fixture.run([&] { return fixture.expiry() == 2; }));
  CHECK(fixture.reloads("success") == 1);
  CHECK(fixture.reloads("failure") == 0);
}

TEST_CASE("a bad pair is counted and logged once, and the last good one stays until a good one comes") {
  Fixture fixture;
  fixture.write_pair(1);
  REQUIRE(fixture.start().has_value());
  CHECK(fixture.last_successful() == 1);
  fixture.write_certificate(2);
  REQUIRE(fixture.run([&] { return fixture.reloads("failure") == 1; }));
  CHECK(fixture.last_successful() == 0);
  const int attempts = fixture.attempts();
  CHECK(attempts >= 3);
  fixture.run_polls();
  CHECK(fixture.attempts() == attempts);
  CHECK(fixture.reloads("failure") == 1);
  CHECK(fixture.expiry() == 1);
  CHECK(fixture.installed().size() == 1);
  CHECK(fixture.logged().find("ERROR new certificate refused; the last good one stays in force error=") !=
        std::string::npos);
  fs::remove(fixture.directory() / "tls.crt");
  REQUIRE(fixture.run([&] { return fixture.reloads("failure") == 2; }));
  fixture.write_pair(3);
  REQUIRE(fixture.run([&] { return fixture.expiry() == 3; }));
  CHECK(fixture.reloads("success") == 1);
  CHECK(fixture.last_successful() == 1);
}

TEST_CASE("the key is in no line of the log and no error") {
  Fixture fixture;
  fixture.write_certificate(1);
  fixture.write_key(2);
  CHECK(fixture.start().error().message().find("planted") == std::string::npos);
  fixture.write_key(1);
  REQUIRE(fixture.start().has_value());
  fixture.write_key(2);
  REQUIRE(fixture.run([&] { return fixture.reloads("failure") == 1; }));
  fixture.write_pair(2);
  REQUIRE(fixture.run([&] { return fixture.reloads("success") == 1; }));
  CHECK(fixture.logged().find("planted") == std::string::npos);
}

TEST_CASE("a source may end while it waits for its second look") {
  Fixture fixture(milliseconds(0));
  fixture.write_pair(1);
  REQUIRE(fixture.start().has_value());
  fixture.write_certificate(2);
  REQUIRE(fixture.run([&] { return fixture.attempts() == 2; }));
  fixture.end();
  CHECK(!fixture.run([] { return false; }));
  CHECK(fixture.attempts() == 2);
}
