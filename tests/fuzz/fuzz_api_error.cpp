// Refusals of an API server. The first byte of the input is the status, of 300 to 555; the rest the body.
#include "cluster/api_error.hpp"
#include "fuzz/harness.hpp"

using namespace hygiene;
using test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned status = 300U + data[0];
  const cluster::ApiStatus said = cluster::read_status(test::text_of(data + 1, size - 1));
  const cluster::Resource secrets{.plural = "secrets", .namespace_name = "n"};
  const Error error = cluster::api_error(status, said, "list", secrets);
  require(test::is_sentence(error.message()));
  require(error.message().size() < 4096);
  if (status == 401 || status == 403) require(error.code() == Errc::denied);
  if (status >= 500) require(error.code() == Errc::io);
  return 0;
}
