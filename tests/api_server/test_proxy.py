"""`secret-hygiene proxy` before a real API server, with real clients: what they see through it, and what becomes of them when the
API server goes away."""

import concurrent.futures
import json
import re
import unittest

import libcluster
import libproxy
import plain_api

WATCHES = 500
MANY = 60
MEMORY_MAX = 64 << 20
# Answers differ in these from one request to the next.
PASSING = re.compile(r'"(uid|resourceVersion|creationTimestamp)": "[^"]*"|\b\d+(ms|s|m)\b')


def setUpModule():
    libcluster.start()


def tearDownModule():
    libcluster.stop()


class Kubectl(libproxy.ProxyTest):
    def same(self, proxy, *arguments):
        """What kubectl prints directly, and that it prints the same through the proxy."""
        direct = self.kubectl(*arguments).stdout
        through = self.through(proxy, "--namespace", self.namespace, *arguments).stdout
        self.assertEqual(PASSING.sub("", through), PASSING.sub("", direct))
        return direct

    def test_it_reads_and_writes_as_without_a_proxy(self):
        self.seed("a", "b")
        proxy = self.start_proxy()
        for arguments in (("get", "secrets"), ("get", "secrets", "-o", "json"), ("get", "secret", "a", "-o", "yaml"),
                          ("get", "configmaps,serviceaccounts", "-o", "wide"), ("api-resources",), ("version", "-o", "json"),
                          ("get", "--raw", "/openapi/v3"), ("auth", "can-i", "--list"), ("explain", "secret"),
                          ("get", "namespaces", "-o", "name")):
            with self.subTest(arguments):
                self.same(proxy, *arguments)
        through = lambda *arguments, **options: self.through(proxy, "--namespace", self.namespace, *arguments, **options)
        manifest = self.manifest("applied", stringData={"k": "v"})
        self.assertIn("created", through("apply", "-f", manifest).stdout)
        self.assertIn("configured", through("apply", "-f", self.manifest("applied", stringData={"k": "w"})).stdout)
        self.assertIn("applied", through("apply", "--server-side", "-f", self.manifest("other")).stdout)
        self.assertIn("labeled", through("label", "secret", "applied", "x=y").stdout)
        self.assertEqual(self.labels("applied"), {"x": "y"})
        self.assertIn("deleted", through("delete", "secret", "applied").stdout)

    def test_it_sees_no_labelled_secret_in_a_list_and_every_one_by_its_name(self):
        self.seed("shown", labelled=["hidden"])
        self.seed("release", kind="helm.sh/release.v1")
        proxy = self.start_proxy()
        listed = self.through(proxy, "--namespace", self.namespace, "get", "secrets", "-o", "name").stdout.split()
        self.assertEqual(listed, ["secret/shown"])
        for name in ("hidden", "release"):
            self.assertIn(name, self.through(proxy, "--namespace", self.namespace, "get", "secret", name).stdout)
        # deletecollection is a write: it is not narrowed.
        self.through(proxy, "--namespace", self.namespace, "delete", "--raw", f"/api/v1/namespaces/{self.namespace}/secrets")
        self.assertEqual(self.kubectl("get", "secrets", "-o", "name").stdout, "")

    def test_the_callers_rights_are_its_own(self):
        proxy = self.start_proxy(user="alice")
        done = self.through(proxy, "get", "secrets", check=False)
        self.assertIn('User "alice" cannot list resource "secrets"', done.stderr)
        with proxy.socket() as connection:
            connection.sendall(libproxy.head("GET", "/api/v1/secrets", f"127.0.0.1:{proxy.port}", user=None))
            # Not ours: the kubeconfig that the proxy has is the administrator's. Anonymous, so forbidden or unauthorized.
            self.assertIn(libproxy.answer_on(connection)[0], (401, 403))

    def test_a_token_that_is_renewed_is_taken_up(self):
        proxy = self.start_proxy(user="alice")
        self.assertIn("alice", self.through(proxy, "auth", "whoami").stdout)
        proxy.token_file.write_text(libproxy.token_of("bob"), encoding="utf-8")
        self.assertIn("bob", self.through(proxy, "auth", "whoami").stdout)


class Estimate(libproxy.ProxyTest):
    def test_what_is_kept_away_is_told_by_the_sizes_that_the_webhook_annotated(self):
        with plain_api.Api(libcluster.running) as api:
            for name, size, labels, kind in (("shown", 1000, {}, "Opaque"), ("labelled", 5000, {libcluster.LABEL: "true"}, "Opaque"),
                                             ("release", 70000, {}, libcluster.HELM_TYPE)):
                metadata = {"name": name, "labels": labels, "annotations": {"secret-hygiene.io/bytes": str(size)}}
                done = api.create(self.namespace, {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": metadata})
                self.assertEqual(done.status, 201, done.text)
        proxy = self.start_proxy("--estimate-every", "1h")
        libcluster.wait_for(lambda: proxy.metrics().get("secret_hygiene_proxy_kept_away_bytes") == 75000, "its first look")
        self.assertGreaterEqual(proxy.metrics()["secret_hygiene_proxy_kept_away_secrets"], 2)


class Manifests(libproxy.ProxyTest):
    def test_an_api_server_takes_a_deployment_with_the_sidecar(self):
        done = self.admin("apply", "--dry-run=server", "-o", "json", "-k", libcluster.ROOT / "manifests" / "sidecar-example")
        pod = done.json()["spec"]["template"]["spec"]
        (sidecar,) = pod["initContainers"]
        self.assertEqual((sidecar["name"], sidecar["restartPolicy"]), ("secret-hygiene-proxy", "Always"))
        written = next(word.partition("=")[2] for word in sidecar["args"] if word.startswith("--write-kubeconfig="))
        self.assertIn({"name": "KUBECONFIG", "value": written}, pod["containers"][0]["env"])


class Watches(libproxy.ProxyTest):
    def watch(self, proxy, namespace):
        connection = proxy.socket()
        self.addCleanup(connection.close)
        connection.sendall(libproxy.head("GET", f"/api/v1/namespaces/{namespace}/secrets?watch=true", f"127.0.0.1:{proxy.port}"))
        return connection, connection.makefile("rb")

    @staticmethod
    def next_event(lines):
        """The next line that is an event; the head and the sizes of chunks are passed over."""
        while line := lines.readline():
            if line.startswith(b"{"):
                event = json.loads(line)
                return event["type"], event["object"]["metadata"]["name"]
        raise AssertionError("the watch ended")

    def test_a_label_that_is_put_on_arrives_as_a_deletion_and_taken_off_as_an_addition(self):
        self.seed("a")
        _, lines = self.watch(self.start_proxy(), self.namespace)
        self.assertEqual(self.next_event(lines), ("ADDED", "a"))
        self.kubectl("label", "secret", "a", f"{libcluster.LABEL}=true")
        self.assertEqual(self.next_event(lines), ("DELETED", "a"))
        self.kubectl("label", "secret", "a", f"{libcluster.LABEL}-")
        self.assertEqual(self.next_event(lines), ("ADDED", "a"))

    def test_500_watches_beside_a_reader_that_rests_take_little_memory_and_all_see_an_event(self):
        self.seed_megabytes()
        proxy = self.start_proxy()
        resting = proxy.socket()
        self.addCleanup(resting.close)
        resting.sendall(libproxy.head("GET", f"/api/v1/namespaces/{self.namespace}/secrets", f"127.0.0.1:{proxy.port}"))
        watched = f"{self.namespace}-watched"
        self.admin("create", "namespace", watched)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            watches = list(pool.map(lambda _: self.watch(proxy, watched), range(WATCHES)))
        libcluster.wait_for(lambda: proxy.metrics()["secret_hygiene_proxy_watches"] == WATCHES, "all watches are open")
        self.admin("-n", watched, "create", "secret", "generic", "a")
        for _, lines in watches:
            self.assertEqual(self.next_event(lines), ("ADDED", "a"))
        status, _, body = libproxy.answer_on(resting)
        self.assertEqual((status, len(json.loads(body)["items"])), (200, MANY))
        self.assertGreater(len(body), 50 << 20)
        peak = proxy.resident_bytes("VmHWM")
        print(f"{WATCHES} watches and a list of {len(body) >> 20} MiB: {peak / 2**20:.0f} MiB")
        self.assertLess(peak, MEMORY_MAX)
        for connection, lines in watches:
            lines.close()
            connection.close()
        libcluster.wait_for(lambda: proxy.metrics()["secret_hygiene_proxy_watches"] == 0, "no watch is open")
        libcluster.wait_for(lambda: proxy.metrics()["secret_hygiene_connections"] <= 2, "their connections are gone")

    def seed_megabytes(self):
        with plain_api.Api(libcluster.running) as api:
            value = libcluster.cluster.base64.b64encode(bytes(700 << 10)).decode()
            for number in range(MANY):
                done = api.create(self.namespace, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"big-{number}"},
                                                   "data": {"k": value}})
                self.assertEqual(done.status, 201, done.text)


class Outages(libproxy.ProxyTest):
    def test_an_api_server_that_is_killed_and_comes_again_also_with_another_ca(self):
        proxy = self.start_proxy()
        self.assertEqual(self.through(proxy, "get", "--raw", "/readyz").stdout, "ok")
        with proxy.socket() as watching:
            watching.sendall(libproxy.head("GET", "/api/v1/secrets?watch=true", f"127.0.0.1:{proxy.port}"))
            self.assertTrue(watching.recv(1))
            libcluster.running.stop_process("kube-apiserver")
            # The watch ends, as it would without a proxy.
            while watching.recv(65536):
                pass
        done = self.through(proxy, "get", "--raw", "/readyz", check=False)
        self.assertNotEqual(done.status, 0)
        self.assertIn("cannot reach", done.stderr)
        libcluster.running.start_process("kube-apiserver")
        self.assertEqual(self.through(proxy, "get", "--raw", "/readyz").stdout, "ok")

        libcluster.running.stop_process("kube-apiserver")
        libcluster.running.swap_certificates()
        libcluster.running.start_process("kube-apiserver")
        # The client knows the proxy's CA alone. The proxy reads its kubeconfig again when it refuses a certificate, once a second at most.
        libcluster.wait_for(lambda: self.through(proxy, "get", "--raw", "/readyz", check=False).stdout == "ok",
                            "the proxy trusts the new CA")


if __name__ == "__main__":
    unittest.main()
