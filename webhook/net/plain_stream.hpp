// Plain TCP, for the metrics and status ports. Thread-safety: the thread of its io_context.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "net/stream.hpp"

namespace hygiene::net {

std::unique_ptr<Stream> plain_stream(boost::asio::ip::tcp::socket socket);

}  // namespace hygiene::net
