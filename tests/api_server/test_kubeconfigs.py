"""Kubeconfigs of every shape: kubectl and this program take the same, ask the same server as the same user, and refuse the same."""

import http.server
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import cluster_client  # noqa: E402
import cluster_tools  # noqa: E402
import libterminal  # noqa: E402

BINARY = str(cluster_client.BINARY)
EMPTY = json.dumps({"kind": "SecretList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"}, "items": []}).encode()

CLUSTER = "server: 'SERVER'"
USER = "token: t"
EXEC = "apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['-c', 'exit 1']"
WHOLE = ("current-context: x\nclusters: [{name: c, cluster: {server: 'SERVER'}}]\nusers: [{name: u, user: {token: t}}]\n"
         "contexts: [{name: x, context: {cluster: c, user: u}}]\n")


def config(cluster=CLUSTER, user=USER):
    return WHOLE.replace("{server: 'SERVER'}", "{" + cluster + "}").replace("{token: t}", "{" + user + "}")


# A text, and flags.
CASES = [
    *((config(cluster), ()) for cluster in (
        CLUSTER, "server: 'HOST'", "server: 'HTTP://HOST'", "server: 'HtTp://HOST/'", "server: 'SERVER/base'", "server: 'HOST/base'",
        "server: 5", "server: 'ftp://x'", "server: ' SERVER'", f"{CLUSTER}, proxy-url: ''", f"{CLUSTER}, proxy-url: null",
        f"{CLUSTER}, proxy-url: 'x:1'", f"{CLUSTER}, proxy-url: 'ftp://x:1'", f"{CLUSTER}, certificate-authority: null",
        f"{CLUSTER}, certificate-authority-data: Zm9v, certificate-authority: /etc/passwd",
        f"{CLUSTER}, insecure-skip-tls-verify: true, certificate-authority-data: Zm9v",
        "server: 'https://HOST', insecure-skip-tls-verify: true, certificate-authority-data: Zm9v",
        f"{CLUSTER}, insecure-skip-tls-verify: 'true'", f"{CLUSTER}, insecure-skip-tls-verify: null", f"{CLUSTER}, tls-server-name: 5",
        f"{CLUSTER}, unknown: 5")),
    *((config(user=user), ()) for user in (
        "as: ''", "as: null", "as: root", "as: root, as-groups: [a, b], as-uid: '7', as-user-extra: {k: [v]}", "as-groups: [a]", "as-uid: x",
        "as-groups: []", "as-groups: null", "as: 5", "auth-provider: null", "auth-provider: {}", "username: ''", "username: u, token: t",
        "token: 5", "token: true", "token: [a]", "token: ''", "token: null", "exec: null", "exec: {}", f"exec: {{{EXEC}}}",
        f"exec: {{{EXEC}, interactiveMode: Bad}}", "exec: {command: c}", f"exec: {{{EXEC}, interactiveMode: Never, env: [{{value: x}}]}}",
        "client-certificate: /nonexistent, client-key: /nonexistent", "client-certificate-data: Zm8=",
        "client-certificate-data: Zm8=, client-certificate: /etc/passwd, client-key-data: Zg==", "client-certificate-data: null",
        "client-certificate-data: 'x-'", "token: \"t\\n\"")),
    ("apiVersion: v2\nkind: Config\n" + WHOLE, ()),
    ("apiVersion: v1\nkind: Pod\n" + WHOLE, ()),
    (WHOLE.replace("clusters: [", "clusters: [{name: c, cluster: {server: a}}, "), ()),
    (WHOLE.replace("users: [", "users: [{name: u, user: {}}, "), ()),
    (WHOLE.replace("contexts: [", "contexts: [{name: x, context: {}}, "), ()),
    (WHOLE.replace("clusters: [", "clusters: [null, "), ()),
    (WHOLE.replace("clusters: [", "clusters: [{name: null, cluster: null}, {}, "), ()),
    (WHOLE + "preferences: {colors: true}\nextensions: null\n", ()),
    (WHOLE.replace("name: x,", "name: 5,").replace("context: x", "context: '5'"), ()),
    (WHOLE.replace("user: u}", "user: u, namespace: null}"), ()),
    (WHOLE.replace("user: u}", "user: ''}"), ()),
    (WHOLE + "---\n" + WHOLE, ()),
    ("token: &t t\n" + WHOLE.replace("token: t", "token: *t"), ()),
    ("d: &d {token: t}\n" + WHOLE.replace("{token: t}", "{<<: *d}"), ()),
    (WHOLE.replace("token: t", "token: t, token: u"), ()),
    (WHOLE, ("--as", "root", "--as-group", "g1", "--as-group", "g2", "--as-uid", "9")),
    (WHOLE, ("--as-group", "g1")),
    (WHOLE, ("--as", "")),
    (WHOLE.replace("token: t", "token: t, as: a, as-groups: [b]"), ("--as", "root")),
]


class Asked(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        told = sorted((k.lower(), v) for k, v in self.headers.items() if k.lower().startswith(("impersonate-", "authorization")))
        self.server.asked.append((self.path.startswith("/base/"), told))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(EMPTY)))
        self.end_headers()
        self.wfile.write(EMPTY)


# Asks a person for the token.
PLUGIN = """\
#!/bin/sh
printf 'code: ' >&2
read code
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"}}' "$code"
"""


class Kubeconfigs(unittest.TestCase):
    def test_a_plugin_may_ask_a_person_on_the_terminal(self):
        kubectl = cluster_tools.tool("kubectl")
        libcluster.start()
        self.addCleanup(libcluster.stop)
        with tempfile.TemporaryDirectory() as home:
            file, plugin = pathlib.Path(home) / "config", pathlib.Path(home) / "plugin"
            plugin.write_text(PLUGIN)
            plugin.chmod(0o700)
            document = json.loads(libcluster.running.kubeconfig.read_text(encoding="utf-8"))
            token = document["users"][0]["user"]["token"]
            for mode, typed, command in itertools.product(("IfAvailable", "Always"), (token, "wrong"), (
                    (kubectl, "get", "secrets", "-n", "default"), (BINARY, "audit", "-n", "default"))):
                with self.subTest(mode, typed=typed == token, command=command[1]):
                    document["users"][0]["user"] = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin),
                                                             "interactiveMode": mode}}
                    file.write_text(json.dumps(document))
                    terminal = libterminal.Terminal([*map(str, command), "--kubeconfig", str(file)], {"HOME": home, "PATH": os.environ["PATH"]}, home)
                    self.addCleanup(terminal.close)
                    terminal.wait_for("code: ")
                    terminal.type(typed + "\r")
                    if typed == token:
                        self.assertEqual(terminal.wait(), 0, terminal.printed)
                    else:
                        terminal.wait_for("code: ")  # 401: a new credential is asked for

    def test_kubectl_takes_and_refuses_the_same(self):
        kubectl = cluster_tools.tool("kubectl")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        with tempfile.TemporaryDirectory() as home:
            file = pathlib.Path(home) / "config"

            def asked_by(*command):
                server.asked = []
                done = subprocess.run([*command, "--kubeconfig", file], capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
                                      env={"HOME": home, "PATH": os.environ["PATH"]})
                return (done.returncode == 0, server.asked[:1]), done.stderr.decode()

            for text, flags in CASES:
                with self.subTest(text, flags=flags):
                    file.write_text(text.replace("SERVER", f"http://{host}").replace("HOST", host))
                    theirs, _ = asked_by(kubectl, "get", "--raw", "/api/v1/namespaces/default/secrets", *flags)
                    ours, said = asked_by(BINARY, "audit", "-n", "default", *flags)
                    self.assertEqual(ours, theirs, said)


if __name__ == "__main__":
    unittest.main()
