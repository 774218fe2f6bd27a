"""secret-hygiene on a cluster of `./dev cluster`, installed from manifests/ as an operator does, and certified by `certs init`.

There are no nodes to run its pods. So processes on loopback stand for the Deployment, a Service of type ExternalName leads the
API server to them, and this module does the kubelet's part: it mounts the certificate and the policies.
"""

import base64
import json
import pathlib
import subprocess
import time
import urllib.request

import cluster_tools
from balancer import Balancer
from cluster_client import BINARY, COMMAND_TIMEOUT, ROOT, Client
from kubelet_directory import KubeletDirectory
from loopback import free_port, series
from process import Failed
from webhook_process import WebhookProcess

NAMESPACE = NAME = "secret-hygiene"
CONFIGURATIONS = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
START_TIMEOUT = 60


def scrape(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=COMMAND_TIMEOUT) as answer:
        return series(answer.read().decode())


def base_objects():
    """What manifests/base renders to."""
    done = subprocess.run([cluster_tools.tool("kubectl"), "kustomize", ROOT / "manifests" / "base"],
                          capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=True)
    return done.stdout


class InstalledWebhook:
    """`cluster` is up, `directory` is ours. `adjust` may change each object of manifests/base before it is applied;
    `probe_namespace` must be one in which both webhooks are called still. `arguments` go to each process, of which there are
    `replicas`, behind a balancer where there are several. `more` objects are applied before they start.
    `on_line` is called with each line of each log. `binary`: the program of what is started from now on.

    Thread-safety: one thread. As a context manager it installs, and takes everything away again.
    """

    def __init__(self, cluster, directory, policies=ROOT / "policies" / "default", adjust=lambda document: None,
                 probe_namespace="default", replicas=1, arguments=(), more=(), on_line=None, binary=BINARY):
        self._ports = [free_port() for _ in range(replicas)]
        self.port = self._ports[0] if replicas == 1 else free_port()
        self.process = None  # the first of them
        self.processes = []
        self.balancer = None
        self._metrics_urls = [""] * replicas
        self._on_line = on_line
        self.binary = binary
        self._arguments = list(arguments)
        self._more = list(more)
        self.certificates = KubeletDirectory(pathlib.Path(directory) / "tls")
        self.policies = KubeletDirectory(pathlib.Path(directory) / "policies")
        self._cluster = cluster
        self._client = Client(cluster, directory)
        self._adjust = adjust
        self._probe_namespace = probe_namespace
        self.mount_policies(policies)

    def __enter__(self):
        try:
            self._install()
        except BaseException:
            self.uninstall()
            raise
        return self

    def __exit__(self, *_):
        self.uninstall()

    def run(self, program, *arguments, **options):
        """As Client.run()."""
        return self._client.run(program, *arguments, **options)

    def mount_policies(self, directory):
        self.policies.swap({path.name: path.read_bytes() for path in sorted(pathlib.Path(directory).glob("*.yaml"))
                            if path.name != "kustomization.yaml"})

    @property
    def addresses(self):
        """HOST:PORT of each process, for reviews."""
        return [f"127.0.0.1:{port}" for port in self._ports]

    @property
    def metrics_addresses(self):
        """HOST:PORT of each process."""
        return [url.removeprefix("http://").removesuffix("/metrics") for url in self._metrics_urls]

    def objects(self):
        """What of manifests/base a cluster without nodes has a use for, the Service leading to this process."""
        rendered = self.run("kubectl", "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-",
                            stdin=base_objects()).stdout
        decoder, documents, at = json.JSONDecoder(), [], 0
        while rendered[at:].strip():
            at += len(rendered[at:]) - len(rendered[at:].lstrip())
            document, at = decoder.raw_decode(rendered, at)
            documents.append(document)
        for document in documents:
            if document["kind"] == "Service":
                document["spec"] = {"type": "ExternalName", "externalName": "localhost"}
            for hook in document.get("webhooks", []):
                hook["clientConfig"]["service"]["port"] = self.port
            self._adjust(document)
        return [document for document in documents if document["kind"] != "Deployment"]

    def metrics(self):
        """Every series of a scrape, added up over the processes: {'name{label="value"}': number}."""
        total = {}
        for url in self._metrics_urls:
            for name, value in scrape(url).items():
                total[name] = total.get(name, 0) + value
        return total

    def requests_to(self, endpoint):
        """How many reviews it answered."""
        return sum(value for name, value in self.metrics().items()
                   if name.startswith(f'secret_hygiene_admission_requests_total{{endpoint="{endpoint}"'))

    def mount_certificate(self):
        """The kubelet's part: the Secret's data as files."""
        secret = json.loads(self.run("kubectl", "get", "secret", f"{NAME}-tls", "-n", NAMESPACE, "-o", "json").stdout)
        self.certificates.swap({name: base64.b64decode(value) for name, value in secret["data"].items()})

    def _install(self):
        documents = [*self.objects(), *self._more]
        documents.sort(key=lambda document: document["kind"] != "Namespace")
        self.run("kubectl", "apply", "-f", "-", stdin="\n".join(map(json.dumps, documents)))
        self.run(NAME, "certs", "init")
        self.mount_certificate()
        self.processes = [self._launch(port) for port in self._ports]
        self.process = self.processes[0]
        for number in range(len(self.processes)):
            self._wait_until_served(number)
        if len(self._ports) > 1:
            self.balancer = Balancer(self._ports, self.port)
            self.balancer.start()
        self._wait_until_called()

    def start_again(self, number):
        """The replica of that number, which has ended; returns once it serves."""
        self.processes[number] = self._launch(self._ports[number])
        self._wait_until_served(number)

    def _launch(self, port):
        return WebhookProcess(
            self.binary, ["--policies", self.policies, "--tls-dir", self.certificates, "--listen", f"127.0.0.1:{port}",
                     "--metrics-listen", "127.0.0.1:0", "--status-listen", "127.0.0.1:0", "--shutdown-delay", "0s",
                     *self._arguments], on_line=self._on_line)

    def _wait_until_served(self, number):
        address = self.processes[number].wait_for_event("serving", START_TIMEOUT)["metrics_listen"]
        self._metrics_urls[number] = f"http://{address}/metrics"

    def _wait_until_called(self):
        """The API server learns of configurations, bundles and Services by watches, each in its own time."""
        probe = json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "probe"}})
        deadline = time.monotonic() + START_TIMEOUT
        while not (self.requests_to("mutate") and self.requests_to("validate")):
            self.run("kubectl", "create", "--dry-run=server", "-f", "-", "-n", self._probe_namespace, stdin=probe)
            if time.monotonic() > deadline:
                raise Failed("the API server does not call the webhook; its log ends\n" +
                             "\n".join(self._cluster.log("kube-apiserver").splitlines()[-5:]))
            time.sleep(0.1)

    def uninstall(self):
        """The configurations first: nothing may call a webhook that is going away."""
        self.run("kubectl", "delete", "--ignore-not-found", *(f"{kind}/{NAME}" for kind in CONFIGURATIONS))
        self.run("kubectl", "delete", "--ignore-not-found", "namespace", NAMESPACE)
        if self.balancer:
            self.balancer.stop()
        for process in self.processes:
            process.stop()
