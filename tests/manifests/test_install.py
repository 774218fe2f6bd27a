"""docs/install.md and the README, run as they stand: the image that its first commands build is the one in everything that is rendered afterwards.

Programs that need a network, an engine or a cluster have stand-ins here: git copies this tree, `./dev image` and kind say what they were told,
kubectl and helm render what they would apply.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import libmanifests as manifests

PAGE = (manifests.ROOT / "docs" / "install.md").read_text(encoding="utf-8")
STAND_INS = {
    "git": 'mkdir secret-hygiene && cp -r "$SOURCE"/. secret-hygiene',
    "kind": 'echo "kind $*" >>"$SAID"',
    "kubectl": 'for last; do :; done; [ "$1" != apply ] || "$KUBECTL" kustomize "$last" >>"$RENDERED"',
    "helm": 'shift; "$HELM" template --kube-version "$KUBERNETES" "$@" >>"$RENDERED"',
}
DEV = '#!/bin/sh\necho "dev $*" >>"$SAID"\n'


README = (manifests.ROOT / "README.md").read_text(encoding="utf-8")
CLONE = re.search(r"^git clone .*$", README, re.MULTILINE)[0]
README_KIND = re.search(r"```sh\n(kind create .*?)```", README, re.DOTALL)[1]
REGISTRY, KIND = manifests.install_commands("The image")


class Commands(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        manifests.copy_tree(self.directory / "source")
        self.program(self.directory / "source" / "dev", DEV)
        for name, script in STAND_INS.items():
            self.program(self.directory / "bin" / name, f"#!/bin/sh\nset -e\n{script}\n")
        self.rendered, self.said = self.directory / "rendered", self.directory / "said"
        self.tree = self.directory / "secret-hygiene"

    def program(self, path, text):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run_blocks(self, *texts):
        """Runs them in one shell, as a reader does; returns what was told to the programs that build and load, line by line."""
        for path in (self.rendered, self.said):
            path.write_text("", encoding="utf-8")
        environment = {
            "PATH": f"{self.directory / 'bin'}:/usr/bin:/bin", "SOURCE": str(self.directory / "source"), "SAID": str(self.said),
            "RENDERED": str(self.rendered), "KUBECTL": str(manifests.cluster_tools.tool("kubectl")),
            "HELM": str(manifests.cluster_tools.tool("helm4")), "KUBERNETES": manifests.KUBERNETES, "KUBECONFIG": os.devnull}
        done = subprocess.run(["bash", "-e"], input="\n".join(texts), cwd=self.directory, env=environment, capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.said.read_text(encoding="utf-8").splitlines()

    def all_that_kustomize_renders(self):
        """Each overlay, each housekeeping Job, and a controller with the sidecar: {name: YAML}."""
        found = {path.name: manifests.run("kubectl", "kustomize", path) for path in (self.tree / "manifests" / "overlays").iterdir()}
        found["sidecar"] = manifests.run("kubectl", "kustomize", self.tree / "manifests" / "sidecar-example")
        for job in (self.tree / "manifests" / "housekeeping").iterdir():
            scratch = self.directory / job.name
            scratch.mkdir()
            needed = ["housekeeping/prune"] if job.name == "prune-apply" else []
            objects = manifests.with_components(scratch, *needed, f"housekeeping/{job.name}", root=self.tree)
            self.assertTrue([key for key in objects if key[0] == "CronJob"], job.name)
            found[job.name] = manifests.run("kubectl", "kustomize", scratch)
        return found

    def assert_all_have(self, image):
        self.assertEqual(manifests.images(self.rendered.read_text(encoding="utf-8")), {image})
        for name, text in self.all_that_kustomize_renders().items():
            with self.subTest(name):
                self.assertEqual(manifests.images(text) - {"controller:example"}, {image})

    def test_every_manifest_has_the_image_that_was_pushed(self):
        said = self.run_blocks(CLONE, REGISTRY, *manifests.install_commands("With kustomize"))
        self.assert_all_have(re.fullmatch(r"dev image --tag (\S+/secret-hygiene:\S+) --push", said[0])[1])

    def test_a_digest_in_place_of_the_tag_is_in_every_manifest(self):
        self.assertIn("write `digest: sha256:...` in place of `newTag`", PAGE)
        digest = f"sha256:{'0a' * 32}"
        self.run_blocks(CLONE, REGISTRY)
        image = self.tree / "manifests" / "image" / "kustomization.yaml"
        text, count = re.subn(r"newTag: [^}]+", f'digest: "{digest}"', image.read_text(encoding="utf-8"))
        self.assertEqual(count, 1)
        image.write_text(text, encoding="utf-8")
        self.run_blocks("cd secret-hygiene", *manifests.install_commands("With kustomize"))
        self.assert_all_have(f"registry.example.com/secret-hygiene@{digest}")

    def test_every_manifest_has_the_image_that_kind_was_given(self):
        said = self.run_blocks(CLONE, KIND, *manifests.install_commands("With kustomize"))
        image = re.fullmatch(r"dev image --tag (\S+)", said[0])[1]
        self.assertEqual(said[1:], [f"kind load docker-image {image}"])
        self.assert_all_have(image)

    def test_every_manifest_has_the_image_that_the_readme_builds(self):
        said = self.run_blocks(CLONE, README_KIND)
        image = re.fullmatch(r"dev image --tag (\S+)", said[1])[1]
        self.assertEqual([said[0], *said[2:]], ["kind create cluster", f"kind load docker-image {image}"])
        self.assert_all_have(image)

    def test_the_chart_has_the_same_image(self):
        for name, way in {"registry": REGISTRY, "kind": KIND}.items():
            with self.subTest(name):
                shutil.rmtree(self.tree, ignore_errors=True)
                said = self.run_blocks(CLONE, way, *manifests.install_commands("With Helm"))
                image = re.match(r"dev image --tag (\S+)", said[0])[1]
                self.assertEqual(manifests.images(self.rendered.read_text(encoding="utf-8")), {image})

    def test_images_of_a_kustomization_of_ones_own_take_the_place_of_the_file(self):
        self.run_blocks(CLONE)
        mine = self.directory / "my-cluster"
        mine.mkdir()
        (mine / "kustomization.yaml").write_text(json.dumps({
            "resources": ["../secret-hygiene/manifests/overlays/self-signed"], "components": ["../secret-hygiene/manifests/housekeeping/audit"],
            "images": [{"name": "secret-hygiene", "newName": "registry/hygiene", "newTag": "v1"}]}), encoding="utf-8")
        self.assertEqual(manifests.images(manifests.run("kubectl", "kustomize", mine)), {"registry/hygiene:v1"})

    def test_the_kustomization_of_ones_own_is_the_overlay_that_the_page_says(self):
        self.run_blocks(CLONE, *manifests.install_commands("With kustomize"))
        self.assertEqual(manifests.kustomize(self.directory / "my-cluster"), manifests.overlay("self-signed"))


class Page(unittest.TestCase):
    def test_every_block_is_shell(self):
        for heading in re.findall(r"^## (.*)", PAGE, re.MULTILINE):
            for block in manifests.install_commands(heading):
                with self.subTest(heading):
                    done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, timeout=60, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_block_runs_in_the_clone_and_installs_at_most_once(self):
        for heading in re.findall(r"^## (.*)", PAGE, re.MULTILINE):
            for block in manifests.install_commands(heading):
                with self.subTest(heading):
                    self.assertLessEqual(len(re.findall(r"^kubectl apply |^helm (?:install|upgrade) ", block, re.MULTILINE)), 1)
                    self.assertIn(re.findall(r"\bcd (\S+)", block), ([], ["secret-hygiene"]))

    def test_every_path_of_ours_that_it_names_is_there(self):
        named = set(re.findall(r"(?:manifests|certs|policies)/[a-z][-a-z0-9/.]*[a-z0-9]", PAGE))
        self.assertGreater(len(named), 10)
        self.assertEqual({path for path in named if not (manifests.ROOT / path).exists()}, set())


if __name__ == "__main__":
    unittest.main()
