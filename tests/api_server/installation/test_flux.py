"""manifests/ applied by the library that Flux's kustomize-controller applies with: what it makes, and that it sees no drift afterwards."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import libinstall  # noqa: E402
from libinstall import MANIFESTS  # noqa: E402

JOB = "Job/secret-hygiene/secret-hygiene-certs-init"


class Flux(libinstall.OnACluster):
    def flux(self, text, *arguments):
        """What became of each object: {KIND/NAMESPACE/NAME: created, configured or unchanged}."""
        return dict(line.rsplit(" ", 1) for line in self.run_tool("flux-apply", *arguments, text=text).splitlines())

    def test_an_installation_with_its_certificate_has_not_drifted_and_a_new_image_makes_the_job_anew(self):
        text = self.rendered(MANIFESTS / "overlays" / "self-signed")
        self.addCleanup(self.remove, text)
        made = self.flux(text)
        self.assertEqual(set(made.values()), {"created"})
        self.assertIn(JOB, made)
        certified = self.certify()
        for arguments in (("--diff",), ()):
            self.assertEqual(self.flux(text, *arguments), dict.fromkeys(made, "unchanged"))
        self.assertEqual(self.certified(), certified)

        newer = re.sub("image: secret-hygiene:.*", "image: secret-hygiene:newer", text)
        changed = {name: action for name, action in self.flux(newer).items() if action != "unchanged"}
        # A Job cannot be changed: the annotation lets Flux delete it first.
        self.assertEqual(changed, {JOB: "created", "Deployment/secret-hygiene/secret-hygiene": "configured",
                                   "CronJob/secret-hygiene/secret-hygiene-certs-rotate": "configured"})
        self.assertEqual(self.certified(), certified)


if __name__ == "__main__":
    unittest.main()
