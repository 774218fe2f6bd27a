// Where the source tree is, for tests that read its files. One translation unit knows the path, so that
// ccache shares every other test object between checkouts.
#pragma once

#include <string>

namespace hygiene::test {

// The root of the source tree, without a slash at its end.
std::string source_dir();

}  // namespace hygiene::test
