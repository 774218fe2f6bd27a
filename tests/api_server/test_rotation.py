"""`secret-hygiene certs rotate` on a real API server, while Secrets are written that the webhook must see: no write is lost."""

import socket
import ssl
import threading
import unittest

import libcluster  # first: it says where the others are
import libapi
import libcerts
import libkubelet
import libload
from libcerts import NAMESPACE

setUpModule = libcluster.start
tearDownModule = libcluster.stop

WRITES = 10_000
NAMESPACES = 3
LABEL = "example.com/policy"


def labelling(value):
    return libcluster.policy("mark", labels={LABEL: value})


class Newcomer:
    """An API server that keeps no connection, as one that has just started: again and again it reads the bundles and opens
    a new connection with each. The real one has its connections open when the certificate changes."""

    SERVER_NAME = f"secret-hygiene.{NAMESPACE}.svc"

    def __init__(self, port):
        self.handshakes = 0
        self.failures = []
        self._port = port
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self):
        self._end.set()
        self._thread.join()

    def _run(self):
        with libapi.Api() as api:
            while not self._end.wait(0.05):
                for bundle in set(libcerts.bundles_of(api).values()):
                    self._open(bundle)

    def _open(self, bundle):
        context = ssl.create_default_context(cadata=bundle)
        try:
            with socket.create_connection(("127.0.0.1", self._port), 10) as plain:
                with context.wrap_socket(plain, server_hostname=self.SERVER_NAME):
                    self.handshakes += 1
        except OSError as failure:
            self.failures.append(str(failure))


class Rotation(libcerts.CertsTest):
    def setUp(self):
        super().setUp()
        self.certs("init")
        self.put(f"/api/v1/namespaces/{NAMESPACE}/configmaps", {
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"policies.yaml": labelling("first")},
            "metadata": {"name": "secret-hygiene-policies", "labels": {"secret-hygiene.io/policies": "true"}}})
        policies = libkubelet.MountedDirectory(self.directory / "policies")
        self.webhook = self.serve_stored(policies, {policies: (libcerts.POLICIES, None)})
        # A call that fails is a write that fails.
        self.set_hooks("/failurePolicy", "Fail")
        self.wait_until_called(self.webhook)
        self.namespaces = [f"{self.namespace}-{number}" for number in range(NAMESPACES)]
        for name in self.namespaces:
            self.admin("create", "namespace", name)

    def begin(self):
        """A load and a newcomer."""
        load, newcomer = libload.Load(self.namespaces), Newcomer(self.webhook.port)
        self.addCleanup(newcomer.stop)
        load.start()
        self.addCleanup(load.finish)
        libcluster.wait_for(lambda: load.failures or (newcomer.handshakes and load.total() > 100), "the load runs")
        return load, newcomer

    def finish(self, load, newcomer, least=0):
        load.finish(least)
        newcomer.stop()
        self.assertEqual(load.failures, [])
        self.assertEqual(newcomer.failures, [])

    def assert_served(self):
        """The certificate in the Secret is the one that is served, and its CA the only one that is trusted."""
        shown, authority = self.shown(), self.stored("ca.crt")
        self.assertEqual(libcerts.certificate_served(self.webhook.port), self.stored("tls.crt"))
        self.assertEqual(libcerts.certificates_in(authority), 1)
        self.assertEqual(set(self.bundles().values()), {authority})
        self.assertEqual(len(shown["authorities"]), 1)
        self.assertTrue(all(hook["trustsCertificate"] for hook in shown["bundles"]), shown)

    def reviews(self):
        """{(endpoint, operation): how many reviews} until now."""
        counts = {}
        for name, value in self.webhook.metrics().items():
            if name.startswith("secret_hygiene_admission_requests_total{"):
                key = tuple(part.split('"')[1] for part in name.split("{")[1].split(",")[:2])
                counts[key] = counts.get(key, 0) + int(value)
        return counts

    def test_ten_thousand_writes_pass_two_rotations_and_a_reload_of_policies(self):
        first = (self.stored("tls.crt"), self.stored("ca.crt"))
        before = self.reviews()
        load, newcomer = self.begin()
        self.certs("rotate", "--force", "--probe", f"127.0.0.1:{self.webhook.port}")
        second = (self.stored("tls.crt"), self.stored("ca.crt"))
        self.assert_served()
        self.patch(libcerts.POLICIES, {"data": {"policies.yaml": labelling("second")}})
        self.webhook.wait_for_event("policies reloaded")
        self.make_slice(self.webhook.port)
        said = self.certs("rotate", "--force").stdout
        self.assertIn("every replica serves the certificate: removed 1 earlier CA\n", said)
        self.finish(load, newcomer, WRITES)

        self.assertGreaterEqual(load.total(), WRITES)
        third = (self.stored("tls.crt"), self.stored("ca.crt"))
        self.assertEqual(len({*first, *second, *third}), 6)
        self.assert_served()
        after = self.reviews()
        for endpoint in ("mutate", "validate"):
            seen = {operation: after[endpoint, operation] - before.get((endpoint, operation), 0)
                    for operation in ("CREATE", "UPDATE")}
            self.assertEqual(seen["CREATE"], load.counts["CREATE"], endpoint)
            # The API server reviews an update again when the object that it had cached was not the newest.
            self.assertGreaterEqual(seen["UPDATE"], load.counts["UPDATE"], endpoint)
        self.assert_labelled()
        for what, reloads in (("certificate", 2), ("policy", 1)):
            results = {result: self.webhook.metrics().get(f'secret_hygiene_{what}_reloads_total{{result="{result}"}}', 0)
                       for result in ("success", "failure")}
            self.assertEqual(results, {"success": reloads, "failure": 0}, what)

    def assert_labelled(self):
        """What was written has the label of the policy of its time."""
        for name in self.namespaces:
            kept = self.found(f"/api/v1/namespaces/{name}/secrets")["items"]
            values = [item["metadata"].get("labels", {}).get(LABEL) for item in kept]
            self.assertEqual(set(values), {"first", "second"}, name)

    def test_of_two_at_once_one_wins_and_the_webhook_is_called_throughout(self):
        load, newcomer = self.begin()
        probe = ["--probe", f"127.0.0.1:{self.webhook.port}"]
        both = [self.start_certs("rotate", "--force", *probe, "--settle", "5s") for _ in range(2)]
        ended = [self.ended(process, check=False) for process in both]
        self.finish(load, newcomer)
        self.assertEqual(sorted(done.status for done in ended), [0, 2], [(done.stdout, done.stderr) for done in ended])
        lost = next(done for done in ended if done.status)
        self.assertEqual(lost.stderr, "secret-hygiene certs rotate: another run changed the certificates meanwhile, so this one "
                         "stopped; nothing is broken: every certificate in use is trusted. Run it again to finish\n")
        self.assert_served()
        self.assertIn("the certificate is valid until ", self.certs("rotate", *probe).stdout)

    def test_a_replica_that_does_not_follow_keeps_both_trusted_and_a_later_run_finishes(self):
        earlier = self.start(certificates=self.certificates("earlier"))
        probe = ["--probe", f"127.0.0.1:{self.webhook.port}"]
        refused = self.certs("rotate", "--force", "--settle", "0s", "--wait", "3s", *probe, "--probe",
                             f"127.0.0.1:{earlier.port}", check=False)
        self.assertEqual(refused.status, 2)
        self.assertIn(f"not every replica serves the new certificate yet (127.0.0.1:{earlier.port} serves an earlier one): both "
                      "CAs stay trusted; run it again to finish\n", refused.stderr)
        authorities = self.stored("ca.crt")
        self.assertEqual(libcerts.certificates_in(authorities), 2)
        shown = self.shown()
        self.assertEqual([len(shown["authorities"]), *(len(hook["authorities"]) for hook in shown["bundles"])], [2] * 4)
        self.assertEqual(self.certs("show").stdout.count("\nCA           CN=secret-hygiene CA "), 2)
        self.assertEqual(set(self.bundles().values()), {authorities})
        self.kubectl("create", "secret", "generic", "written")
        self.assertEqual(self.labels("written"), {LABEL: "first"})
        said = self.certs("rotate", *probe).stdout
        self.assertIn("every replica serves the certificate: removed 1 earlier CA\n", said)
        self.assert_served()


if __name__ == "__main__":
    unittest.main()
