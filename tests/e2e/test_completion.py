"""What the Tab key does in real shells, with the scripts that `secret-hygiene completion` prints."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import libterminal
import libwebhook
from libterminal import BEGIN, ENTER, TAB

PROGRAM = "secret-hygiene"
PROMPT = "READY> "
# What is typed, and what the line is after the last Tab.
LINES = (
    ("che\t", "check"),
    ("certs sh\t", "certs show"),
    ("check --pol\t", "check --policies"),
    ("check -p p -o gi\t", "check -p p -o github"),
    ("check --output=gi\t", "check --output=github"),
    ("check --output js\t --names\t", "check --output json --namespace"),
    ("completion z\t", "completion zsh"),
    ("serve --policies pol\t", "serve --policies pol-directory/"),
    ("check -p p man\t", "check -p p manifest.yaml"),
    ("serve --listen man\t", "serve --listen man"),
)


class Completion(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        (self.directory / "bin").mkdir()
        (self.directory / "bin" / PROGRAM).symlink_to(libwebhook.binary())
        (self.directory / "pol-directory").mkdir()
        for name in ("pol-file", "manifest.yaml"):
            (self.directory / name).touch()
        self.environment = {"PATH": f"{self.directory / 'bin'}:{os.environ['PATH']}", "HOME": scratch.name, "TERM": "dumb",
                            "PS1": PROMPT}

    def script(self, shell):
        path = self.directory / f"completion.{shell}"
        done = subprocess.run([self.directory / "bin" / PROGRAM, "completion", shell], capture_output=True, text=True,
                              timeout=libwebhook.TIMEOUT, check=True)
        path.write_text(done.stdout)
        return path

    def shell(self, command, prepare):
        """A shell that has run the lines `prepare`."""
        terminal = libterminal.Terminal(command, self.environment, self.directory)
        self.addCleanup(terminal.close)
        # Shells read ahead what is typed before they are ready, and forget some of it.
        terminal.wait_for(PROMPT)
        for line in prepare:
            terminal.type(line + ENTER)
            terminal.wait_for("\n")
            terminal.wait_for(PROMPT)
        return terminal

    def assert_lines(self, terminal):
        for typed, wanted in LINES:
            with self.subTest(typed):
                # Instead of running the line, print it.
                terminal.type(f"{PROGRAM} {typed} END{BEGIN}echo START {ENTER}")
                terminal.wait_for("\nSTART ")
                self.assertEqual(terminal.wait_for(" END").removeprefix(PROGRAM + " "), wanted)
                terminal.wait_for(PROMPT)

    def test_bash(self):
        self.assert_lines(self.shell(["bash", "--norc", "--noprofile", "-i"], [f"source {self.script('bash')}"]))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        self.assert_lines(self.shell(["zsh", "-f", "-i"], [
            "unsetopt beep auto_remove_slash; bindkey -e; autoload -Uz compinit; compinit -u -D", f"source {self.script('zsh')}"]))

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        script = self.script("fish")
        for typed, wanted in LINES:
            line = typed.partition(TAB)[0]
            position = len(line.split()) - 1
            word = [] if wanted == line else [wanted.split()[position]]
            with self.subTest(line):
                done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{PROGRAM} {line}'"],
                                      cwd=self.directory, env=self.environment, capture_output=True, text=True,
                                      timeout=libwebhook.TIMEOUT, check=True)
                self.assertEqual([candidate.partition("\t")[0] for candidate in done.stdout.splitlines()], word)


if __name__ == "__main__":
    unittest.main()
