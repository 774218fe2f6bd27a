// What failed: a kind, a sentence for a person, and where in the input.
// An error never carries bytes of the input it is about: a Secret's value must not reach a log.
// Thread-safety: immutable.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>

namespace hygiene::base {

enum class Errc {
  invalid,      // a value outside what is allowed
  syntax,       // not JSON, YAML, PEM …
  encoding,     // not UTF-8, not base64
  duplicate,    // a key or a name given twice
  missing,      // something required is absent
  limit,        // larger, deeper or more than a bound allows
  unsupported,  // understood, but not served
  io,           // a file, a socket, the operating system
  expired,      // a certificate past its end, a token, a position in a list or a watch
  conflict,     // what was to be changed has changed meanwhile
  denied,       // the one who asks may not
  interrupted,  // whoever wanted it waits no longer
};

// Where in an input an error was found. Lines and columns count from 1; 0 is unknown.
struct Position {
  std::size_t offset = 0;  // bytes before it
  std::size_t line = 0;
  std::size_t column = 0;
};

class Error {
 public:
  Error() : code_(Errc::invalid) {}
  Error(Errc code, std::string message, Position where = {})
      : code_(code), message_(std::move(message)), where_(where) {}

  Errc code() const { return code_; }
  const std::string& message() const { return message_; }
  const Position& where() const { return where_; }

 private:
  Errc code_;
  std::string message_;
  Position where_;
};

// The message; for tests and for streams of people's text.
std::ostream& operator<<(std::ostream& out, const Error& error);

}  // namespace hygiene::base

namespace hygiene {

// Nearly every file names them: plain names in all our namespaces.
using base::Errc;
using base::Error;

}  // namespace hygiene
