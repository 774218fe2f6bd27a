// A value or an Error. boost::system::result 1.81 lacks [[nodiscard]] and and_then; this adds both.
#pragma once

#include <stdexcept>
#include <type_traits>
#include <utility>

#include <boost/system/result.hpp>

#include "base/error.hpp"

namespace hygiene::base {

// Called by boost::system::result when value() is asked of a failure: a defect of the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("value() of a failed Result: " + error.message());
}

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;

  // The Result of `next(value)`, or this error.
  template <class F>
  auto and_then(F&& next) && {
    using Next = decltype(next(std::declval<T>()));
    if (this->has_error()) return Next(this->error());
    return std::forward<F>(next)(std::move(*this).value());
  }
};

template <>
class [[nodiscard]] Result<void> : public boost::system::result<void, Error> {
 public:
  using boost::system::result<void, Error>::result;
};

}  // namespace hygiene::base
