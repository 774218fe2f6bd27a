"""What the tests of limits across Secrets share: webhooks with an endpoint token and the ledgers in their namespace, several of
them behind one address where a test says so."""

import base64

import libapi
import libcluster
from balancer import Balancer
from ledger import good_ledgers, ledger_names
from burst import by_limit  # noqa: F401  (for those who import this)

TOKEN = "0123456789abcdef" * 2
OUR_NAMESPACE = "secret-hygiene"
LEDGER_NAMESPACE = "secret-hygiene-ledger"
LEDGER_NAME = "secret-hygiene-ledger"
COMPONENTS = libcluster.ROOT / "manifests" / "components"
LEDGERS = f"/api/v1/namespaces/{LEDGER_NAMESPACE}/configmaps"
MESSAGE = "Or ask the platform team."


def counting(**spec):
    """A policy with limits across Secrets, in mode Enforce and for the tests' namespaces unless `spec` says otherwise."""
    return libcluster.policy("quota", **{"mode": "Enforce", "match": {"namespaces": ["test-*"]}, "message": MESSAGE, **spec})


class Replicas:
    """Several webhooks as one: what libcluster.ClusterTest.register() wants of a webhook."""

    def __init__(self, webhooks, port):
        self.webhooks, self.port = webhooks, port
        self.certificates = webhooks[0].certificates

    def metrics(self):
        """Of those that live, added up."""
        total = {}
        for webhook in (each for each in self.webhooks if not each.killed):
            for name, value in webhook.metrics().items():
                total[name] = total.get(name, 0) + value
        return total


class CountingTest(libcluster.ClusterTest):
    """`self.api` is an administrator's client; the ledgers are there, and do not cool, unless a test removes one."""

    ledger_flag = ("--ledger", f"{LEDGER_NAMESPACE}/{LEDGER_NAME}")

    def setUp(self):
        super().setUp()
        self.api = libapi.Api(timeout=libapi.WRITE_TIMEOUT)
        self.addCleanup(self.api.close)
        for path in (libcluster.CORE, COMPONENTS / "counting-strict"):
            self.admin("apply", "-f", path / "namespace.yaml")
        self.put_ledgers()

    def prepare(self, hook):
        hook["clientConfig"]["url"] += f"/{TOKEN}"
        hook["sideEffects"] = "NoneOnDryRun"

    # The ledgers.

    def put_ledgers(self):
        """Empty ones in which nothing can be missing: no webhook has run yet. One that is made anew cools for 60 s."""
        self.delete_ledgers()
        for ledger in good_ledgers(LEDGER_NAME, LEDGER_NAMESPACE, self.id()):
            made = self.api.request("POST", LEDGERS, ledger)
            self.assertEqual(made.status, 201, made.message)

    def delete_ledgers(self):
        for name in ledger_names(LEDGER_NAME):
            self.api.request("DELETE", f"{LEDGERS}/{name}")

    def ledgers(self):
        """{name: data} of those that are there."""
        read = {name: self.api.get(f"{LEDGERS}/{name}") for name in ledger_names(LEDGER_NAME)}
        return {name: answer.document["data"] for name, answer in read.items() if answer.status == 200}

    def ledger_with(self, words):
        """The name of the one ledger whose entries hold the words."""
        (name,) = [name for name, ledger in self.ledgers().items() if words in ledger["entries"]]
        return name

    # The webhook.

    def arguments(self, mode, *others, user="admin"):
        if mode == "strict" and "--when-counts-unknown" not in others:
            others += ("--when-counts-unknown", "allow")
        return ["--endpoint-token", self.file("token", TOKEN), "--kubeconfig", libcluster.running.kubeconfig_of(user),
                "--counting", mode, *self.ledger_flag, *others]

    def count(self, policies, mode="local", *others):
        """One webhook, registered and ready. `policies`: documents, or a directory of them."""
        if isinstance(policies, str):
            policies = self.policies(policies)
        webhook = self.start(policies, arguments=self.arguments(mode, *others))
        self.wait_until_ready(webhook)
        self.register(webhook, "Fail")
        return webhook

    def count_by_several(self, policies, mode, *others, replicas=3):
        """Webhooks behind one address, each known to be ready."""
        directory, certificates = self.policies(policies), self.certificates()
        webhooks = [self.start(directory, certificates, self.arguments(mode, *others)) for _ in range(replicas)]
        for webhook in webhooks:
            self.wait_until_ready(webhook)
        balancer = Balancer(webhook.port for webhook in webhooks)
        balancer.start()
        self.addCleanup(balancer.stop)
        several = Replicas(webhooks, balancer.port)
        self.register(several, "Fail")
        return several

    def wait_until_ready(self, webhook):
        libcluster.wait_for(lambda: webhook.get_plain("/readyz").status == 200, "what is stored is known")

    def pause(self, webhook):
        """SIGSTOP; the end of the test continues it, whatever happened."""
        webhook.process.pause()
        self.addCleanup(webhook.process.resume)

    # Writes.

    def create(self, name, query="", **fields):
        return self.api.create(self.namespace, libapi.secret(name, **fields), query)

    def created(self, name, **fields):
        answer = self.create(name, **fields)
        self.assertEqual(answer.status, 201, answer.message)
        return answer

    def denied(self, name, **fields):
        """The message of a denial by a limit."""
        answer = self.create(name, **fields)
        self.assertTrue(by_limit(answer), f"{answer.status} {answer.message}")
        return answer.message

    def delete(self, name):
        answer = self.api.request("DELETE", f"{libapi.secrets_path(self.namespace)}/{name}")
        self.assertEqual(answer.status, 200, answer.message)

    def update(self, name, **changes):
        return self.api.patch(self.namespace, name, changes)

    def stored(self):
        """Names of what is stored in the namespace, by a list of the API server's."""
        return [item["metadata"]["name"] for item in self.api.get(libapi.secrets_path(self.namespace)).document["items"]]


def unknown(webhook, reason):
    return webhook.metrics().get(f'secret_hygiene_counts_unknown_total{{reason="{reason}"}}', 0)


def data(size, key="key"):
    """`size` bytes under one key, as a Secret's field `data`."""
    return {key: base64.b64encode(bytes(size)).decode()}


def requests_served(api, **labels):
    """How many requests the API server has answered, by its own count."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    total = 0
    for line in api.get("/metrics").text.splitlines():
        if line.startswith("apiserver_request_total{") and all(part in line for part in wanted):
            total += float(line.rpartition(" ")[2])
    return total

