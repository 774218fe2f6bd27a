"""`check` and kubectl read the same manifests, and refuse the same."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402,F401  (first: it says where the others are)
import cluster_tools  # noqa: E402
import manifest_inputs  # noqa: E402


class KubectlReadsTheSame(unittest.TestCase):
    def test_manifests_of_every_shape(self):
        kubectl = cluster_tools.tool("kubectl")
        with tempfile.TemporaryDirectory() as home:
            file = pathlib.Path(home) / "manifest.yaml"
            for name, given in manifest_inputs.INPUTS.items():
                with self.subTest(name):
                    file.write_bytes(given.data())
                    # Reads the file and asks no API server.
                    done = subprocess.run([kubectl, "label", "--local", "-f", file, "a=b", "-o", "json"], capture_output=True,
                                          check=False, timeout=60, env={"HOME": home})
                    self.assertEqual(done.returncode == 0, given.read_by_kubectl(), done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
