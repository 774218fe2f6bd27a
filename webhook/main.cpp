#include "commands/command_line.hpp"

int main(int argc, char** argv) {
  return hygiene::commands::run_command_line(argc, argv);
}
