"""What the tests of demonstrations share: a real API server, and what a demonstration prints.

Import it first: it says where the other modules are.
"""

import contextlib
import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api_server"))
import libcluster  # noqa: E402


class DemoTest(libcluster.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        libcluster.start()
        cls.addClassCleanup(libcluster.stop)

    def printed_by(self, demonstration):
        """What `demonstration(cluster)` printed and returned; it must take away its namespaces and all that it registered."""
        before = self.installed()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            outcome = demonstration(libcluster.running)
        self.assertEqual({name for name in self.installed() - before if "/kube-" not in name}, set())
        return printed.getvalue(), outcome

    def installed(self):
        kinds = "namespaces,mutatingwebhookconfigurations,validatingwebhookconfigurations"
        return set(self.admin("get", kinds, "-o", "name").stdout.split())
