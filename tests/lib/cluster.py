"""A real API server with its etcd and controller manager on loopback, for tests and for trying things.

There are no nodes: nothing that needs a pod to run does. All ports are free ones, all files are in one directory, so
that any number of clusters run beside each other.
"""

import base64
import json
import os
import pathlib
import secrets
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import cluster_tools
from loopback import HOST, free_ports
from process import Failed, end_with_parent, start_time

DEFAULT_DIRECTORY = cluster_tools.ROOT / "build" / "cluster"
READY_TIMEOUT = 120
STOP_TIMEOUT = 20
# Another program may take a port between our choosing it and the server's listening on it.
START_ATTEMPTS = 3
USERS = {"admin": ["system:masters"], "alice": ["developers"], "bob": ["developers"]}
# What a cluster without nodes has work for. `--use-service-account-credentials` is left off: one identity is enough.
CONTROLLERS = ("namespace-controller", "serviceaccount-controller", "serviceaccount-token-controller",
               "legacy-serviceaccount-token-cleaner-controller", "garbage-collector-controller",
               "resourcequota-controller", "root-ca-certificate-publisher-controller",
               "clusterrole-aggregation-controller")


class Cluster:
    """One cluster in one directory. `api_server_arguments` go to kube-apiserver after its own, `etcd_arguments` to etcd.

    With `end_with_us` its processes die with this one, however that happens; otherwise they stay until down().
    Thread-safety: one thread.
    """

    def __init__(self, directory=DEFAULT_DIRECTORY, api_server_arguments=(), end_with_us=False, etcd_arguments=()):
        self.directory = pathlib.Path(directory).resolve()
        self.kubeconfig = self.directory / "kubeconfig"
        self._arguments = list(api_server_arguments)
        self._etcd_arguments = list(etcd_arguments)
        self._end_with_us = end_with_us
        self._state_file = self.directory / "state.json"
        self._children = {}

    # State: what `down` may end, and where the server is. Kept in a file, for another process may call `down`.

    def state(self):
        try:
            return json.loads(self._state_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"processes": {}}

    def running(self):
        """Names of the processes that still run."""
        return [name for name, process in self.state()["processes"].items()
                if start_time(process["pid"]) == process["started"]]

    @property
    def server(self):
        return self.state()["server"]

    def log(self, name):
        return (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    # Up and down.

    def up(self):
        """Starts it anew, on empty data; Failed with the end of a log if it does not become ready."""
        if self.running():
            raise Failed(f"the cluster in {self.directory} is up already")
        for attempt in range(START_ATTEMPTS):
            try:
                self._start()
                return
            except Failed as error:
                self.down()
                if attempt + 1 == START_ATTEMPTS or "address already in use" not in str(error):
                    raise

    def down(self):
        """Ends the processes that up() started, and no other; the files stay for reading."""
        # The API server first: it would wait for an etcd that is gone.
        state = self.state()
        for name in sorted(state["processes"], key=("kube-controller-manager", "kube-apiserver", "etcd").index):
            self._end(name, state["processes"][name])
        self._state_file.unlink(missing_ok=True)

    def stop_process(self, name):
        """Ends one of them, for tests of what happens without it."""
        self._end(name, self.state()["processes"][name])

    def start_process(self, name, *more):
        """Starts one that stop_process() ended, with the arguments that it had and `more`."""
        self._spawn(name, [*self.state()["processes"][name]["arguments"], *more])
        if name == "kube-apiserver":
            self._wait_until_ready(json.loads(self.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"])

    def swap_certificates(self):
        """A new CA and a new certificate, which the API server takes at its next start; the kubeconfigs name the new CA."""
        make_certificates(self.directory)
        for user in USERS:
            path = self.kubeconfig_of(user)
            token = json.loads(path.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
            write_kubeconfig(path, self.server, self.directory / "ca.crt", user, token)

    def _end(self, name, process):
        pid, child = process["pid"], self._children.pop(name, None)
        for number, patience in ((signal.SIGTERM, 3 if name == "kube-apiserver" else STOP_TIMEOUT),
                                 (signal.SIGKILL, STOP_TIMEOUT)):
            if start_time(pid) != process["started"]:
                break
            os.kill(pid, number)
            deadline = time.monotonic() + patience
            while start_time(pid) == process["started"] and time.monotonic() < deadline:
                time.sleep(0.02)
        if child:
            child.wait()

    def _start(self):
        shutil.rmtree(self.directory / "etcd", ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        etcd_port, peer_port, port = free_ports(3)
        self._write_state({"processes": {}, "server": f"https://{HOST}:{port}"})
        # What is there is kept: who has a kubeconfig of an earlier start trusts this one.
        if not (self.directory / "sa.key").exists():
            make_certificates(self.directory)
            openssl(self.directory, "genrsa", "-out", "sa.key", "2048")
        tokens = write_tokens(self.directory / "tokens.csv")
        for user, token in tokens.items():
            write_kubeconfig(self.kubeconfig_of(user), self.server, self.directory / "ca.crt", user, token)

        etcd_url, peer_url = f"http://{HOST}:{etcd_port}", f"http://{HOST}:{peer_port}"
        self._spawn("etcd", [
            f"--data-dir={self.directory / 'etcd'}", f"--listen-client-urls={etcd_url}",
            f"--advertise-client-urls={etcd_url}", f"--listen-peer-urls={peer_url}",
            f"--initial-advertise-peer-urls={peer_url}", f"--initial-cluster=default={peer_url}",
            "--unsafe-no-fsync", "--log-level=error", *self._etcd_arguments])
        self._spawn("kube-apiserver", [
            f"--etcd-servers={etcd_url}", f"--bind-address={HOST}", f"--secure-port={port}",
            f"--tls-cert-file={self.directory / 'tls.crt'}", f"--tls-private-key-file={self.directory / 'tls.key'}",
            f"--client-ca-file={self.directory / 'ca.crt'}", f"--token-auth-file={self.directory / 'tokens.csv'}",
            "--authorization-mode=RBAC", "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.directory / 'sa.key'}",
            f"--service-account-signing-key-file={self.directory / 'sa.key'}",
            "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none", "--profiling=false",
            *self._arguments])
        self._wait_until_ready(tokens["admin"])
        self._spawn("kube-controller-manager", [
            f"--kubeconfig={self.kubeconfig}", f"--service-account-private-key-file={self.directory / 'sa.key'}",
            f"--root-ca-file={self.directory / 'ca.crt'}", "--leader-elect=false", "--secure-port=0",
            f"--controllers={','.join(CONTROLLERS)}"])

    def kubeconfig_of(self, user):
        return self.kubeconfig if user == "admin" else self.directory / f"kubeconfig-{user}"

    def _write_state(self, state):
        # Other threads and processes read it at any time.
        written = self._state_file.with_suffix(".new")
        written.write_text(json.dumps(state), encoding="utf-8")
        written.replace(self._state_file)

    def _spawn(self, name, arguments):
        with open(self.directory / f"{name}.log", "wb") as log:
            child = subprocess.Popen(
                [cluster_tools.tool(name), *arguments], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGKILL) if self._end_with_us else None)
        self._children[name] = child
        state = self.state()
        state["processes"][name] = {"pid": child.pid, "started": start_time(child.pid), "arguments": arguments}
        self._write_state(state)

    def _wait_until_ready(self, token):
        context = ssl.create_default_context(cafile=self.directory / "ca.crt")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        request = urllib.request.Request(f"{self.server}/readyz", headers={"Authorization": f"Bearer {token}"})
        deadline = time.monotonic() + READY_TIMEOUT
        while True:
            try:
                with opener.open(request, timeout=5):
                    return
            except OSError as error:
                for name, child in self._children.items():
                    if child.poll() is not None:
                        raise Failed(f"{name} ended with status {child.returncode}:\n{self._tail(name)}") from error
                if time.monotonic() > deadline:
                    raise Failed(f"not ready within {READY_TIMEOUT} s:\n{self._tail('kube-apiserver')}") from error
                time.sleep(0.05)

    def _tail(self, name):
        return "\n".join(self.log(name).splitlines()[-20:])


def openssl(directory, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"openssl {arguments[0]} failed: {done.stderr}")


def make_certificates(directory):
    """A CA, and the server's certificate."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(directory, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "365",
            "-subj", "/CN=test cluster CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    (directory / "server.ext").write_text(
        f"subjectAltName=IP:{HOST},IP:10.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc\n"
        "extendedKeyUsage=serverAuth\n", encoding="utf-8")
    sign(directory, directory, "/CN=kube-apiserver", directory / "server.ext")


def sign(directory, into, subject, extensions):
    """tls.crt and tls.key for `subject` in the directory `into`, signed by the CA of `directory`."""
    openssl(into, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tls.key",
            "-out", "tls.csr", "-subj", subject)
    openssl(into, "x509", "-req", "-in", "tls.csr", "-CA", str(directory / "ca.crt"), "-CAkey",
            str(directory / "ca.key"), "-CAcreateserial", "-out", "tls.crt", "-days", "365", "-extfile",
            str(extensions))


def write_tokens(path):
    """Static tokens of USERS, new at each start: {user: token}."""
    tokens = {user: secrets.token_urlsafe(24) for user in USERS}
    path.touch(mode=0o600)
    path.write_text("".join(f'{tokens[user]},{user},{user},"{",".join(groups)}"\n' for user, groups in USERS.items()),
                    encoding="utf-8")
    return tokens


def write_kubeconfig(path, server, ca, user, token):
    """JSON is YAML too."""
    certificate = base64.b64encode(ca.read_bytes()).decode()
    path.touch(mode=0o600)
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority-data": certificate}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}]}, indent=1), encoding="utf-8")
