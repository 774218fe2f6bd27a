#include "json/byte_source.hpp"

#include <algorithm>

namespace hygiene::json {

std::string_view ByteSource::ahead(std::size_t wanted) {
  while (buffer_.data().size() < wanted && in_) {
    const auto room = buffer_.prepare();
    in_.read(room.data(), static_cast<std::streamsize>(room.size()));
    buffer_.commit(static_cast<std::size_t>(in_.gcount()));
  }
  return buffer_.data();
}

void ByteSource::consume(std::size_t bytes) {
  const std::string_view passed = buffer_.data().substr(0, bytes);
  where_.offset += passed.size();
  const std::size_t newline = passed.rfind('\n');
  if (newline == std::string_view::npos) {
    where_.column += passed.size();
  } else {
    where_.line += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    where_.column = passed.size() - newline;
  }
  buffer_.consume(passed.size());
}

}  // namespace hygiene::json
