"""Renders manifests/ with the pinned kubectl and Helm into objects, as the tests compare them."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MANIFESTS = ROOT / "manifests"
CHART = MANIFESTS / "chart"
COMPONENTS = sorted(path.name for path in (MANIFESTS / "components").iterdir())
PLATFORMS = sorted(path.name for path in (MANIFESTS / "platforms").iterdir())
OVERLAYS = sorted(path.name for path in (MANIFESTS / "overlays").iterdir())
NAMESPACE = "secret-hygiene"
# Of the oldest release that the manifests are for. Without a cluster Helm does not know which to assume.
KUBERNETES = "1.30.0"
TOKEN = "0123456789abcdefABCDEF-_"

sys.path.insert(0, str(ROOT / "tests" / "lib"))
import cluster_tools  # noqa: E402  (found by the line above)


def run(name, *arguments, text=""):
    # No cluster is asked: whatever kubeconfig this machine has is not for tests.
    environment = {**os.environ, "KUBECONFIG": os.devnull}
    done = subprocess.run([cluster_tools.tool(name), *map(str, arguments)], input=text, env=environment,
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name} {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def objects_of(yaml_text):
    """{(kind, name): object}. kubectl reads the YAML, for Python's library has no reader of it.

    kubectl prints JSON only of what it changed, hence an annotation that comes off again.
    """
    text = run("kubectl", "annotate", "--local", "-f", "-", "-o", "json", "rendered=yes", text=yaml_text)
    decoder, position, found = json.JSONDecoder(), 0, {}
    while position < len(text):
        rendered, position = decoder.raw_decode(text, position)
        position += len(text[position:]) - len(text[position:].lstrip())
        del rendered["metadata"]["annotations"]["rendered"]
        if not rendered["metadata"]["annotations"]:
            del rendered["metadata"]["annotations"]
        key = (rendered["kind"], rendered["metadata"]["name"])
        if key in found:
            raise RuntimeError(f"rendered twice: {key}")
        found[key] = rendered
    return found


def known_controllers():
    """The entries of docs/controllers.yaml."""
    text = (ROOT / "docs" / "controllers.yaml").read_text(encoding="utf-8")
    return objects_of(text)["KnownControllers", "known-controllers"]["controllers"]


def kustomize(directory):
    return objects_of(run("kubectl", "kustomize", directory))


def overlay(name, root=ROOT):
    return kustomize(root / "manifests" / "overlays" / name)


def copy_tree(root):
    """What kustomizations are made of, in the new directory `root`, to be changed there."""
    for name in ("manifests", "certs", "policies"):
        shutil.copytree(ROOT / name, root / name)


def copy_with_image(root, **image):
    """The same, with another image: newName, and newTag or digest."""
    copy_tree(root)
    (root / "manifests" / "image" / "kustomization.yaml").write_text(json.dumps({
        "apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "images": [{"name": "secret-hygiene", **image}]}),
        encoding="utf-8")


def images(yaml_text):
    """Every image that rendered manifests name."""
    return set(re.findall(r'^[ -]+image: "?([^"\s]+)', yaml_text, re.MULTILINE))


def install_commands(heading):
    """The blocks of commands under a heading of docs/install.md, one text each."""
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def with_components(scratch, *names, token=TOKEN, root=ROOT):
    """manifests/base with components, by a kustomization of its own in the directory `scratch`, as docs/install.md has it.

    Each of `names` is one of manifests/components, or with its directory, as housekeeping/audit or monitoring/.
    """
    resources = [os.path.relpath(root / "manifests" / "base", scratch)]
    if "endpoint-token" in names and token:
        (scratch / "endpoint-token.yaml").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Secret", "stringData": {"token": token},
            "metadata": {"name": "secret-hygiene-endpoint-token", "namespace": NAMESPACE,
                         "labels": {"app.kubernetes.io/name": "secret-hygiene", "app.kubernetes.io/component": "webhook"}}}),
            encoding="utf-8")
        resources.append("endpoint-token.yaml")
    (scratch / "kustomization.yaml").write_text(json.dumps({
        "resources": resources,
        "components": [os.path.relpath(root / "manifests" / ("" if "/" in name else "components") / name, scratch) for name in names]}),
        encoding="utf-8")
    return kustomize(scratch)


def components(*names, **options):
    """The same in a directory of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        return with_components(pathlib.Path(scratch), *names, **options)


def chart(*settings, helm="helm4"):
    """The chart with each of `settings`, such as "replicas=3"."""
    arguments = [argument for setting in settings for argument in ("--set", setting)]
    return objects_of(run(helm, "template", "secret-hygiene", CHART, "--namespace", NAMESPACE, "--kube-version", KUBERNETES,
                          *arguments))


def deployment(objects):
    return objects["Deployment", "secret-hygiene"]


def webhooks(objects):
    """{name: webhook} of both configurations."""
    return {webhook["name"]: webhook
            for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
            for webhook in objects[kind, "secret-hygiene"]["webhooks"]}


def pods(objects):
    """{(kind, name): pod template} of everything that makes pods."""
    found = {}
    for key, thing in objects.items():
        if key[0] in ("Deployment", "Job"):
            found[key] = thing["spec"]["template"]
        elif key[0] == "CronJob":
            found[key] = thing["spec"]["jobTemplate"]["spec"]["template"]
    return found
