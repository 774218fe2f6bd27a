// An API server that stores nothing: lists as many Secrets as are asked for, as metadata and in pages, and
// holds watches open with bookmarks. For `./dev bench counting`, which asks how fast an inventory is read,
// and for `./dev bench proxy`, which asks what a GET costs where the API server costs little.
// synthetic_api_server PORT CERTIFICATE KEY SECRETS NAMESPACES; prints a line once it listens.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr std::size_t kHeadBytesMax = 16 * 1024;
constexpr std::size_t kPage = 500;  // where no limit is given
constexpr std::chrono::seconds kBookmarkEvery{5};
constexpr std::size_t kRevision = 5'000'000;

struct Stored {
  std::size_t secrets;
  std::size_t namespaces;
};

void add_number(std::string& text, std::size_t number, std::size_t width = 0) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) text.append(width - length, '0');
  text.append(digits.data(), length);
}

void add_uid(std::string& text, std::size_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::uint64_t word = 0;
  for (std::size_t digit = 0; digit < 32; ++digit) {
    // Two rounds of a multiplicative generator, so that the uids are spread as random ones are.
    if (digit % 16 == 0)
      word = (number * 2 + digit / 16 + 1) * 0x9E3779B97F4A7C15U ^ (number * 0xD1B54A32D192ED03U >> 7);
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    text += kDigits[word >> 60];
    word <<= 4;
  }
}

// What Helm stores: a revision of a release, its five labels, and what the API server notes of its fields.
void add_helm(std::string& page, std::size_t in_namespace) {
  const std::size_t release = in_namespace / 2 / 10;
  const std::size_t revision = in_namespace / 2 % 10 + 1;
  page +=
      R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"sh.helm.release.v1.service-)";
  add_number(page, release, 3);
  page += ".v";
  add_number(page, revision);
}

void add_helm_details(std::string& page, std::size_t in_namespace) {
  page += R"(,"labels":{"modifiedAt":"1795514072","name":"service-)";
  add_number(page, in_namespace / 2 / 10, 3);
  page += R"(","owner":"helm","status":"superseded","version":")";
  add_number(page, in_namespace / 2 % 10 + 1);
  page +=
      R"("},"annotations":{"secret-hygiene.io/bytes":"48392","secret-hygiene.io/owned-labels":"secret-hygiene.io/ignore=true"},"managedFields":[{"manager":"Helm","operation":"Update","apiVersion":"v1","time":"2026-11-24T09:54:32Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:release":{}},"f:metadata":{"f:annotations":{".":{},"f:secret-hygiene.io/bytes":{},"f:secret-hygiene.io/owned-labels":{}},"f:labels":{".":{},"f:modifiedAt":{},"f:name":{},"f:owner":{},"f:secret-hygiene.io/ignore":{},"f:status":{},"f:version":{}}},"f:type":{}}}]}})";
}

void add_opaque(std::string& page, std::size_t in_namespace) {
  page +=
      R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"application-credentials-)";
  add_number(page, in_namespace / 2, 5);
}

void add_opaque_details(std::string& page) {
  page +=
      R"(,"annotations":{"secret-hygiene.io/bytes":"1731"},"managedFields":[{"manager":"kubectl-create","operation":"Update","apiVersion":"v1","time":"2026-11-24T09:54:32Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:password":{},"f:username":{}},"f:metadata":{"f:annotations":{".":{},"f:secret-hygiene.io/bytes":{}}},"f:type":{}}}]}})";
}

void add_secret(std::string& page, const Stored& stored, std::size_t number) {
  const std::size_t in_each = (stored.secrets + stored.namespaces - 1) / stored.namespaces;
  const std::size_t in_namespace = number % in_each;
  const bool helm = in_namespace % 2 == 1;
  helm ? add_helm(page, in_namespace) : add_opaque(page, in_namespace);
  page += R"(","namespace":"team-)";
  add_number(page, number / in_each, 5);
  page += R"(","uid":")";
  add_uid(page, number);
  page += R"(","resourceVersion":")";
  add_number(page, 1000 + number);
  page += R"(","creationTimestamp":"2026-11-24T09:54:32Z")";
  helm ? add_helm_details(page, in_namespace) : add_opaque_details(page);
}

// The number that follows `field` in the query; `otherwise` where it is not there.
std::size_t parameter(std::string_view target, std::string_view field, std::size_t otherwise) {
  const auto at = target.find(field);
  if (at == std::string_view::npos) return otherwise;
  std::size_t number = otherwise;
  const char* from = target.data() + at + field.size();
  std::from_chars(from, target.data() + target.size(), number);
  return number;
}

std::string page_of(const Stored& stored, std::string_view target) {
  const std::size_t from = parameter(target, "continue=", 0);
  const std::size_t to = std::min(stored.secrets, from + parameter(target, "limit=", kPage));
  std::string page =
      R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":")";
  page.reserve((to - from + 1) * 1024);
  add_number(page, kRevision);
  page += '"';
  if (to < stored.secrets) {
    page += R"(,"continue":")";
    add_number(page, to);
    page += R"(","remainingItemCount":)";
    add_number(page, stored.secrets - to);
  }
  page += R"(},"items":[)";
  for (std::size_t number = from; number < to; ++number) {
    if (number != from) page += ',';
    add_secret(page, stored, number);
  }
  return page += "]}\n";
}

void add_chunk(std::string& out, std::string_view bytes) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
  out.append(digits.data(), end).append("\r\n").append(bytes).append("\r\n");
}

std::string head(const char* status) {
  return std::string("HTTP/1.1 ") + status +
         "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
}

// Source: kube-apiserver 1.36 sends a page as one chunk.
std::string answer(const char* status, std::string_view body) {
  std::string out = head(status);
  out.reserve(body.size() + 256);
  add_chunk(out, body);
  return out += "0\r\n\r\n";
}

// Source: kube-apiserver 1.36 gives what is as small as this a length.
const std::string& config_map_answer() {
  static const std::string made = [] {
    const std::string body =
        R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"one","namespace":"bench"},"data":{"key":")" +
        std::string(1000, 'x') + "\"}}\n";
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }();
  return made;
}

// Bookmarks until its time is over.
void hold_watch(TlsStream& stream, std::string_view target) {
  asio::write(stream, asio::buffer(head("200 OK")));
  const auto length = std::chrono::seconds(parameter(target, "timeoutSeconds=", 300));
  const auto end = std::chrono::steady_clock::now() + length;
  while (std::chrono::steady_clock::now() + kBookmarkEvery < end) {
    std::string out;
    add_chunk(
        out,
        R"({"type":"BOOKMARK","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":")" +
            std::to_string(kRevision) + "\",\"creationTimestamp\":null}}}\n");
    asio::write(stream, asio::buffer(out));
    std::this_thread::sleep_for(kBookmarkEvery);
  }
  asio::write(stream, asio::buffer(std::string_view("0\r\n\r\n")));
}

void serve(TlsStream stream, const Stored& stored) {
  stream.next_layer().set_option(tcp::no_delay(true));
  stream.handshake(asio::ssl::stream_base::server);
  std::string received;
  for (;;) {
    const std::size_t size =
        asio::read_until(stream, asio::dynamic_buffer(received, kHeadBytesMax), "\r\n\r\n");
    const std::string request = received.substr(0, size);
    received.erase(0, size);
    const std::string_view target = std::string_view(request).substr(0, request.find("\r\n"));
    if (target.find("watch=1") != std::string_view::npos) {
      hold_watch(stream, target);
    } else if (target.starts_with("GET /api/v1/secrets?")) {
      asio::write(stream, asio::buffer(answer("200 OK", page_of(stored, target))));
    } else if (target.starts_with("GET /api/v1/namespaces/bench/configmaps/one ")) {
      asio::write(stream, asio::buffer(config_map_answer()));
    } else {
      asio::write(stream, asio::buffer(answer("404 Not Found",
                                              R"({"kind":"Status","code":404,"reason":"NotFound"})")));
    }
  }
}

int run(char** arguments) {
  const Stored stored{std::strtoul(arguments[4], nullptr, 10), std::strtoul(arguments[5], nullptr, 10)};
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain_file(arguments[2]);
  tls.use_private_key_file(arguments[3], asio::ssl::context::pem);
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(),
                                                static_cast<std::uint16_t>(std::atoi(arguments[1]))));
  std::printf("synthetic_api_server listens on 127.0.0.1:%u\n", unsigned{acceptor.local_endpoint().port()});
  std::fflush(stdout);
  for (;;) {
    TlsStream stream(acceptor.accept(), tls);
    std::thread([&stored, stream = std::move(stream)]() mutable {
      try {
        serve(std::move(stream), stored);
      } catch (const std::exception&) {
        // The client went away.
      }
    }).detach();
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fputs("usage: synthetic_api_server PORT CERTIFICATE KEY SECRETS NAMESPACES\n", stderr);
    return 2;
  }
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "synthetic_api_server: %s\n", error.what());
    return 1;
  }
}
