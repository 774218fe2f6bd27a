"""`./dev cluster try-fallback`: random writes judged by the webhook, by what `secret-hygiene export` makes of its policies, and by both;
then the webhook is killed under load, and twenty writes show what still holds."""

import base64
import collections
import json
import pathlib
import signal
import tempfile
import threading

import plain_api
from process import Failed
from side_by_side import BOTH, IN_TREE, WEBHOOK, SideBySide

SETS, OBJECTS = 12, 250
SEED = 3000
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/{}webhookconfigurations/secret-hygiene"
LARGE, LIMIT = 3000, 2048
LOADERS = 4
LOADED = 40  # writes of each after the webhook is gone
HELM = "helm.sh/release.v1"


def policy(name, **spec):
    return {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": name}, "spec": spec}


POLICIES = (
    policy("history", match={"types": [HELM]}, labels={"secret-hygiene.io/ignore": "true"}),
    policy("limits", mode="Enforce", exclude={"names": ["tfstate-*"], "labelSelector": {"matchLabels": {"keep": "true"}}},
           limits={"bytesPerSecret": LIMIT, "bytesPerKey": 1536, "keysPerSecret": 5, "annotationBytes": 1024},
           exemptRequests={"users": ["alice"]}),
    policy("few-keys", mode="Warn", limits={"keysPerSecret": 3}),
    policy("large", match={"sizeOver": "1Ki"}, labels={"secret-hygiene.io/oversized": "true"}),
)


def secret(name, sizes=(10,), kind="Opaque", **metadata):
    data = {f"k{number}": base64.b64encode(bytes(size)).decode() for number, size in enumerate(sizes)}
    return {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": {"name": name, **metadata}, "data": data}


# (what it is, method, Secret, user); an UPDATE is of what an earlier line has stored.
ALICE = ("alice", ("developers",))
ADMIN = ("admin", ())
WRITES = (
    ("small", "POST", secret("small"), ADMIN),
    ("at the limit", "POST", secret("limit", (1024, 1024)), ADMIN),
    ("one byte more", "POST", secret("over", (1024, 1025)), ADMIN),
    ("large, by an exempt user", "POST", secret("exempt", (1024, 1025)), ALICE),
    ("large, excluded by name", "POST", secret("tfstate-a", (1024, 1025)), ADMIN),
    ("large, excluded by label", "POST", secret("kept", (1024, 1025), labels={"keep": "true"}), ADMIN),
    ("a large key", "POST", secret("key", (1600,)), ADMIN),
    ("four keys", "POST", secret("four", (1,) * 4), ADMIN),
    ("six keys", "POST", secret("six", (1,) * 6), ADMIN),
    ("large annotations", "POST", secret("annotated", annotations={"note": "x" * 1100}), ADMIN),
    ("Helm's history", "POST", secret("sh.helm.release.v1.web.v1", kind=HELM, labels={"owner": "helm"}), ADMIN),
    ("Helm's UPDATE that grows", "PUT", secret("sh.helm.release.v1.web.v1", (1024, 1025), HELM, labels={"owner": "helm"}), ADMIN),
    ("Helm's history, too large", "POST", secret("sh.helm.release.v1.web.v2", (LARGE,), HELM, labels={"owner": "helm"}), ADMIN),
    ("1.5 KiB, labelled", "POST", secret("big", (1536,)), ADMIN),
    ("UPDATE that shrinks, label gone", "PUT", secret("big", (10,)), ADMIN),
    ("UPDATE that grows too large", "PUT", secret("small", (1024, 1025)), ADMIN),
    ("UPDATE that is no worse", "PUT", secret("exempt", (1024, 1025), labels={"team": "blue"}), ADMIN),
    ("UPDATE that is worse", "PUT", secret("exempt", (1024, 1026)), ADMIN),
    ("a label of ours by hand", "POST", secret("stray", labels={"secret-hygiene.io/ignore": "true"}), ADMIN),
    ("the same, claimed", "POST", secret("claimed", labels={"secret-hygiene.io/ignore": "true"},
                                         annotations={"secret-hygiene.io/unmanaged-labels": "secret-hygiene.io/ignore"}), ADMIN),
)


def let_pass(cluster):
    """failurePolicy Ignore, as manifests/ has it."""
    for kind, name in (("mutating", "mutate"), ("validating", "validate")):
        path = CONFIGURATIONS.format(kind)
        with plain_api.Api(cluster) as api:
            document = api.get(path).document
            for hook in document["webhooks"]:
                if hook["name"].startswith(name):
                    hook.update(failurePolicy="Ignore", timeoutSeconds=3)
            answer = api.request("PUT", path, document)
        if answer.status != 200:
            raise Failed(answer.text)


def words(answer):
    if answer.status == 403:
        return "denied"
    labels = ",".join(sorted(key.partition("/")[2] for key in answer.labels if key.startswith("secret-hygiene.io/")))
    return ("warned" if answer.warnings else "stored" if answer.status < 300 else str(answer.status)) + (f" +{labels}" if labels else "")


def write_all(side, namespace):
    return [side.write(namespace, method, document, user) for _, method, document, user in WRITES]


def clear(cluster):
    with plain_api.Api(cluster) as api:
        for namespace in (WEBHOOK, IN_TREE, BOTH):
            api.request("DELETE", plain_api.secrets_path(namespace))


class Load:
    """Clients that write Secrets which a limit denies, and small ones that they then try to grow over it, until each has gone LOADED
    rounds after `after` was set."""

    def __init__(self, side):
        self._side = side
        self.after = threading.Event()
        self.answers = {"large": [], "small": [], "grown": []}
        self._threads = [threading.Thread(target=self._client, args=(number,), daemon=True) for number in range(LOADERS)]
        for thread in self._threads:
            thread.start()

    def _client(self, client):
        left, number = LOADED, 0
        while left:
            left -= self.after.is_set()
            small, large = f"load-small-{client}-{number}", f"load-large-{client}-{number}"
            for what, method, document in (("large", "POST", secret(large, (LARGE,))), ("small", "POST", secret(small)),
                                           ("grown", "PUT", secret(small, (LARGE,)))):
                self.answers[what].append(self._side.write(BOTH, method, document).status)
            number += 1

    def join(self):
        for thread in self._threads:
            thread.join()


def data_bytes(document):
    return sum(len(base64.b64decode(value)) for value in document.get("data", {}).values())


def kill_under_load(side, cluster):
    load = Load(side)
    while len(load.answers["large"]) < LOADERS * 5:
        if load.after.wait(0.05):
            break
    side.webhook.process.signal(signal.SIGKILL)
    load.after.set()
    load.join()
    with plain_api.Api(cluster) as api:
        stored = api.get(plain_api.secrets_path(BOTH)).document["items"]
    over = [item["metadata"]["name"] for item in stored if data_bytes(item) > LIMIT]
    got = {what: dict(collections.Counter(statuses)) for what, statuses in load.answers.items()}
    print(f"\n# webhook killed while {LOADERS} clients wrote; each kind of write by its status: {json.dumps(got)}; "
          f"{len(stored)} Secrets stored, {len(over)} of them over the limit\n", flush=True)
    if over or any(set(got[what]) != {status} for what, status in (("large", 403), ("small", 201), ("grown", 403))):
        raise Failed(f"a limit did not hold, or held back what it allows: {over[:3]}")


def compare_random_writes(side, sets, objects):
    differences = []
    for number in range(sets):
        side.use_policies()
        differences += side.compare(objects)
        print(f"# set {number + 1} of {sets}: {json.dumps(side.counts)}, {len(differences)} differences", flush=True)
    for difference in differences[:5]:
        print(difference)
    if differences:
        raise Failed(f"{len(differences)} writes got another answer in-tree")


def try_out(cluster, sets=SETS, objects=OBJECTS):
    """On a cluster that is up; leaves it as it was."""
    print(f"# {sets * objects} random Secrets, created and updated under the webhook alone, in-tree alone, and both", flush=True)
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name, SideBySide(cluster, pathlib.Path(name), SEED) as side:
        compare_random_writes(side, sets, objects)
        side.use_policies(POLICIES)
        let_pass(cluster)
        before = {namespace: write_all(side, namespace) for namespace in (WEBHOOK, IN_TREE, BOTH)}
        clear(cluster)
        kill_under_load(side, cluster)
        clear(cluster)
        after = {namespace: write_all(side, namespace) for namespace in (WEBHOOK, BOTH)}
    print_table(before, after)


def print_table(before, after):
    columns = (before[WEBHOOK], before[IN_TREE], before[BOTH], after[WEBHOOK], after[BOTH])
    heads = ("webhook", "in-tree", "both", "killed: webhook", "killed: both")
    print(f"{'':31} " + " ".join(f"{head:24}" for head in heads).rstrip())
    for number, (what, *_) in enumerate(WRITES):
        print(f"{what:31} " + " ".join(f"{words(column[number]):24}" for column in columns).rstrip())
    for number, (what, *_) in enumerate(WRITES):
        if not words(before[WEBHOOK][number]) == words(before[IN_TREE][number]) == words(before[BOTH][number]):
            raise Failed(f"{what}: in-tree and webhook differ")
        held = after[BOTH][number], before[BOTH][number]
        if (held[0].status, held[0].labels) != (held[1].status, held[1].labels):
            raise Failed(f"{what}: another answer once the webhook is gone")
    print("\nA warning is the webhook's, and goes with it; every denial and every label stays.")
