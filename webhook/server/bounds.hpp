// Every limit of the server, each with the reason for its value. Thread-safety: values and pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace hygiene::server {

struct Bounds {
  // An API server sends about 300 bytes of header.
  std::size_t header_bytes_max = 16 * 1024;
  // The largest review that an API server can send is 18,872,903 bytes: a request body of 3 MiB, its limit,
  // of `<`, each written as \u003c.
  std::size_t body_bytes_max = 20 * 1024 * 1024;
  // One read: three TLS records of 16 KiB and the head fit.
  std::size_t read_buffer_bytes = 64 * 1024;
  // An API server keeps about 25 idle connections and opens one a concurrent write; of each webhook
  // configuration.
  std::size_t connections_max = 1024;  // in all threads together
  // Beyond this a request needs a large slot; ordinary reviews keep less than 4 KiB.
  std::size_t small_kept_bytes = 64 * 1024;
  // Requests of each thread that may keep much at once; others wait their turn without reading. A review
  // keeps at most 8.25 MiB, which comes to 165 MiB on 4 threads.
  std::size_t large_slots_per_worker = 5;

  std::chrono::milliseconds handshake_timeout{10'000};  // the API server's own limit for a TLS handshake
  std::chrono::milliseconds header_timeout{10'000};     // from a request's first byte
  std::chrono::milliseconds request_timeout{30'000};    // the largest timeoutSeconds of a webhook
  std::chrono::milliseconds write_timeout{10'000};      // of an answer that the peer does not read
  std::chrono::milliseconds idle_timeout{120'000};      // the API server closes after 90 s
};

// Which bound was reached: the `bound` label of secret_hygiene_bound_reached_total.
enum class Bound {
  header,
  body,
  connections,
  kept_bytes,
  handshake_time,
  header_time,
  request_time,
  write_time,
  idle_time
};
inline constexpr std::size_t kBounds = 9;
std::string_view to_string(Bound bound);

}  // namespace hygiene::server
