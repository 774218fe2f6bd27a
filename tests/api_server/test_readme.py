"""The README's way in with kind, on a real API server: all but the image and the pods, for which there are no nodes."""

import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import libcluster  # noqa: E402  (first: it says where the others are)

setUpModule = libcluster.start
tearDownModule = libcluster.stop

# kind, `./dev image`, and the wait for pods.
NEEDS_NODES = re.compile(r"kind |\./dev image |kubectl .*\brollout status ")


class QuickStart(libcluster.ClusterTest):
    def run_lines(self, lines):
        environment = {"KUBECONFIG": str(libcluster.running.kubeconfig), "HOME": libcluster.running.directory,
                       "PATH": f"{libcluster.cluster_tools.search_path()}:/usr/bin:/bin"}
        done = subprocess.run(["bash", "-e"], input="\n".join(lines), cwd=libcluster.ROOT, env=environment, capture_output=True, text=True,
                              timeout=libcluster.COMMAND_TIMEOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_its_commands_install_the_webhook_and_show_a_secret_that_it_labelled(self):
        page = (libcluster.ROOT / "README.md").read_text(encoding="utf-8")
        lines = re.search(r"```sh\n(kind create .*?)```", page, re.DOTALL)[1].splitlines()
        left_out = [number for number, line in enumerate(lines) if NEEDS_NODES.match(line)]
        self.assertEqual(len(left_out), 4)
        install, use = lines[left_out[-2] + 1:left_out[-1]], lines[left_out[-1] + 1:]
        self.assertIn("mutatingwebhookconfiguration.admissionregistration.k8s.io/secret-hygiene serverside-applied\n", self.run_lines(install))
        # In place of the pods.
        self.serve()
        self.addCleanup(self.admin, "delete", "secret", "probe")
        said = self.run_lines(use)
        self.assertIn(use[-1].partition("# ")[2], said.splitlines()[-1].split()[-1].split(","))


if __name__ == "__main__":
    unittest.main()
