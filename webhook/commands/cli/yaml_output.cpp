#include "commands/cli/yaml_output.hpp"

#include <sstream>

#include "yaml/writer.hpp"

namespace hygiene::commands {

void write_document(Output output, std::ostream& out, const std::function<void(std::ostream&)>& write_json) {
  if (output != Output::yaml) return write_json(out);
  std::ostringstream json;
  write_json(json);
  yaml::write_yaml(json.view(), out);
}

}  // namespace hygiene::commands
