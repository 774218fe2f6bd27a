"""The programs of a cluster, pinned by tests/cluster/go.mod: built once with Go, or taken from KUBEBUILDER_ASSETS."""

import fcntl
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULE = ROOT / "tests" / "cluster"
BUILT = ROOT / "build" / "cluster-bin"
# Where `./dev deps cluster` puts a Go when the system has none that is new enough.
OWN_GO = ROOT / "build" / "go-venv" / "bin" / "go"

PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "helm3": "helm.sh/helm/v3/cmd/helm",
    "helm4": "helm.sh/helm/v4/cmd/helm",
}


class Missing(Exception):
    """A tool that can neither be found nor built; the text says what to do."""


def version_of(module, go_mod):
    return re.search(rf"^\s*{re.escape(module)} (v\S+)", go_mod, re.MULTILINE).group(1)


def linker_flags(go_mod):
    """The programs say the version that is pinned, as the published ones do; `-s -w` leaves debugging symbols out."""
    kubernetes = version_of("k8s.io/kubernetes", go_mod)
    major, minor, _ = kubernetes[1:].split(".", 2)
    strings = {
        "k8s.io/component-base/version.gitVersion": kubernetes,
        "k8s.io/component-base/version.gitMajor": major,
        "k8s.io/component-base/version.gitMinor": minor,
        "helm.sh/helm/v3/internal/version.version": version_of("helm.sh/helm/v3", go_mod),
        "helm.sh/helm/v4/internal/version.version": version_of("helm.sh/helm/v4", go_mod),
    }
    return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in strings.items())])


def go_command():
    return str(OWN_GO) if OWN_GO.exists() else "go"


def asset(name):
    """A program of that name in KUBEBUILDER_ASSETS, where operators' tests keep theirs; None if there is none."""
    directory = os.environ.get("KUBEBUILDER_ASSETS")
    path = pathlib.Path(directory, name) if directory else None
    return path if path and os.access(path, os.X_OK) else None


def tool(name):
    """The path of a built program or of one in KUBEBUILDER_ASSETS; Missing if it is neither."""
    path = asset(name) or BUILT / name
    if not os.access(path, os.X_OK):
        raise Missing(f"{name} is not built: run ./dev cluster build")
    return path


def search_path():
    """Directories for PATH, first wins."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    return os.pathsep.join([*([assets] if assets else []), str(BUILT)])


def build(say):
    """Builds what is not yet built from the pinned versions. Safe to run twice at once: the second waits."""
    BUILT.mkdir(parents=True, exist_ok=True)
    go_mod = (MODULE / "go.mod").read_text(encoding="utf-8")
    flags = linker_flags(go_mod)
    pinned = hashlib.sha256("\n".join([go_mod, flags]).encode()).hexdigest()
    with open(BUILT / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = BUILT / ".built.json"
        built = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else {}
        wanted = [name for name in PACKAGES
                  if not asset(name) and (built.get(name) != pinned or not (BUILT / name).exists())]
        if wanted:
            say(f"building {', '.join(wanted)}: once, about 6 minutes on two processors")
        for name in wanted:
            start = time.monotonic()
            build_one(name, flags)
            built[name] = pinned
            stamp.write_text(json.dumps(built, indent=1), encoding="utf-8")
            say(f"built {name} in {time.monotonic() - start:.0f} s")


def build_one(name, flags):
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [go_command(), "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", flags,
               "-o", str(BUILT / name), PACKAGES[name]]
    try:
        done = subprocess.run(command, cwd=MODULE, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError as error:
        raise Missing("there is no Go to build with: run ./dev deps cluster") from error
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-30:]), file=sys.stderr)
        raise Missing(f"{name} did not build")
