"""The webhook killed, hung and back again while Secrets are written and deleted."""

import threading
import time
import typing
import unittest

import libcluster  # first: it says where the others are
import libapi

setUpModule = libcluster.start
tearDownModule = libcluster.stop

WRITERS = 4
WRITES_MAX = 5000  # of one writer; a test that waits in vain must end
SEEN = "example.com/seen"
POLICIES = libcluster.policies(
    libcluster.policy("seen", labels={SEEN: "true"}),
    libcluster.policy("small", mode="Enforce", limits={"bytesPerSecret": "1Ki"}, message="Make it smaller."))
FAILED = 'failed calling webhook "mutate.secret-hygiene.io": failed to call webhook: Post "https://127.0.0.1:{}/mutate?timeout=3s": '


class Written(typing.NamedTuple):
    began: float
    status: int
    message: str
    labels: dict  # of what was stored

    def labelled(self):
        return self.status == 201 and self.labels.get(SEEN) == "true"

    def unlabelled(self):
        return self.status == 201 and SEEN not in self.labels

    def failed(self):
        return self.status == 500


class Load:
    """Writers, each with a connection of its own, that create Secrets one after the other until they are stopped."""

    def __init__(self, namespace):
        self._namespace = namespace
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._written = []
        self._broken = []
        self._threads = [threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def _write(self, writer):
        client = libapi.Api(timeout=libapi.WRITE_TIMEOUT)
        try:
            for number in range(WRITES_MAX):
                if self._stop.is_set():
                    break
                began = time.monotonic()
                answer = client.create(self._namespace, libapi.secret(f"s-{writer}-{number}", stringData={"a": "b"}))
                labels = answer.document.get("metadata", {}).get("labels", {})
                with self._lock:
                    self._written.append(Written(began, answer.status, answer.message, labels))
        except Exception as error:  # pylint: disable=broad-exception-caught
            self._broken.append(repr(error))
        finally:
            client.close()

    def written(self, since=0.0):
        """The writes that began later than that, and have been answered."""
        with self._lock:
            return [write for write in self._written if write.began > since]

    def wait_for(self, condition, count=20):
        """The writes that begin from now on, once the condition holds for so many of them."""
        since = time.monotonic()
        libcluster.wait_for(lambda: self._broken or sum(map(condition, self.written(since))) >= count,
                            "answers as they should be")
        return self.written(since)

    def stop(self):
        """What broke a writer: no answer within the time that a write may take, for one."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self._broken


class Killed(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.port = libcluster.lasting_port()
        self.certificate = self.certificates()
        self.rules = self.policies(POLICIES)

    def begin(self, failure_policy):
        webhook = self.start_again()
        self.register(webhook, failure_policy)
        return webhook

    def start_again(self):
        return self.start(self.rules, self.certificate, ["--listen", f"127.0.0.1:{self.port}"])

    def under_load(self, webhook, while_down):
        """The writes that began while it was dead, and all there were. After its return every write is labelled."""
        load = Load(self.namespace)
        self.addCleanup(load.stop)
        load.wait_for(Written.labelled)
        webhook.kill()
        down = load.wait_for(while_down)
        self.start_again()
        up = load.wait_for(Written.labelled)
        self.assertEqual(load.stop(), [])
        self.assertEqual([write for write in up if not write.labelled()], [])
        return down, load.written()

    def test_with_ignore_writes_go_on_and_are_labelled_again_when_it_is_back(self):
        down, every = self.under_load(self.begin("Ignore"), Written.unlabelled)
        self.assertEqual([write for write in down if not write.unlabelled()], [])
        self.assertEqual([write for write in every if write.status != 201], [])

    def test_with_fail_writes_stop_with_a_clear_error_until_it_is_back(self):
        down, every = self.under_load(self.begin("Fail"), Written.failed)
        wanted = "Internal error occurred: " + FAILED.format(self.port)
        # A connection of which the API server has not noticed yet that it is dead ends in other words.
        self.assertEqual([write for write in down if not (write.failed() and write.message.startswith(wanted))], [])
        self.assertIn(wanted + f"dial tcp 127.0.0.1:{self.port}: connect: connection refused",
                      {write.message for write in down})
        self.assertEqual([write for write in every if not write.labelled() and not (
            write.failed() and write.message.startswith("Internal error occurred: failed calling webhook "))], [])

    def test_kubectl_says_whom_it_could_not_reach(self):
        self.begin("Fail").kill()
        refused = self.kubectl("create", "secret", "generic", "a", check=False)
        self.assertEqual(refused.status, 1)
        self.assertEqual(refused.stderr, "error: failed to create secret Internal error occurred: " + FAILED.format(self.port)
                         + f"dial tcp 127.0.0.1:{self.port}: connect: connection refused\n")

    def test_one_that_hangs_holds_no_write_longer_than_the_timeouts(self):
        """The client gives up soon after that: TimeoutError."""
        webhook = self.begin("Fail")
        client = libapi.Api(timeout=libapi.WRITE_TIMEOUT)
        self.addCleanup(client.close)
        self.addCleanup(webhook.process.resume)
        webhook.process.pause()
        answer = client.create(self.namespace, libapi.secret("a"))
        self.assertEqual((answer.status, answer.message),
                         (500, "Internal error occurred: " + FAILED.format(self.port) + "context deadline exceeded"))
        webhook.process.resume()
        self.register(webhook, "Ignore")
        webhook.process.pause()
        answer = client.create(self.namespace, libapi.secret("b"))
        self.assertEqual((answer.status, answer.document["metadata"].get("labels")), (201, None))
        webhook.process.resume()
        answer = client.create(self.namespace, libapi.secret("c"))
        self.assertEqual((answer.status, answer.document["metadata"]["labels"]), (201, {SEEN: "true"}))


class Deletion(libcluster.ClusterTest):
    """What is there already, labelled, over a limit of a policy, held by a finalizer, must be able to go."""

    HELD = {"finalizers": ["example.com/hold"]}

    def setUp(self):
        super().setUp()
        self.webhook = self.start(self.policies(POLICIES))
        for name, metadata in {"large": {}, "large-held": self.HELD, "large-kept": self.HELD}.items():
            self.kubectl("create", "-f", self.manifest(name, stringData={"a": "v" * 2000}, metadata=metadata))
        self.register(self.webhook, "Fail")
        for name, metadata in {"labelled": {}, "labelled-held": self.HELD}.items():
            self.kubectl("create", "-f", self.manifest(name, metadata=metadata))
            self.assertEqual(self.labels(name), {SEEN: "true"})

    def let_go(self, name):
        patched = self.kubectl("patch", "secret", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        self.assertEqual(patched.stdout, f"secret/{name} patched\n")

    def everything_goes(self):
        """Two by name, the rest with the namespace."""
        for name in ("large-held", "labelled-held"):
            self.assertEqual(self.kubectl("delete", "secret", name, "--wait=false").stdout,
                             f'secret "{name}" deleted from {self.namespace} namespace\n')
            self.assertIn("deletionTimestamp", self.secret(name)["metadata"])
            self.let_go(name)
            self.assertIn(f'secrets "{name}" not found', self.kubectl("get", "secret", name, check=False).stderr)
        self.admin("delete", "namespace", self.namespace, "--wait=false")
        # The namespace waits for this one, and for no other.
        libcluster.wait_for(lambda: self.names() == ["secret/large-kept"], "only the one with a finalizer is left")
        self.let_go("large-kept")
        self.admin("wait", "--for=delete", f"namespace/{self.namespace}", "--timeout=60s")

    def names(self):
        return self.kubectl("get", "secrets", "-o", "name").stdout.split()

    def test_with_the_webhook_up(self):
        self.everything_goes()

    def test_with_the_webhook_up_a_finalizer_goes_from_what_is_not_being_deleted(self):
        self.let_go("large-held")
        self.assertIn("large-held", "".join(self.names()))

    def test_with_the_webhook_down(self):
        self.webhook.kill()
        refused = self.kubectl("label", "secret", "labelled", "team=blue", check=False)
        self.assertIn("Error from server (InternalError): Internal error occurred: " + FAILED.format(self.webhook.port),
                      refused.stderr)
        self.everything_goes()


if __name__ == "__main__":
    unittest.main()
