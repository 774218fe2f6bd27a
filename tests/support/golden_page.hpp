// Golden pages of HTML under tests/browser, where a real browser opens them. HYGIENE_UPDATE_GOLDEN=1 in the
// environment writes them anew; read the difference before you commit it.
#pragma once

#include <initializer_list>
#include <string>

namespace hygiene::test {

// `page`, in which "{{FILE}}" stands for the text of each of `files`, paths in the source tree: golden pages
// do not repeat what the program embeds. Each must be there. Where golden pages are to be updated, writes it
// to `golden`, a path in the source tree.
std::string without_embedded_files(std::string page, const std::string& golden,
                                   std::initializer_list<const char*> files);

}  // namespace hygiene::test
