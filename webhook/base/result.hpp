// A value or an Error. boost::system::result 1.81 lacks [[nodiscard]]; this adds it. Thread-safety: a value.
#pragma once

#include <stdexcept>

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
};

}  // namespace hygiene::base

namespace hygiene {

using base::Result;  // as Error

}  // namespace hygiene
