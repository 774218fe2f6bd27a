"""`./dev cluster matrix`: the cluster tests that matter, on the API servers of several versions of Kubernetes, each built once.

kubectl, Helm and etcd stay those of tests/api_server/go.mod: what differs is what a platform gives.
"""

import os
import re
import shutil
import subprocess
import sys
import time

import cluster_tools
from process import Failed

# The oldest that docs/support.md names, two in between, the newest that the module proxy has.
VERSIONS = ("1.30.14", "1.33.13", "1.35.4", "1.37.2")
DIRECTORY = cluster_tools.ROOT / "build" / "cluster-matrix"
# The controller manager may not be newer than its API server.
PROGRAMS = ("kube-apiserver", "kube-controller-manager")
# What meets the API server in each way that the program does: reviews, installation, watches, the ledger, lists, writes, tokens.
TESTS = (
    "test_kubectl", "test_helm", "installation/test_manifests", "test_sizes", "test_reload", "test_rotation", "test_events", "test_proxy",
    "test_client_certificates", "test_kubeconfigs", "counting/test_counting_limits", "counting/test_contention", "commands/test_audit",
    "commands/test_label", "commands/test_prune", "commands/test_certs", "commands/test_check", "commands/test_doctor",
    "commands/test_controllers",
)
TEST_SECONDS_MAX = 900
MODULE = "secret-hygiene.io/tests/cluster-matrix"


def go_mod(published, version):
    """The go.mod that builds k8s.io/kubernetes of `version` from modules, of its own go.mod, which names directories of its repository."""
    text = re.sub(r"^module .*", f"module {MODULE}", published, flags=re.MULTILINE)
    text = re.sub(r"=> \./staging/src/(k8s\.io/[\w-]+)", rf"=> \1 v0.{version.split('.', 1)[1]}", text)
    return f"{text}\nrequire k8s.io/kubernetes v{version}\n"


def linker_flags(version):
    major, minor, _ = version.split(".")
    strings = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor}
    return " ".join(["-s", "-w", *(f"-X k8s.io/component-base/version.{name}={value}" for name, value in strings.items())])


def missing_programs(version):
    return [name for name in PROGRAMS if not os.access(DIRECTORY / version / name, os.X_OK)]


def package(program):
    return f"k8s.io/kubernetes/cmd/{program}"


def fetch(version):
    """Makes the module that builds `version`, and fetches what it needs. The checksum database vouches for modules, as nothing here pins them."""
    missing = missing_programs(version)
    if not missing:
        return
    directory = DIRECTORY / version
    directory.mkdir(parents=True, exist_ok=True)
    source = cluster_tools.run_go(cluster_tools.MODULE, "mod", "download", "-json", f"k8s.io/kubernetes@v{version}")
    published = re.search(r'"Dir": "(.*)"', source)[1]
    with open(os.path.join(published, "go.mod"), encoding="utf-8") as file:
        (directory / "go.mod").write_text(go_mod(file.read(), version), encoding="utf-8")
    shutil.copyfile(os.path.join(published, "go.sum"), directory / "go.sum")
    (directory / "go.sum").chmod(0o644)
    cluster_tools.run_go(directory, "list", "-mod=mod", "-deps", *map(package, missing))


def build(version, say):
    """The directory with the programs of `version`, which was fetched."""
    directory = DIRECTORY / version
    for name in missing_programs(version):
        say(f"building {name} {version}: once, some minutes")
        cluster_tools.run_go(directory, "build", "-trimpath", "-buildvcs=false", "-mod=mod", "-ldflags", linker_flags(version),
                             "-o", str(directory / name), package(name))
    return directory


def outcome(name, directory, say):
    """What became of one test file: "passed", or the words to show in its place."""
    started = time.monotonic()
    path = cluster_tools.MODULE / f"{name}.py"
    try:
        done = subprocess.run([sys.executable, "-B", path.name], cwd=path.parent, env={**os.environ, "KUBEBUILDER_ASSETS": str(directory)},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TEST_SECONDS_MAX)
        result = "passed" if done.returncode == 0 else "**failed**"
        if done.returncode:
            (directory / f"{path.stem}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    except subprocess.TimeoutExpired:
        result = "**timed out**"
    say(f"{directory.name} {name}: {result} in {time.monotonic() - started:.0f} s")
    return result


def table(results):
    """A table in Markdown of {version: {test: outcome}}."""
    versions = list(results)
    tests = list(dict.fromkeys(name for outcomes in results.values() for name in outcomes))
    lines = [" | ".join(["| test", *versions]) + " |", "|---" * (len(versions) + 1) + "|"]
    return "\n".join(lines + [" | ".join([f"| {name}", *(results[version].get(name, "") for version in versions)]) + " |" for name in tests])


def run(versions, say):
    """Fetches all, builds all, so that no hour is lost to a version that cannot be had; tries, prints the table; Failed if a test did."""
    for version in versions:
        fetch(version)
    cluster_tools.build(say)
    directories = {version: build(version, say) for version in versions}
    results = {version: {name: outcome(name, directory, say) for name in TESTS} for version, directory in directories.items()}
    print(table(results))
    if any(result != "passed" for outcomes in results.values() for result in outcomes.values()):
        raise Failed(f"not all passed; the logs are in {DIRECTORY}/VERSION")
