"""Renders manifests/ with the pinned kubectl and Helm into objects, as the tests compare them."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MANIFESTS = ROOT / "manifests"
CHART = MANIFESTS / "chart"
OVERLAYS = sorted(path.name for path in (MANIFESTS / "overlays").iterdir())
NAMESPACE = "secret-hygiene"
# Of the oldest release that the manifests are for. Without a cluster Helm does not know which to assume.
KUBERNETES = "1.30.0"

sys.path.insert(0, str(ROOT / "scripts"))
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


def kustomize(directory):
    return objects_of(run("kubectl", "kustomize", directory))


def overlay(name):
    return kustomize(MANIFESTS / "overlays" / name)


def with_components(scratch, *names):
    """manifests/base with components, by a kustomization of its own in the directory `scratch`, as docs/install.md has it."""
    (scratch / "kustomization.yaml").write_text(json.dumps({
        "resources": [os.path.relpath(MANIFESTS / "base", scratch)],
        "components": [os.path.relpath(MANIFESTS / "components" / name, scratch) for name in names]}), encoding="utf-8")
    return kustomize(scratch)


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
