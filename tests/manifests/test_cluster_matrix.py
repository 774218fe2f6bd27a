"""tests/lib/cluster_matrix.py on text: the module that builds another version, and the table."""

import contextlib
import io
import pathlib
import re
import sys
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lib"))
import cluster_matrix  # noqa: E402  (found by the line above)
import process  # noqa: E402

PUBLISHED = """// generated
module k8s.io/kubernetes

go 1.22.0

require k8s.io/api v0.0.0

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/cli-runtime => ./staging/src/k8s.io/cli-runtime
	example.com/other => example.com/fork v1.0.0
)
"""


class Module(unittest.TestCase):
    def test_directories_of_the_repository_become_modules_of_the_same_release(self):
        made = cluster_matrix.go_mod(PUBLISHED, "1.30.14")
        self.assertIn("\tk8s.io/api => k8s.io/api v0.30.14\n", made)
        self.assertIn("\tk8s.io/cli-runtime => k8s.io/cli-runtime v0.30.14\n", made)
        self.assertIn("\texample.com/other => example.com/fork v1.0.0\n", made)
        self.assertNotIn("./staging", made)

    def test_it_is_ours_and_requires_kubernetes(self):
        made = cluster_matrix.go_mod(PUBLISHED, "1.30.14")
        self.assertEqual(re.findall(r"^module (.*)", made, re.MULTILINE), [cluster_matrix.MODULE])
        self.assertTrue(made.endswith("\nrequire k8s.io/kubernetes v1.30.14\n"))


class Table(unittest.TestCase):
    def test_a_row_a_test_and_a_column_a_version(self):
        self.assertEqual(cluster_matrix.table({"1.30.14": {"a": "passed", "b": "passed"}, "1.37.2": {"a": "**failed**"}}),
                         "| test | 1.30.14 | 1.37.2 |\n|---|---|---|\n| a | passed | **failed** |\n| b | passed |  |")


class Run(unittest.TestCase):
    def run_with(self, versions, missing=(), failing=()):
        """What is done, in its order; and what is printed."""
        done, printed = [], io.StringIO()

        def fetch(version):
            done.append(f"fetch {version}")
            if version in missing:
                raise process.Missing(version)

        def build(version, say):
            done.append(f"build {version}")
            return version

        def outcome(name, directory, say):
            done.append(f"try {directory}")
            return "**failed**" if (directory, name) in failing else "passed"

        with mock.patch.multiple(cluster_matrix, fetch=fetch, build=build, outcome=outcome, TESTS=("a", "b")), \
                mock.patch.object(cluster_matrix.cluster_tools, "build"), contextlib.redirect_stdout(printed):
            try:
                cluster_matrix.run(versions, print)
            except process.Failed:
                done.append("failed")
        return done, printed.getvalue()

    def test_all_versions_are_fetched_before_the_first_is_built_and_built_before_it_is_tried(self):
        self.assertEqual(self.run_with(("1", "2"))[0], ["fetch 1", "fetch 2", "build 1", "build 2", "try 1", "try 1", "try 2", "try 2"])
        self.assertEqual(self.run_with(("1", "2"), missing=("2",)), (["fetch 1", "fetch 2", "failed"], ""))

    def test_a_test_that_fails_is_in_the_table_and_fails_the_verb(self):
        done, printed = self.run_with(("1", "2"), failing=(("1", "b"),))
        self.assertEqual(done[-1], "failed")
        self.assertIn("| b | **failed** | passed |", printed)


class Go(unittest.TestCase):
    def test_a_module_that_cannot_be_had_is_named_once(self):
        line = "endpoints_controller.go:42:2: k8s.io/endpointslice@v0.32.13: reading https://proxy.example/k8s.io/endpointslice.zip: 403 Forbidden\n"
        refused = mock.Mock(returncode=1, stdout=2 * f"{line}\tserver response: This module version is not available.\n")
        with mock.patch.object(cluster_matrix.cluster_tools.subprocess, "run", return_value=refused), contextlib.redirect_stderr(io.StringIO()), \
                self.assertRaises(process.Missing) as raised:
            cluster_matrix.cluster_tools.run_go("here", "list")
        self.assertEqual(str(raised.exception), "go list failed in here: the module proxy does not give k8s.io/endpointslice@v0.32.13")


class Versions(unittest.TestCase):
    def test_the_page_names_each_that_is_tried_and_the_tests_are_there(self):
        page = (ROOT / "docs" / "support.md").read_text(encoding="utf-8")
        for version in cluster_matrix.VERSIONS:
            self.assertIn(version, page)
        for name in cluster_matrix.TESTS:
            self.assertTrue((ROOT / "tests" / "api_server" / f"{name}.py").exists(), name)

    def test_continuous_integration_runs_each(self):
        workflow = (ROOT / ".github" / "workflows" / "ci.yaml").read_text(encoding="utf-8")
        self.assertIn(f"        kubernetes: [{', '.join(cluster_matrix.VERSIONS)}]\n", workflow)

    def test_the_oldest_is_the_charts(self):
        chart = (ROOT / "manifests" / "chart" / "Chart.yaml").read_text(encoding="utf-8")
        oldest = cluster_matrix.VERSIONS[0].rsplit(".", 1)[0]
        self.assertIn(f'kubeVersion: ">={oldest}.0-0"', chart)


if __name__ == "__main__":
    unittest.main()
