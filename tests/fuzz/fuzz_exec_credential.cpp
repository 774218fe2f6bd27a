// What a credential plugin writes, through a real child process: a credential, or an error that says nothing
// of what was written.
#include <fstream>
#include <string>

#include <unistd.h>

#include "cluster/got_credential.hpp"
#include "fuzz/harness.hpp"

using namespace hygiene;
using test::require;

namespace {

// A file that ends with the process.
struct File {
  File() { close(mkstemp(path.data())); }
  ~File() { unlink(path.c_str()); }
  std::string path = "/tmp/exec-credential.XXXXXX";
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const File file;
  std::ofstream(file.path, std::ios::binary | std::ios::trunc) << test::text_of(data, size);
  cluster::ExecPlugin plugin;
  plugin.command = "cat";
  plugin.arguments = {file.path};
  const auto credential = test::got_from(*test::plugin_source(plugin));
  if (credential) {
    require(!(*credential)->token.empty() || !(*credential)->certificate_pem.empty());
  } else {
    require(credential.error().code() == Errc::syntax);
    require(test::is_sentence(credential.error().message()));
    require(credential.error().message().size() < 200);
  }
  return 0;
}
