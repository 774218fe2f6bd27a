"""The Python of tests and demonstrations: what may import what, and no circles."""

import ast
import pathlib
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Each folder, and those whose modules it may import beside its own.
FOLDERS = {
    "tests/lib": set(),
    "tests/bench": {"tests/lib"},
    "demos": {"demos/limits", "tests/lib"},
    "demos/limits": {"demos", "tests/lib"},
    "tests/e2e": {"tests/lib"},
    "tests/manifests": {"tests/lib"},
    "tests/browser": {"tests/lib", "tests/e2e"},
    "tests/api_server/lib": {"tests/api_server", "tests/lib", "tests/e2e", "tests/manifests"},
    "tests/api_server": {"tests/api_server/lib", "tests/lib", "tests/e2e", "tests/browser", "tests/manifests", "demos"},
    "tests/api_server/commands": {"tests/api_server", "tests/api_server/lib", "tests/lib", "tests/e2e", "tests/manifests", "tests/browser"},
    "tests/api_server/counting": {"tests/api_server", "tests/api_server/lib", "tests/lib", "tests/manifests"},
    "tests/api_server/installation": {"tests/api_server/lib", "tests/lib", "tests/manifests"},
    "tests/demos": {"tests/api_server", "tests/api_server/lib", "tests/lib", "demos", "demos/limits"},
    "scripts": set(),
    "tests/mutations": set(),
    "tests/structure": {"scripts", "tests/lib", "tests/mutations"},
}


def imported(source):
    """The names of all modules that a source imports, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def graph_of(sources):
    """{module: modules} of {module: text}; modules of the system are left out."""
    return {name: {module for module in imported(text) if module in sources} for name, text in sources.items()}


def circle_in(graph):
    """The modules of one circle, in order; empty if there is none."""
    done = set()

    def visit(name, path):
        if name in path:
            return path[path.index(name):]
        if name in done:
            return []
        done.add(name)
        return next((circle for each in sorted(graph[name]) if (circle := visit(each, [*path, name]))), [])
    return next((circle for name in sorted(graph) if (circle := visit(name, []))), [])


class PythonImports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.py"))]
        cls.folder_of = {path.stem: path.parent.relative_to(ROOT).as_posix() for path in paths}
        cls.graph = graph_of({path.stem: path.read_text(encoding="utf-8") for path in paths})

    def test_all_python_is_known(self):
        found = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if "build" not in path.relative_to(ROOT).parts}
        self.assertEqual(found, set(FOLDERS))

    def test_no_two_modules_that_are_imported_have_one_name(self):
        everywhere = [path.stem for folder in FOLDERS for path in (ROOT / folder).glob("*.py")]
        twice = {name for name in everywhere if everywhere.count(name) > 1}
        self.assertEqual({name for modules in self.graph.values() for name in modules} & twice, set())

    def test_no_folder_imports_what_it_may_not(self):
        wrong = [f"{self.folder_of[name]}/{name}.py imports {module} of {self.folder_of[module]}"
                 for name, modules in self.graph.items() for module in sorted(modules)
                 if self.folder_of[module] not in {self.folder_of[name], *FOLDERS[self.folder_of[name]]}]
        self.assertEqual(wrong, [])

    def test_there_is_no_circle(self):
        self.assertEqual(circle_in(self.graph), [])

    def test_a_circle_is_found_also_through_an_import_in_a_function(self):
        sources = {"a": "import os\nimport b\n", "b": "def f():\n    from c import g\n", "c": "import a\n", "d": "import a\n"}
        self.assertEqual(circle_in(graph_of(sources)), ["a", "b", "c"])
        self.assertEqual(circle_in(graph_of({**sources, "c": "import os\n"})), [])


if __name__ == "__main__":
    unittest.main()
