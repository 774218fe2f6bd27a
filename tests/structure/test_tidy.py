"""Which sources clang-tidy looks at for a change, and, with HYGIENE_BUILD_DIRECTORY in the environment, that it finds nothing in them."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import tidy


class Selection(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("webhook/a.hpp", "")
        self.write("webhook/a.cpp", '#include "a.hpp"\n')
        self.write("webhook/b.hpp", "")
        self.write("webhook/c.cpp", '#include "b.hpp"\n')
        self.commit()

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.root, "-c", "user.name=n", "-c", "user.email=e@example.com", *arguments],
                       capture_output=True, check=True)

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=m")

    def touched(self):
        return tidy.touched(self.root, tidy.changed(self.root))

    def test_a_header_stands_for_its_source_or_for_one_that_includes_it(self):
        self.assertEqual(tidy.touched(self.root, ["webhook/a.hpp", "webhook/b.hpp", "README.md"]), ["webhook/a.cpp", "webhook/c.cpp"])

    def test_on_main_it_is_the_last_commit_and_what_is_not_committed(self):
        self.write("webhook/a.cpp", "int a;\n")
        self.commit()
        self.write("webhook/new.cpp", "")
        self.assertEqual(self.touched(), ["webhook/new.cpp", "webhook/a.cpp"])

    def test_the_newest_changes_come_first(self):
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        for name in ("webhook/a.cpp", "webhook/z.cpp", "webhook/c.cpp"):
            self.write(name, "int a;\n")
            self.commit()
        self.write("webhook/a.cpp", "int b;\n")
        self.assertEqual(self.touched(), ["webhook/a.cpp", "webhook/c.cpp", "webhook/z.cpp"])

    def test_on_a_branch_it_is_all_commits_since_it_left_main(self):
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.write("webhook/a.cpp", "int a;\n")
        self.commit()
        self.write("README.md", "")
        self.commit()
        self.assertEqual(self.touched(), ["webhook/a.cpp"])

    def test_the_first_commit_alone_changes_nothing(self):
        self.assertEqual(self.touched(), [])

    def test_a_file_that_is_gone_is_not_looked_at(self):
        self.git("rm", "--quiet", "webhook/c.cpp")
        self.commit()
        self.assertEqual(self.touched(), [])


@unittest.skipUnless("HYGIENE_BUILD_DIRECTORY" in os.environ and shutil.which(tidy.CLANG_TIDY) and (tidy.ROOT / ".git").exists(),
                     "no build, no clang-tidy or no history")
class ThisChange(unittest.TestCase):
    # Fifteen seconds each on one processor: a landing that touches more is looked at whole by `./dev lint`.
    MOST = 30

    def test_clang_tidy_finds_nothing_in_what_it_touches(self):
        names = tidy.touched(tidy.ROOT, tidy.changed(tidy.ROOT))[:self.MOST]
        self.assertEqual(tidy.findings(tidy.ROOT, os.environ["HYGIENE_BUILD_DIRECTORY"], names), [])


if __name__ == "__main__":
    unittest.main()
