"""What goes into the image, gathered from the program that is tested: it runs there, and little else is there.

`./dev image` builds the image itself and runs the program from it.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BYTES_MAX = 60_000_000
USER = 65532


@unittest.skipUnless("SECRET_HYGIENE_BINARY" in os.environ, "no binary given")
class RuntimeFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.root)
        # Searchable by the user that the program runs as.
        cls.root.chmod(0o755)
        subprocess.run([ROOT / "scripts" / "runtime-files.sh", os.environ["SECRET_HYGIENE_BINARY"], cls.root],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)

    def files(self):
        return [path for path in self.root.rglob("*") if path.is_file()]

    def run_inside(self, *arguments):
        enter = ["chroot", f"--userspec={USER}:{USER}"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
        return subprocess.run([*enter, self.root, "/usr/bin/secret-hygiene", *arguments], stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]},
                              capture_output=True, text=True, timeout=60, check=False)

    def test_the_program_runs_with_nothing_else_around_it(self):
        done = self.run_inside("--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^secret-hygiene \d+\.\d+\.\d+")

    def test_it_judges_policies_as_the_user_of_the_image(self):
        shutil.copytree(ROOT / "policies" / "strict", self.root / "policies")
        self.addCleanup(shutil.rmtree, self.root / "policies")
        done = self.run_inside("lint", "/policies/limits.yaml", "/policies/oversized.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_there_is_one_program_and_no_shell(self):
        programs = [path.relative_to(self.root).as_posix() for path in self.files() if path.parent.name in ("bin", "sbin")]
        self.assertEqual(programs, ["usr/bin/secret-hygiene"])

    def test_it_is_small(self):
        self.assertLess(sum(path.stat().st_size for path in self.files()), BYTES_MAX)

    def test_each_library_comes_with_its_package_and_licence(self):
        described = {path.name for path in (self.root / "var/lib/dpkg/status.d").iterdir()}
        self.assertIn("libssl3", described)
        self.assertEqual({path.parent.name for path in self.root.glob("usr/share/doc/*/copyright")}, described)

    def test_so_does_what_is_compiled_in_from_headers_alone(self):
        described = {path.name for path in (self.root / "var/lib/dpkg/status.d").iterdir()}
        self.assertLessEqual({"libcli11-dev", "rapidjson-dev"}, described)
        # Boost's headers and its one library are of one source, whose text it is.
        self.assertIn("Boost", (self.root / "usr/share/doc/libboost-json1.81.0/copyright").read_text(encoding="utf-8", errors="replace"))

    def test_a_directory_that_is_not_empty_is_left_alone(self):
        done = subprocess.run([ROOT / "scripts" / "runtime-files.sh", os.environ["SECRET_HYGIENE_BINARY"], self.root],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not empty", done.stderr)


class Dockerfile(unittest.TestCase):
    TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    def test_the_base_is_an_argument_and_the_user_is_none_of_the_systems(self):
        self.assertIn("\nARG BASE_IMAGE=debian:bookworm\n", self.TEXT)
        self.assertEqual([line for line in self.TEXT.splitlines() if line.startswith("FROM ")],
                         ["FROM ${BASE_IMAGE} AS build", "FROM scratch"])
        self.assertIn(f"\nUSER {USER}:{USER}\n", self.TEXT)

    def test_all_that_it_copies_is_in_the_context(self):
        lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        kept = {line[1:] for line in lines if line.startswith("!")}
        copied = set()
        for line in self.TEXT.splitlines():
            if line.startswith("COPY ") and "--from" not in line:
                copied.update(line.split()[1:-1])
        self.assertEqual(copied, kept)
        self.assertEqual([name for name in copied if not (ROOT / name).exists()], [])


if __name__ == "__main__":
    unittest.main()
