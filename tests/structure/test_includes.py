"""Holds every #include under webhook/ to the layers, and shows that a bad one is found."""

import pathlib
import tempfile
import unittest

import includes

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class ThisTree(unittest.TestCase):
    def test_every_include_points_down(self):
        self.assertEqual(includes.check_includes(ROOT), [])

    def test_no_room_includes_what_it_may_not(self):
        self.assertEqual(includes.check_rooms(ROOT), [])

    def test_no_file_includes_itself_through_others(self):
        self.assertEqual(includes.check_cycles(ROOT), [])

    def test_the_libraries_link_what_the_layers_say(self):
        self.assertEqual(includes.check_cmake(ROOT), [])

    def test_only_the_json_layer_parses_with_rapidjson(self):
        self.assertEqual(includes.check_parsing(ROOT), [])

    def test_the_sources_were_found(self):
        self.assertGreater(len(includes.sources(ROOT)), 20)


class BadTree(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.write("base/error.hpp", "#pragma once\n")
        self.write("policy/matcher.hpp", '#pragma once\n#include "base/error.hpp"\n')

    def write(self, name, text):
        path = self.root / "webhook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def test_a_good_tree_has_no_findings(self):
        self.write("main.cpp", '#include "policy/matcher.hpp"\n')
        self.assertEqual(includes.check_includes(self.root) + includes.check_cycles(self.root), [])

    def test_an_include_that_points_up_is_found(self):
        self.write("base/glob.cpp", '#include "base/error.hpp"\n#include "policy/matcher.hpp"\n')
        self.assertEqual(includes.check_includes(self.root),
                         ["webhook/base/glob.cpp:2: base may not include policy/matcher.hpp"])

    def test_an_include_of_a_folder_beside_is_found(self):
        self.write("server/server.cpp", '#include "policy/matcher.hpp"\n')
        self.assertEqual(includes.check_includes(self.root),
                         ["webhook/server/server.cpp:1: server may not include policy/matcher.hpp"])

    def test_an_include_of_a_folder_two_below_is_allowed(self):
        self.write("commands/lint/lint.cpp", '#include "base/error.hpp"\n#include "policy/matcher.hpp"\n')
        self.assertEqual(includes.check_includes(self.root), [])

    def test_an_include_of_a_room_beside_or_above_is_found(self):
        for name in ("runtime/counting/usage.hpp", "runtime/sources/policy_source.hpp", "counting/engine.hpp"):
            self.write(name, "#pragma once\n")
        self.write("runtime/status/status_json.cpp", '#include "runtime/counting/usage.hpp"\n#include "runtime/sources/policy_source.hpp"\n'
                                                '#include "counting/engine.hpp"\n')
        self.write("runtime/attic/old.cpp", "")
        self.assertEqual(includes.check_rooms(self.root),
                         ["webhook/runtime/attic/old.cpp: the folder attic is no room of runtime",
                          "webhook/runtime/status/status_json.cpp:2: runtime/status may not include runtime/sources/policy_source.hpp",
                          "webhook/runtime/status/status_json.cpp:3: runtime/status may not include counting/engine.hpp"])

    def test_an_include_that_does_not_resolve_is_found(self):
        self.write("policy/matcher.cpp", '#include "matcher.hpp"\n')
        self.assertEqual(includes.check_includes(self.root),
                         ['webhook/policy/matcher.cpp:1: "matcher.hpp" is no file under webhook/'])

    def test_an_own_header_in_angle_brackets_is_found(self):
        self.write("base/glob.cpp", "#include <policy/matcher.hpp>\n")
        self.assertEqual(includes.check_includes(self.root),
                         ["webhook/base/glob.cpp:1: <policy/matcher.hpp> is our own: write it in quotes"])

    def test_a_folder_that_is_no_layer_is_found(self):
        self.write("util/string.hpp", "#pragma once\n")
        self.assertEqual(includes.check_includes(self.root),
                         ["webhook/util/string.hpp: the folder util is not a layer"])

    def test_a_heavy_library_is_found_in_a_header_and_allowed_in_a_source(self):
        for library in ("boost/beast/http.hpp", "rapidjson/document.h", "CLI/CLI.hpp",
                        "spdlog/spdlog.h"):
            with self.subTest(library):
                self.write("server/http_connection.hpp", f"#pragma once\n# include <{library}>\n")
                self.write("server/http_connection.cpp", f"#include <{library}>\n")
                self.assertEqual(includes.check_includes(self.root),
                                 [f"webhook/server/http_connection.hpp:2: <{library}> belongs in a .cpp, not in a header"])

    def test_yaml_cpp_outside_the_yaml_layer_is_found(self):
        for name in ("yaml/tree.cpp", "cluster/kubeconfig.cpp"):
            self.write(name, "#include <yaml-cpp/yaml.h>\n")
        self.assertEqual(includes.check_includes(self.root),
                         ["webhook/cluster/kubeconfig.cpp:1: <yaml-cpp/yaml.h> is for yaml/ alone: include yaml/tree.hpp or yaml/reader.hpp"])

    def test_the_names_of_a_heavy_library_are_allowed_in_a_header(self):
        self.write("json/document.hpp", "#pragma once\n#include <rapidjson/fwd.h>\n")
        self.assertEqual(includes.check_includes(self.root), [])

    def test_a_parse_outside_the_json_layer_is_found_however_it_is_written(self):
        for line in ("document.Parse(text.data(), text.size());", "document.ParseInsitu(text.data());",
                     "document.Parse<rapidjson::kParseIterativeFlag>(text);", "return reader.Parse (in, handler);",
                     "document.ParseStream<0>(stream);", "#include <rapidjson/reader.h>"):
            with self.subTest(line):
                self.write("json/document.cpp", line + "\n")
                self.write("cluster/api_error.cpp", "\n" + line + "\n")
                self.assertEqual(includes.check_parsing(self.root),
                                 ["webhook/cluster/api_error.cpp:2: parse with json/document.hpp, which bounds the depth"])

    def test_a_comment_and_a_name_of_our_own_are_no_parse(self):
        self.write("proxy/query.hpp", "// Reads as labels.Parse(text) does.\nauto parsed = parse_document(a, b);\nParsed step;\n")
        self.assertEqual(includes.check_parsing(self.root), [])

    def test_a_cycle_within_one_folder_is_found(self):
        self.write("policy/a.hpp", '#include "policy/b.hpp"\n')
        self.write("policy/b.hpp", '#include "policy/c.hpp"\n')
        self.write("policy/c.hpp", '#include "policy/a.hpp"\n')
        self.assertEqual(includes.check_cycles(self.root),
                         ["include cycle: policy/a.hpp -> policy/b.hpp -> policy/c.hpp -> policy/a.hpp"])

    def test_a_library_that_links_a_layer_above_is_found(self):
        text = "\n".join(f"hygiene_layer({name} USES {' '.join(lower)} LINKS x)"
                         for name, lower in includes.LAYERS.items())
        (self.root / "CMakeLists.txt").write_text(text, encoding="utf-8")
        self.assertEqual(includes.check_cmake(self.root), [])
        (self.root / "CMakeLists.txt").write_text(
            text.replace("(net USES x509", "(net USES x509 policy"), encoding="utf-8")
        findings = includes.check_cmake(self.root)
        self.assertEqual(len(findings), 4, findings)  # net itself, and server, cluster and proxy, which stand on it
        self.assertIn("CMakeLists.txt: net uses ['x509', 'policy'], expected ['x509']", findings)


if __name__ == "__main__":
    unittest.main()
