"""What scripts/release.py makes and refuses, on text: SBOM, krew manifest, notes, and what `ldd` and `objdump` say of a program."""

import hashlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import release  # noqa: E402  (found by the line above)

PORTABLE = """\tlinux-vdso.so.1 (0x00007ffd)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f)
"""
SYMBOLS = "0 DF *UND* 0 (GLIBC_2.2.5) abort\n0 DF *UND* 0 (GLIBC_2.34) pthread_create\n0 DF *UND* 0 (GLIBC_2.9) htobe\n"


class Program(unittest.TestCase):
    def test_one_that_needs_the_c_library_only_is_portable(self):
        self.assertEqual(release.foreign_libraries(PORTABLE), [])
        self.assertEqual(release.foreign_libraries("\t/lib/ld-linux-aarch64.so.1 (0x0)\n"), [])

    def test_any_other_shared_library_is_named(self):
        for name in ("libspdlog.so.1.10", "libstdc++.so.6", "libgcc_s.so.1", "libcrypto.so.3", "libcivetweb.so.1"):
            with self.subTest(name):
                self.assertEqual(release.foreign_libraries(f"{PORTABLE}\t{name} => /lib/{name} (0x0)\n"), [name])
                self.assertEqual(release.foreign_libraries(f"\t{name} => not found\n"), [name])

    def test_versions_of_glibc_are_numbers_and_not_text(self):
        self.assertEqual(release.newest_glibc(SYMBOLS), (2, 34))


class Sbom(unittest.TestCase):
    document = release.sbom("thing", [("libssl-dev", "1:3.0.1~1+deb12", "openssl"), ("libstdc++-12-dev", "12.2.0-14", "gcc-12")], "ab" * 32, 86400)

    def test_it_describes_the_program_and_what_is_linked_into_it(self):
        self.assertEqual([(package["name"], package["versionInfo"]) for package in self.document["packages"]],
                         [("secret-hygiene", release.version()), ("libssl-dev", "1:3.0.1~1+deb12"), ("libstdc++-12-dev", "12.2.0-14")])
        self.assertEqual([(found["spdxElementId"], found["relationshipType"], found["relatedSpdxElement"])
                          for found in self.document["relationships"]],
                         [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-program"), ("SPDXRef-program", "DEPENDS_ON", "SPDXRef-libssl-dev"),
                          ("SPDXRef-program", "DEPENDS_ON", "SPDXRef-libstdc---12-dev")])

    def test_identifiers_and_package_addresses_are_escaped(self):
        for package in self.document["packages"]:
            self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.-]+$")
        self.assertEqual([package["externalRefs"][0]["referenceLocator"] for package in self.document["packages"][1:]], [
            "pkg:deb/debian/libssl-dev@1%3A3.0.1~1%2Bdeb12?distro=debian-12&upstream=openssl",
            "pkg:deb/debian/libstdc%2B%2B-12-dev@12.2.0-14?distro=debian-12&upstream=gcc-12"])

    def test_the_image_names_the_source_of_each_package(self):
        with tempfile.TemporaryDirectory() as directory:
            for package, source in (("libssl3", "Source: openssl\n"), ("libc6", "Source: glibc (2.36-9)\n"), ("rapidjson-dev", "")):
                (pathlib.Path(directory) / package).write_text(f"Package: {package}\nStatus: install ok installed\n{source}Version: 1-2\n",
                                                               encoding="utf-8")
            self.assertEqual(release.described(directory), [("libc6", "1-2", "glibc"), ("libssl3", "1-2", "openssl"),
                                                            ("rapidjson-dev", "1-2", "rapidjson-dev")])

    def test_a_package_of_another_architecture_has_the_version_that_was_linked(self):
        own = [("libssl-dev", "3.0.19", "openssl"), ("libfmt-dev", "9.1.0", "fmtlib")]
        unpacked = [("libssl-dev", "3.0.22", "openssl"), ("catch2", "2.13", "catch2")]
        self.assertEqual(release.linked(own, unpacked), [("libssl-dev", "3.0.22", "openssl"), own[1]])
        self.assertEqual(release.linked(own, []), own)

    def test_it_has_the_time_of_the_commit(self):
        self.assertEqual(self.document["creationInfo"]["created"], "1970-01-02T00:00:00Z")


class PublishedChart(unittest.TestCase):
    VALUES = (ROOT / "manifests" / "chart" / "values.yaml").read_text(encoding="utf-8")
    DIGEST = f"sha256:{'0a' * 32}"

    def test_it_names_the_image_that_is_published_and_changes_nothing_else(self):
        changed = yaml.safe_load(release.with_image(self.VALUES, "registry.example.com:5000/team/hygiene", self.DIGEST))
        expected = yaml.safe_load(self.VALUES)
        expected["image"] |= {"registry": "registry.example.com:5000/team", "repository": "hygiene", "digest": self.DIGEST}
        self.assertEqual(changed, expected)

    def test_an_image_without_registry_or_digest_is_refused(self):
        for image, digest in (("hygiene", self.DIGEST), ("/hygiene", self.DIGEST), ("a.example/hygiene", ""), ("a.example/hygiene", "0.2.0")):
            with self.subTest(image, digest=digest), self.assertRaises(ValueError):
                release.with_image(self.VALUES, image, digest)

    def test_values_that_name_no_image_are_refused(self):
        with self.assertRaises(ValueError):
            release.with_image(self.VALUES.replace("  digest:", "  checksum:", 1), "a.example/hygiene", self.DIGEST)


class Tag(unittest.TestCase):
    def test_one_that_is_not_the_version_stops_every_step(self):
        done = subprocess.run([ROOT / "dev", "release", "finish"], env={"PATH": os.environ["PATH"], "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v9.9.9"},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (1, f"dev: the tag is v9.9.9, the version v{release.version()}\n"))


class Texts(unittest.TestCase):
    def test_notes_are_the_section_of_the_version(self):
        changelog = "# Changelog\n\n## 0.2.0 - 2027\n\n- New.\n\n## 0.1.0\n\n- Old.\n"
        self.assertEqual(release.notes(changelog, "0.2.0"), "- New.\n")
        self.assertEqual(release.notes(changelog, "0.1.0"), "- Old.\n")

    def test_a_version_without_a_word_has_no_release(self):
        for changelog in ("## 0.1.0\n\n## 0.0.1\n\n- Old.\n", "## 0.1.01\n\n- Other.\n", ""):
            with self.subTest(changelog), self.assertRaises(ValueError):
                release.notes(changelog, "0.1.0")

    def test_this_version_has_notes(self):
        self.assertIn("secret-hygiene serve", release.notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), release.version()))

    def test_the_krew_manifest_names_each_archive_with_its_checksum(self):
        manifest = release.krew("https://a.example/b", {"arm64": ("b_arm64.tar.gz", "22"), "amd64": ("b_amd64.tar.gz", "11")})
        for line in (f"  - uri: https://a.example/b/releases/download/v{release.version()}/b_amd64.tar.gz", '      sha256: "11"',
                     "      selector: {matchLabels: {os: linux, arch: arm64}}", '      sha256: "22"'):
            self.assertIn(line, manifest)


def krew_findings(manifest, archives):
    """What krew, and the linter of its index, would refuse of a manifest. `archives`: {file name: its bytes}."""
    document = yaml.safe_load(manifest)
    findings = []

    def check(holds, finding):
        if not holds:
            findings.append(finding)

    check(document.get("apiVersion") == "krew.googlecontainertools.github.com/v1alpha2", "apiVersion")
    check(document.get("kind") == "Plugin", "kind")
    name, spec = document["metadata"].get("name", ""), document["spec"]
    # krew's names are words of letters, digits, - and _; its naming guide wants small letters and no "kubectl".
    check(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) and not name.startswith("kube"), "name")
    check(re.fullmatch(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?", spec.get("version", "")), "version")
    check(0 < len(spec.get("shortDescription", "")) <= 50 and not spec["shortDescription"].endswith("."), "shortDescription")
    check(all(len(line) <= 80 for line in spec.get("description", "").splitlines()) and spec.get("description"), "description")
    check(spec.get("homepage", "").startswith("https://"), "homepage")
    check(set(spec) <= {"version", "shortDescription", "description", "caveats", "homepage", "platforms"}, "unknown fields")
    check(spec.get("platforms"), "platforms")
    places = []
    for platform in spec.get("platforms", []):
        check(set(platform) <= {"uri", "sha256", "bin", "files", "selector"}, "unknown fields of a platform")
        file = platform["uri"].rsplit("/", 1)[-1]
        check(platform["uri"].startswith("https://") and spec["version"] in platform["uri"] and file.endswith((".tar.gz", ".zip")), "uri")
        check(re.fullmatch("[0-9a-f]{64}", str(platform["sha256"])), "sha256")
        check(file in archives and hashlib.sha256(archives[file]).hexdigest() == platform["sha256"], "sha256 of the archive")
        with tarfile.open(fileobj=io.BytesIO(archives[file])) as tar:
            check(platform.get("bin") in tar.getnames() and "LICENSE" in tar.getnames(), "bin and LICENSE are in the archive")
        labels = platform["selector"]["matchLabels"]
        check(labels.get("os") in ("linux", "darwin", "windows") and labels.get("arch") in ("amd64", "arm64") and len(labels) == 2, "selector")
        places.append(tuple(sorted(labels.items())))
    check(len(places) == len(set(places)), "two platforms are the same")
    return findings


class Krew(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        out = pathlib.Path(directory.name)
        self.archives = {}
        for arch in ("amd64", "arm64"):
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w:gz") as tar:
                for name in (release.NAME, "LICENSE"):
                    tar.addfile(tarfile.TarInfo(name))
            file = f"{release.NAME}_{release.version()}_linux_{arch}.tar.gz"
            self.archives[file] = packed.getvalue()
            (out / file).write_bytes(packed.getvalue())
        release.finish(out, "https://git.example.com/secret-hygiene")
        self.manifest = (out / "krew.yaml").read_text(encoding="utf-8")

    def test_krew_takes_the_manifest(self):
        self.assertEqual(krew_findings(self.manifest, self.archives), [])

    def test_a_checksum_is_text_also_where_it_looks_like_a_number(self):
        manifest = release.krew("https://a.example/b", {"amd64": ("b_amd64.tar.gz", "1" * 64)})
        self.assertEqual(yaml.safe_load(manifest)["spec"]["platforms"][0]["sha256"], "1" * 64)

    def test_each_rule_finds_what_breaks_it(self):
        for old, new, finding in (
                ("name: secret-hygiene", "name: kubectl-secret_hygiene", "name"), ("version: v", "version: ", "version"),
                ("shortDescription: ", "shortDescription: " + "very long " * 5, "shortDescription"), ("https://git", "http://git", "homepage"),
                ("arch: amd64", "arch: x86", "selector"), ("arch: amd64", "arch: arm64", "two platforms are the same"),
                ("bin: secret-hygiene", "bin: other", "bin and LICENSE are in the archive"), ("sha256: \"", "sha256: \"0", "sha256"),
                ("  platforms:", "  maintainer: me\n  platforms:", "unknown fields"), ("description: |\n    ", "description: |\n    " + 90 * "x", "description")):
            with self.subTest(finding):
                self.assertIn(old, self.manifest)
                self.assertIn(finding, krew_findings(self.manifest.replace(old, new, 1), self.archives))


if __name__ == "__main__":
    unittest.main()
