// TLS as asio::ssl does it, behind the same Stream, so that the bench can show what OpenSSL directly on the
// socket saves. Thread-safety: the thread of its io_context.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "net/stream.hpp"
#include "net/tls_context.hpp"

namespace hygiene::bench {

std::unique_ptr<net::Stream> make_asio_stream(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<const net::TlsContext> context);

}  // namespace hygiene::bench
