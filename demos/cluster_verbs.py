#!/usr/bin/env python3
"""`./dev cluster`: a real API server on loopback, without nodes, and what can be tried on it."""

import argparse
import importlib
import pathlib
import shlex
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "lib"), str(ROOT / "demos" / "limits")]
import cluster_matrix  # noqa: E402
import cluster_tools  # noqa: E402
from cluster import DEFAULT_DIRECTORY, USERS, Cluster  # noqa: E402
from process import Failed  # noqa: E402

# {verb: (module beside this one, what it does)}
TRIALS = {
    "try": ("try_install", "installs secret-hygiene on the running cluster, uses it with kubectl and Helm, prints what happened"),
    "try-limits": ("try_limits", "three replicas there, more writes than a limit has room for, and tenants beside one that does its worst"),
    "try-upgrade": ("try_upgrade", "replaces replicas of another build one by one by this one and back, while tenants write at their limit"),
    "try-audit": ("try_audit", "fills it with Helm history, audits, labels and prunes that"),
    "try-controllers": ("try_controllers", "the memory of controllers, with and without a selector"),
    "try-proxy": ("try_proxy", "a controller's memory directly and through `secret-hygiene proxy`, and kube-controller-manager through it"),
    "try-fallback": ("try_fallback", "random writes judged by the webhook, by what `export` makes of its policies, and by both; then the webhook is killed"),
    "try-metrics": ("try_metrics", "a Prometheus beside controllers, then beside the webhook, and what every panel of the dashboard shows"),
}


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def demand_running(cluster):
    if not cluster.running():
        raise Failed(f"no cluster runs in {cluster.directory}: ./dev cluster up")


def try_out(cluster, verb="try", **options):
    demand_running(cluster)
    try:
        importlib.import_module(TRIALS[verb][0]).try_out(cluster, **options)
    except TimeoutError as error:
        raise Failed(str(error)) from error


def print_environment(cluster):
    demand_running(cluster)
    print(f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig))} "
          f"PATH={shlex.quote(cluster_tools.search_path())}:\"$PATH\"")


def bring_up(cluster):
    cluster_tools.build(say)
    started = time.monotonic()
    cluster.up()
    say(f"ready in {time.monotonic() - started:.1f} s at {cluster.server}; users {', '.join(USERS)}")
    say('eval "$(./dev cluster env)" sets KUBECONFIG and PATH')


def print_status(cluster):
    running = cluster.running()
    print(f"{cluster.server}: {', '.join(running)}" if running else "down")
    sys.exit(0 if running else 1)


VERBS = {"build": lambda cluster: cluster_tools.build(say), "up": bring_up, "down": Cluster.down, "env": print_environment,
         "status": print_status}
# {argument of try_out(): (its option, of which trials, type, its value's name, what it says)}
OPTIONS = {
    "minutes": ("--minutes", ("try-limits", "try-upgrade"), float, "N", "of each phase"),
    "clients": ("--clients", ("try-limits",), int, "N", "of all honest tenants"),
    "program": ("--from", ("try-upgrade",), pathlib.Path, "PROGRAM", "secret-hygiene of the other build; else this one's"),
}
MATRIX = "matrix"  # no cluster of its own: each test starts one


def main():
    trials = "; ".join(f"{verb}: {text}" for verb, (_, text) in TRIALS.items())
    parser = argparse.ArgumentParser(prog="./dev cluster", description="A real API server on loopback, without nodes.")
    parser.add_argument("verb", choices=[*VERBS, MATRIX, *TRIALS],
                        help=f"build: only the programs; env: prints what to give to eval; "
                             f"{MATRIX}: the tests that matter on API servers of several versions; {trials}")
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"for {MATRIX}; {' '.join(cluster_matrix.VERSIONS)}")
    parser.add_argument("--dir", type=pathlib.Path, default=DEFAULT_DIRECTORY, help="its files; build/cluster")
    parser.add_argument("--apiserver-arg", action="append", default=[], metavar="--FLAG=VALUE",
                        help="another flag for kube-apiserver; may be repeated")
    for name, (option, verbs, kind, value, text) in OPTIONS.items():
        parser.add_argument(option, dest=name, type=kind, metavar=value, help=f"for {' and '.join(verbs)}: {text}")
    arguments = parser.parse_args()
    options = {name: value for name in OPTIONS if (value := getattr(arguments, name)) is not None}
    for option, verbs, *_ in (OPTIONS[name] for name in options):
        if arguments.verb not in verbs:
            parser.error(f"{option} is for {' and '.join(verbs)}")
    cluster = Cluster(arguments.dir, arguments.apiserver_arg)
    try:
        if arguments.verb == MATRIX:
            cluster_matrix.run(arguments.versions or cluster_matrix.VERSIONS, say)
        elif arguments.verb in VERBS:
            VERBS[arguments.verb](cluster)
        else:
            try_out(cluster, arguments.verb, **options)
    except Failed as error:
        sys.exit(f"cluster: {error}")


if __name__ == "__main__":
    main()
