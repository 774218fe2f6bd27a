"""`check`: manifests of every shape, and reports in the formats of others."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree

import libwebhook
import manifest_inputs

# Denies, warns and audits the values of what REPORTED holds.
POLICIES = "---\n".join((
    libwebhook.policy_text("size", "mode: Enforce", "limits: {bytesPerSecret: 10}"),
    libwebhook.policy_text("tidy", "mode: Warn", "limits: {keysPerSecret: 2}"),
    libwebhook.policy_text("watch", "mode: Audit", "limits: {bytesPerKey: 5}")))
REPORTED = "---\n".join((
    manifest_inputs.SECRET,
    manifest_inputs.HEAD + "stringData: {k: elevenbytes}\n",
    manifest_inputs.HEAD + "stringData: {k: v, l: v, m: v}\n",
    manifest_inputs.HEAD + "stringData: {k: sixbyt}\n",
    'apiVersion: v1\nkind: Secret\nmetadata: {name: "<&\\e\\uFFFF\\U0001F600"}\nstringData: {k: elevenbytes}\n',
    manifest_inputs.SECRET + "sops: {}\n",
    "a: [\n"))

# What SARIF 2.1.0 says of the objects that are written: the type of each property that may stand there, and which must.
# Source: SARIF 2.1.0, sections 3.13 to 3.49. A list holds objects of the kind that it names.
SARIF = {
    "log": ({"$schema": str, "version": str, "runs": ["run"]}, {"version", "runs"}),
    "run": ({"tool": "tool", "columnKind": str, "results": ["result"], "invocations": ["invocation"]}, {"tool"}),
    "tool": ({"driver": "driver"}, {"driver"}),
    "driver": ({"name": str, "version": str, "rules": ["rule"]}, {"name"}),
    "rule": ({"id": str, "shortDescription": "text"}, {"id"}),
    "text": ({"text": str}, {"text"}),
    "result": ({"ruleId": str, "level": str, "message": "text", "locations": ["location"]}, {"message"}),
    "location": ({"physicalLocation": "physical", "logicalLocations": ["logical"]}, set()),
    "physical": ({"artifactLocation": "artifact", "region": "region"}, {"artifactLocation"}),
    "artifact": ({"uri": str}, {"uri"}),
    "region": ({"startLine": int, "startColumn": int}, {"startLine"}),
    "logical": ({"fullyQualifiedName": str, "kind": str}, set()),
    "invocation": ({"executionSuccessful": bool}, {"executionSuccessful"}),
}


class Check(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        (cls.directory / "policies.yaml").write_text(POLICIES, encoding="utf-8")
        (cls.directory / "a b&ä.yaml").write_text(REPORTED, encoding="utf-8")

    def check(self, *arguments, text=None, policies="policies.yaml"):
        return subprocess.run([libwebhook.binary(), "check", "-p", policies, *arguments], input=text, capture_output=True,
                              check=False, timeout=libwebhook.TIMEOUT, cwd=self.directory)

    def test_manifests_of_every_shape(self):
        for name, given in manifest_inputs.INPUTS.items():
            with self.subTest(name):
                done = self.check("-", text=given.data(), policies=libwebhook.DEFAULT_POLICIES)
                self.assertEqual(done.returncode, 2 if given.error else 0)
                self.assertEqual(int(re.search(rb"^(\d+) Secrets?: ", done.stdout, re.MULTILINE)[1]), given.secrets)
                said = done.stderr.decode().splitlines()
                self.assertEqual(said[:1], [f"standard input:{given.error}"] if given.error else [])

    def assert_sarif(self, kind, value):
        properties, required = SARIF[kind]
        self.assertIsInstance(value, dict, kind)
        self.assertLessEqual(required, value.keys(), kind)
        self.assertLessEqual(value.keys(), properties.keys(), kind)
        for name, each in value.items():
            of_kind = properties[name]
            if isinstance(of_kind, list):
                self.assertIsInstance(each, list)
                for item in each:
                    self.assert_sarif(of_kind[0], item)
            elif isinstance(of_kind, str):
                self.assert_sarif(of_kind, each)
            else:
                self.assertIs(type(each), of_kind, f"{kind}.{name}")

    def test_sarif_holds_to_its_specification(self):
        done = self.check("-o", "sarif", "a b&ä.yaml")
        self.assertEqual(done.returncode, 2)
        log = json.loads(done.stdout)
        self.assert_sarif("log", log)
        self.assertEqual(log["version"], "2.1.0")
        self.assertEqual(len(log["runs"]), 1)
        run = log["runs"][0]
        self.assertIn(run["columnKind"], ("utf16CodeUnits", "unicodeCodePoints"))
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(len(rules), len(set(rules)))
        found = []
        for result in run["results"]:
            self.assertIn(result["ruleId"], rules)
            self.assertIn(result["level"], ("none", "note", "warning", "error"))
            self.assertEqual(len(result["locations"]), 1)
            place = result["locations"][0]["physicalLocation"]
            self.assertEqual(urllib.parse.unquote(place["artifactLocation"]["uri"], errors="strict"), "a b&ä.yaml")
            self.assertTrue(place["artifactLocation"]["uri"].isascii())
            self.assertTrue(all(number >= 1 for number in place["region"].values()))
            found.append((result["ruleId"], result["level"], place["region"]["startLine"]))
        self.assertEqual(found, [
            ("bytesPerSecret", "error", 6), ("bytesPerKey", "note", 6), ("keysPerSecret", "warning", 11), ("bytesPerKey", "note", 16),
            ("bytesPerSecret", "error", 21), ("bytesPerKey", "note", 21), ("cannotJudge", "error", 33)])
        self.assertFalse(run["invocations"][0]["executionSuccessful"])

    def test_junit_is_xml_whose_counts_are_right(self):
        done = self.check("-o", "junit", "a b&ä.yaml")
        self.assertEqual(done.returncode, 2)
        suites = xml.etree.ElementTree.fromstring(done.stdout)
        self.assertEqual(suites.tag, "testsuites")
        self.assertEqual([suite.tag for suite in suites], ["testsuite"])
        suite = suites[0]
        cases = list(suite)
        self.assertEqual({case.tag for case in cases}, {"testcase"})
        for key, count in (("tests", len(cases)), ("failures", len(suite.findall("testcase/failure"))),
                           ("errors", len(suite.findall("testcase/error"))), ("skipped", len(suite.findall("testcase/skipped")))):
            self.assertEqual(suite.get(key), str(count), key)
        self.assertEqual([child.tag for case in cases for child in case],
                         ["failure", "system-out", "system-out", "failure", "skipped", "error"])
        self.assertEqual({case.get("classname") for case in cases}, {"a b&ä.yaml"})
        self.assertEqual(cases[4].get("name"), "default/<&\ufffd\ufffd\U0001f600 (line 21)")

    def test_a_directory_of_a_chart_and_of_kustomize(self):
        chart = self.directory / "chart"
        chart.mkdir()
        for name, text in (("Chart.yaml", "apiVersion: v2\nname: web\n"), ("values.yaml", "replicas: 1\n"),
                           ("kustomization.yaml", "resources: [secret.yaml]\n"), ("secret.yaml", manifest_inputs.SECRET)):
            (chart / name).write_text(text, encoding="utf-8")
        quiet = self.check("chart")
        self.assertEqual((quiet.returncode, quiet.stderr), (0, b""))
        self.assertEqual(quiet.stdout, b"1 Secret: 1 allowed; 3 files or documents without a Kubernetes object skipped\n")
        for flag in ("-v", "--verbose"):
            self.assertEqual(self.check(flag, "chart").stderr.decode().splitlines(), [
                "chart/Chart.yaml: skipped: no Kubernetes object", "chart/kustomization.yaml: skipped: no Kubernetes object",
                "chart/values.yaml: skipped: no Kubernetes object"])


if __name__ == "__main__":
    unittest.main()
