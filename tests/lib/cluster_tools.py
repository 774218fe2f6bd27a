"""The programs of a cluster, pinned by tests/api_server/go.mod, and the controllers that are tried on it, pinned by
tests/api_server/controllers/go.mod: built once with Go, or taken from KUBEBUILDER_ASSETS."""

import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from process import Missing

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = ROOT / "tests" / "api_server"
CONTROLLERS_MODULE = MODULE / "controllers"
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
# Their versions of Kubernetes' libraries are others than the cluster's: hence a module of their own.
ELASTIC = "github.com/elastic/cloud-on-k8s/v3"
CONTROLLERS = {"informer": "./informer", "manager": "./manager", "flux-apply": "./flux-apply", "elastic-operator": f"{ELASTIC}/cmd"}
# The kinds that the operator watches, one file beside it.
ELASTIC_KINDS = "elastic-kinds.yaml"


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


def knows_feature_gate(name):
    """Whether the API server that a cluster gets has it; one that has it not ends at its start."""
    return name in subprocess.run([tool("kube-apiserver"), "--help"], capture_output=True, text=True, timeout=60, check=True).stdout


def search_path():
    """Directories for PATH, first wins."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    return os.pathsep.join([*([assets] if assets else []), str(BUILT)])


def build(say):
    """Builds what is not yet built from the pinned versions. Safe to run twice at once: the second waits."""
    BUILT.mkdir(parents=True, exist_ok=True)
    go_mod = (MODULE / "go.mod").read_text(encoding="utf-8")
    flags = linker_flags(go_mod)
    pinned = dict.fromkeys(PACKAGES, hash_of(go_mod, flags))
    controllers = [path.read_text(encoding="utf-8") for path in (CONTROLLERS_MODULE / "go.mod", *CONTROLLERS_MODULE.rglob("*.go"))]
    pinned |= dict.fromkeys(CONTROLLERS, hash_of(*controllers))
    with open(BUILT / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = BUILT / ".built.json"
        built = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else {}
        wanted = [name for name in pinned
                  if not asset(name) and (built.get(name) != pinned[name] or not (BUILT / name).exists())]
        if wanted:
            say(f"building {', '.join(wanted)}: once, about 8 minutes for all on two processors")
        for name in wanted:
            start = time.monotonic()
            if name in PACKAGES:
                build_one(name, MODULE, PACKAGES[name], flags)
            else:
                build_one(name, CONTROLLERS_MODULE, CONTROLLERS[name], "-s -w")
            if name == "elastic-operator":
                copy_elastic_kinds()
            built[name] = pinned[name]
            stamp.write_text(json.dumps(built, indent=1), encoding="utf-8")
            say(f"built {name} in {time.monotonic() - start:.0f} s")


def hash_of(*texts):
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def run_go(module, *arguments):
    """What `go` printed in the directory `module`; Missing, after its last words, if it fails: it names modules that could not be had."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    try:
        done = subprocess.run([go_command(), *arguments], cwd=module, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError as error:
        raise Missing("there is no Go to build with: run ./dev deps cluster") from error
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-30:]), file=sys.stderr)
        refused = ", ".join(dict.fromkeys(re.findall(r"([\w./-]+@v[\w.+-]+): reading ", done.stdout)))
        raise Missing(f"go {arguments[0]} failed in {module}" + (f": the module proxy does not give {refused}" if refused else ""))
    return done.stdout


def build_one(name, module, package, flags):
    run_go(module, "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", flags, "-o", str(BUILT / name), package)


def copy_elastic_kinds():
    directory = run_go(CONTROLLERS_MODULE, "list", "-m", "-f", "{{.Dir}}", ELASTIC).strip()
    shutil.copyfile(pathlib.Path(directory, "config", "crds", "v1", "all-crds.yaml"), BUILT / ELASTIC_KINDS)
