"""`./dev cluster try` on a real API server: what it shows is what the README promises."""

import contextlib
import io
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api_server"))
import libcluster  # noqa: E402

from cluster_verbs import try_out  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop


class Try(libcluster.ClusterTest):
    def test_it_installs_uses_and_takes_away_the_webhook(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try_out(libcluster.running)
        text = " ".join(printed.getvalue().split())
        for said in ("trusts CN=secret-hygiene CA",
                     "sh.helm.release.v1.web.v3 helm.sh/release.v1 1",
                     'Warning: policy "size-limits": 800Ki of data exceeds bytesPerSecret 768Ki: Secret try/backup',
                     'error: failed to create secret admission webhook "validate.secret-hygiene.io" denied the request',
                     "secret/backup annotated",
                     'limits.yaml:6:28: spec.limits.bytesPerSecret: "512Kb": not a quantity',
                     'labels_applied_total{action="add",policy="helm-history"}',
                     "taken away again"):
            self.assertIn(said, text)
        configurations = self.admin("get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "name")
        self.assertEqual(configurations.stdout, "")
        self.assertNotIn("namespace/try", self.admin("get", "namespaces", "-o", "name").stdout)


if __name__ == "__main__":
    unittest.main()
