"""What the tests on a real API server share: the cluster, real clients, and the real webhook, registered as manifests/ does.

    def setUpModule(): libcluster.start()
    def tearDownModule(): libcluster.stop()

    class Something(libcluster.ClusterTest):
        def test_it(self):
            self.webhook = self.serve(POLICIES)       # started, registered, and known to be called
            self.assertIn("created", self.kubectl("create", "secret", "generic", "a").stdout)

Each test has a namespace of its own, in which its clients work.
"""

import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/api_server/lib", "tests/lib", "tests/e2e", "demos", "demos/limits")]

import cluster  # noqa: E402
import cluster_tools  # noqa: E402
import libcertificates  # noqa: E402,F401
import libwebhook  # noqa: E402

CORE = ROOT / "manifests" / "core"
COMMAND_TIMEOUT = 120
LABEL = "secret-hygiene.io/ignore"
HELM_TYPE = "helm.sh/release.v1"
HELM_LABELS = ("name", "owner", "status", "version")

running = None
_directory = None


def start(api_server_arguments=()):
    """One cluster for a file of tests; it dies with this process."""
    global running, _directory  # pylint: disable=global-statement
    _directory = tempfile.TemporaryDirectory(prefix="secret-hygiene-cluster-")
    running = cluster.Cluster(_directory.name, api_server_arguments, end_with_us=True)
    running.up()


def stop():
    running.down()
    _directory.cleanup()


class Result:
    def __init__(self, done):
        self.status, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr

    def json(self):
        return json.loads(self.stdout)


class ClusterTest(libwebhook.WebhookTest):
    """A namespace for each test, and the webhook ended and unregistered after it."""

    maxDiff = None
    _number = 0

    def setUp(self):
        super().setUp()
        ClusterTest._number += 1
        self.namespace = f"test-{ClusterTest._number}"
        self.admin("create", "namespace", self.namespace)

    # Clients.

    def run_client(self, program, *arguments, check=True, user="admin", stdin=None, environment=None):
        """A real client against the cluster; fails the test on another exit status than 0 unless check is False."""
        # Nothing of the machine's: HOME holds caches and Helm's repositories.
        environment = {"KUBECONFIG": str(running.kubeconfig_of(user)), "HOME": running.directory,
                       "PATH": cluster_tools.search_path() + os.pathsep + os.environ["PATH"], **(environment or {})}
        done = subprocess.run([cluster_tools.tool(program), *map(str, arguments)], input=stdin, env=environment,
                              cwd=self.directory, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False)
        if check and done.returncode != 0:
            self.fail(f"{program} {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}")
        return Result(done)

    def admin(self, *arguments, **options):
        """kubectl without a namespace."""
        return self.run_client("kubectl", *arguments, **options)

    def kubectl(self, *arguments, **options):
        return self.run_client("kubectl", "--namespace", self.namespace, *arguments, **options)

    def helm(self, version, *arguments, **options):
        return self.run_client(f"helm{version}", "--namespace", self.namespace, *arguments, **options)

    def secret(self, name):
        return self.kubectl("get", "secret", name, "-o", "json").json()

    def labels(self, name):
        return self.secret(name)["metadata"].get("labels", {})

    def file(self, name, content):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def manifest(self, name, kind="Opaque", **fields):
        """A file with a Secret."""
        return self.file(f"{name}.json", {"apiVersion": "v1", "kind": "Secret", "type": kind,
                                          "metadata": {"name": name, **fields.pop("metadata", {})}, **fields})

    # The webhook.

    def serve(self, policies=libwebhook.DEFAULT_POLICIES, failure_policy="Ignore", arguments=(), guard=False):
        """Starts it, registers it, and waits until the API server calls it."""
        if isinstance(policies, str):
            policies = self.policies(policies)
        webhook = self.start(policies, arguments=arguments)
        self.register(webhook, failure_policy, guard)
        return webhook

    def register(self, webhook, failure_policy="Ignore", guard=False, called=True):
        """The configurations that manifests/ installs, with a URL for the Service: here are no nodes to serve one.
        `guard`: with the webhook that judges the policies' ConfigMap. Waits until both are called, if `called`."""
        certificate = pathlib.Path(webhook.certificates.ca).read_bytes()
        endpoints = {"/mutate", "/validate"} | ({"/validate-policies"} if guard else set())
        for kind in ("mutating", "validating"):
            document = self.admin("create", "--dry-run=client", "-o", "json", "-f", CORE / f"{kind}-webhook.yaml").json()
            document["webhooks"] = [hook for hook in document["webhooks"]
                                    if hook["clientConfig"]["service"]["path"] in endpoints]
            for hook in document["webhooks"]:
                path = hook["clientConfig"].pop("service")["path"]
                hook["clientConfig"]["url"] = f"https://127.0.0.1:{webhook.port}{path}"
                hook["clientConfig"]["caBundle"] = cluster.base64.b64encode(certificate).decode()
                if path != "/validate-policies":
                    hook["failurePolicy"] = failure_policy
                self.prepare(hook)
            self.admin("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(document))
        self.addCleanup(self.unregister)
        if called:
            self.wait_for_calls(webhook)

    def wait_for_calls(self, webhook):
        """The API server learns of a configuration, and of what it names, by watches: a little later."""
        before = called_endpoints(webhook)

        def is_called():
            self.kubectl("create", "secret", "generic", "probe", "--dry-run=server", check=False)
            return all(now > then for now, then in zip(called_endpoints(webhook), before))
        libwebhook.wait_until(is_called, "the API server calls the webhook")

    def prepare(self, hook):
        """For a test that registers a webhook in another way than manifests/ does: changes it in place."""

    def unregister(self):
        self.admin("delete", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "--all", "--wait=false")


def called_endpoints(webhook):
    return [requests_to(webhook, endpoint) for endpoint in ("mutate", "validate")]


def lasting_port():
    """A port that stays free while nobody listens on it: the kernel gives none of these to a connection."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(10_000, 30_000)))
                return probe.getsockname()[1]
            except OSError:
                continue


def requests_to(webhook, endpoint, verdict=None):
    """How many reviews an endpoint answered, of one verdict or of any."""
    return sum(value for name, value in webhook.metrics().items()
               if name.startswith("secret_hygiene_admission_requests_total{") and f'endpoint="{endpoint}"' in name
               and (verdict is None or f'verdict="{verdict}"' in name))


def policy(name, **spec):
    """A SecretPolicy as a document of a stream; JSON is YAML."""
    return json.dumps({"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": name},
                       "spec": spec})


def policies(*documents):
    return "\n---\n".join(documents)


def wait_for(condition, what, timeout=30):
    return libwebhook.wait_until(condition, what, timeout)


def elapsed(since):
    return time.monotonic() - since
