"""`./dev cluster try` on a real API server: what it shows is what the README promises."""

import unittest

import libdemo  # first: it says where the others are
import cluster_verbs


class Try(libdemo.DemoTest):
    def test_it_installs_uses_and_takes_away_the_webhook(self):
        printed, _ = self.printed_by(cluster_verbs.try_out)
        text = " ".join(printed.split())
        for said in ("trusts CN=secret-hygiene CA",
                     "sh.helm.release.v1.web.v3 helm.sh/release.v1 1",
                     'Warning: policy "size-limits": 800Ki of data exceeds bytesPerSecret 768Ki: Secret try/backup',
                     'error: failed to create secret admission webhook "validate.secret-hygiene.io" denied the request',
                     "secret/backup annotated",
                     'limits.yaml:6:28: spec.limits.bytesPerSecret: "512Kb": not a quantity',
                     'labels_applied_total{action="add",policy="helm-history"}',
                     "taken away again"):
            self.assertIn(said, text)


if __name__ == "__main__":
    unittest.main()
