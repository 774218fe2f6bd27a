"""`cmake --install`: what it puts where, and that the man page names every command of the program."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import text

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@unittest.skipUnless("SECRET_HYGIENE_BINARY" in os.environ, "no binary given")
class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.binary = pathlib.Path(os.environ["SECRET_HYGIENE_BINARY"])
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.prefix = pathlib.Path(directory.name)
        subprocess.run(["cmake", "--install", cls.binary.parent, "--prefix", cls.prefix], check=True, capture_output=True, timeout=60)

    def installed(self):
        return {path.relative_to(self.prefix).as_posix() for path in self.prefix.rglob("*") if path.is_file()}

    def test_everything_is_where_its_reader_looks_for_it(self):
        policies = {f"share/secret-hygiene/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "policies").rglob("*") if path.is_file()}
        self.assertEqual(self.installed() - policies, {
            "bin/secret-hygiene", "share/man/man1/secret-hygiene.1", "share/bash-completion/completions/secret-hygiene",
            "share/zsh/site-functions/_secret-hygiene", "share/fish/vendor_completions.d/secret-hygiene.fish"})
        self.assertLess(policies, self.installed())

    def test_the_installed_program_runs(self):
        said = subprocess.run([self.prefix / "bin" / "secret-hygiene", "lint", self.prefix / "share/secret-hygiene/policies/default"],
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(said.returncode, 0, said.stderr)

    def test_the_man_page_names_every_command(self):
        page = (ROOT / "docs" / "secret-hygiene.1").read_text(encoding="utf-8")
        commands = set(text.commands_of(text.help_of(self.binary)))
        self.assertEqual(set(re.findall(r"^\.SS ([\w-]+)$", page.replace("\\-", "-"), re.MULTILINE)), commands)


if __name__ == "__main__":
    unittest.main()
