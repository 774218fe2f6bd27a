"""Helm's history, written as Helm stores it but without Helm, which would take a second for each revision."""

import base64
import gzip
import json
import os
import threading

import plain_api

WRITERS = 4
TYPE = "helm.sh/release.v1"
# A time at which no release was being written any more.
WRITTEN = "2026-01-02T03:04:05Z"


def release_text(namespace, name, version, status, ballast):
    """The value of the key `release` as Helm makes it: JSON, gzip, base64. `ballast` is a file of the chart."""
    files = [{"name": "ballast", "data": base64.b64encode(ballast).decode()}]
    release = {
        "name": name, "namespace": namespace, "version": version, "config": {}, "manifest": "---\n", "hooks": [],
        "info": {"first_deployed": WRITTEN, "last_deployed": WRITTEN, "deleted": "", "description": "Upgrade complete",
                 "status": status},
        "chart": {"metadata": {"name": name, "version": "1.0.0", "apiVersion": "v2"}, "lock": None, "templates": [],
                  "values": {}, "schema": None, "files": files}}
    # As large as it is: what compresses well would take longer to make.
    return base64.b64encode(gzip.compress(json.dumps(release).encode(), compresslevel=0))


def revision(namespace, name, version, status, ballast):
    """The Secret of one revision."""
    return {"apiVersion": "v1", "kind": "Secret", "type": TYPE,
            "metadata": {"name": f"sh.helm.release.v1.{name}.v{version}",
                         "labels": {"name": name, "owner": "helm", "status": status, "version": str(version),
                                    "modifiedAt": "1767323045"}},
            "data": {"release": base64.b64encode(release_text(namespace, name, version, status, ballast)).decode()}}


def ballast_of(size):
    """Bytes of a chart's file that make a revision of about `size` bytes: they are written as base64 twice."""
    return os.urandom(size * 9 // 16)


def write(cluster, namespace, releases, revisions, size):
    """`revisions` of each of `releases` in one namespace, each of about `size` bytes as the API counts them."""
    wanted = [(f"app-{release}", version) for release in range(releases) for version in range(1, revisions + 1)]
    lock, failures, ballast = threading.Lock(), [], ballast_of(size)

    def write_some():
        with plain_api.Api(cluster) as api:
            while True:
                with lock:
                    if not wanted or failures:
                        return
                    name, version = wanted.pop()
                status = "deployed" if version == revisions else "superseded"
                answer = api.create(namespace, revision(namespace, name, version, status, ballast))
                if answer.status != 201:
                    with lock:
                        failures.append(f"{name} {version}: {answer.status} {answer.message}")

    writers = [threading.Thread(target=write_some) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if failures:
        raise OSError(failures[0])
