"""Ways to an API server for `./dev bench proxy`: directly, and through each proxy; and the servers of both kinds that they lead to."""

import base64
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import urllib.parse

import cluster_tools
from bench_inventory import cpu_seconds, resident
from bench_servers import BUILD, CERTIFICATES, Server
from process import end_with_parent
from webhook_process import WebhookProcess

BINARY = pathlib.Path(BUILD, "secret-hygiene")


class Way:
    """Its address, how to trust it, and the process that stands between, if any. `stop` ends that process."""

    def __init__(self, name, url, ca=None, pid=None, stop=lambda: None):
        self.name, self.pid, self.stop = name, pid, stop
        self.address = urllib.parse.urlsplit(url)
        self.context = ssl.create_default_context(cadata=ca) if ca else None

    def url(self, path):
        return f"{self.address.scheme}://{self.address.netloc}{path}"

    def connect(self):
        plain = socket.create_connection((self.address.hostname, self.address.port), 120)
        return self.context.wrap_socket(plain, server_hostname=self.address.hostname) if self.context else plain

    def cpu_seconds(self):
        return cpu_seconds(self.pid) if self.pid else 0.0

    def peak_mib(self):
        return resident(self.pid)[1] if self.pid else None


def authority_of(kubeconfig):
    data = json.loads(pathlib.Path(kubeconfig).read_text(encoding="utf-8"))["clusters"][0]["cluster"]["certificate-authority-data"]
    return base64.b64decode(data).decode()


def through_ours(kubeconfig, directory, *arguments):
    name = "secret-hygiene proxy" + "".join(f" {argument}" for argument in arguments)
    written = pathlib.Path(directory, f"{name.replace(' ', '-')}-kubeconfig")
    process = WebhookProcess(BINARY, ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--drain-timeout", "1s",
                                      "--kubeconfig", kubeconfig, "--write-kubeconfig", written, *arguments], command="proxy")
    url = process.wait_for_event("proxying")["listen"]
    return Way(name, url, authority_of(written) if url.startswith("https:") else None, process.pid, process.stop)


def through_kubectl(kubeconfig):
    """It speaks plain HTTP to its clients and adds its own credential, whatever they send."""
    # A session of its own, as WebhookProcess has: Linux shares out a busy processor by sessions.
    process = subprocess.Popen([cluster_tools.tool("kubectl"), "proxy", "--port=0", "--kubeconfig", kubeconfig],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=end_with_parent(),
                               start_new_session=True)
    port = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline()).group(1)

    def stop():
        process.terminate()
        process.wait()
        process.stdout.close()
    return Way("kubectl proxy", f"http://127.0.0.1:{port}", pid=process.pid, stop=stop)


def all_ways(server, kubeconfig, directory):
    """To the API server at a URL: directly first."""
    return [Way("directly", server, authority_of(kubeconfig)), through_ours(kubeconfig, directory),
            through_ours(kubeconfig, directory, "--insecure-http"), through_kubectl(kubeconfig)]


def synthetic_server(directory):
    """(Server, its kubeconfig): an API server to which an answer costs next to nothing."""
    command = [os.path.join(BUILD, "tests/bench/synthetic_api_server"), "0", f"{CERTIFICATES}/tls.crt", f"{CERTIFICATES}/tls.key", "1", "1"]
    server = Server("synthetic API server", command, "0-1", r":(\d+)")
    ca = base64.b64encode(pathlib.Path(CERTIFICATES, "ca.crt").read_bytes()).decode()
    kubeconfig = pathlib.Path(directory, "synthetic-kubeconfig")
    kubeconfig.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "t",
        "clusters": [{"name": "c", "cluster": {"server": f"https://localhost:{server.port}", "certificate-authority-data": ca}}],
        "users": [{"name": "u", "user": {"token": "t"}}], "contexts": [{"name": "t", "context": {"cluster": "c", "user": "u"}}]}),
        encoding="utf-8")
    return server, kubeconfig
