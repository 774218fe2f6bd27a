"""The webhook and what `secret-hygiene export` makes of its policies, on one cluster and in three namespaces: each alone, and both."""

import json
import pathlib
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor

import exported_policies
import plain_api
import random_secrets
from cluster_client import Client
from installed_webhook import InstalledWebhook
from process import Failed

# Of one length, so that a limit of the whole object measures the same.
WEBHOOK, IN_TREE, BOTH = NAMESPACES = ("try-webhook", "try-in-tree", "try-theboth")
# Judged in-tree by what BOTH has, and never by the webhook: shows when that is in force.
BOTH_IN_TREE = "try-in-tree-of-both"
LABEL = "try.example/webhook"
COMPONENTS = {IN_TREE: (), BOTH: ("--fallback",)}
IN_FORCE = "zz-in-force"
PATIENCE = 60
CLIENTS = 6


def only_in_our_namespaces(document):
    for hook in document.get("webhooks", []):
        if hook["clientConfig"]["service"]["path"] != "/validate-policies":
            hook["namespaceSelector"]["matchExpressions"] = [{"key": LABEL, "operator": "Exists"}]
            # A write that had to wait for a busy machine must not pass unjudged in a comparison.
            hook.update(failurePolicy="Fail", timeoutSeconds=30)


class Answer:
    """What a write got, in words that do not say who judged it."""

    def __init__(self, answer, namespace):
        self.status = answer.status
        self.warnings = sorted(filter(None, (self._sentence(text, namespace) for text in answer.warnings)))
        self.labels = answer.document["metadata"].get("labels", {}) if self.status < 300 else {}
        self.denials = [self._sentence(line, namespace) for line in answer.message.split("\n")] if self.status >= 300 else []
        self.text = answer.message

    @staticmethod
    def _sentence(text, namespace):
        """From the policy's name on, without the largest keys, which only the webhook names, and the bytes of an object: its managed
        fields count, and differ by who put a label on. Nothing where no policy speaks."""
        found = re.search(r'policy "[^"]*": .*', text)
        if not found:
            return ""
        sentence = found.group(0).split(" (")[0].replace(namespace, "NAMESPACE")
        sentence = re.sub(r"\S+ (bytes )?of text in the object", "SIZE of text in the object", sentence)
        # A warning of the webhook ends after 256 bytes.
        return sentence.split(". Make it")[0][:200]

    def differs_from(self, other):
        """A sentence; empty: they agree. `other`: of the webhook."""
        if self.status != other.status:
            return f"status {self.status}, not {other.status}: {self.text or other.text}"
        if self.status >= 300:
            return "" if set(self.denials) <= set(other.denials) else f"denied with {self.denials}, not {other.denials}"
        if self.labels != other.labels:
            return f"labels {self.labels}, not {other.labels}"
        return "" if self.warnings == other.warnings else f"warnings {self.warnings}, not {other.warnings}"


class SideBySide:
    """As a context manager it installs the webhook and makes the namespaces, and takes them away again. Thread-safety: one thread."""

    def __init__(self, cluster, directory, seed):
        self._cluster = cluster
        self._directory = pathlib.Path(directory)
        self._random = random.Random(seed)
        self._client = Client(cluster, directory)
        self._sets = 0
        self.webhook = None
        self.counts = {"denied": 0, "warned": 0, "stored": 0, "tokens filled": 0}

    def __enter__(self):
        for namespace in (*NAMESPACES, BOTH_IN_TREE):
            labels = {LABEL: "true"} if namespace in (WEBHOOK, BOTH) else {}
            self._request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace, "labels": labels}})
            self._request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": random_secrets.ACCOUNT}})
        for user in random_secrets.USERS[1:]:
            self._client.run("kubectl", "create", "clusterrolebinding", f"try-{user[0].rpartition(':')[2]}", "--clusterrole=admin", f"--user={user[0]}")
        self.webhook = InstalledWebhook(self._cluster, self._directory, self._write_policies("first", []), only_in_our_namespaces,
                                        probe_namespace=WEBHOOK)
        self.webhook.__enter__()
        return self

    def __exit__(self, *_):
        self.webhook.uninstall()
        exported_policies.delete(self._client, "try.example/namespace")
        self._client.run("kubectl", "delete", "clusterrolebinding", *(f"try-{user[0].rpartition(':')[2]}" for user in random_secrets.USERS[1:]))
        self._client.run("kubectl", "delete", "namespace", *NAMESPACES, BOTH_IN_TREE, "--wait=false")

    def _request(self, method, path, body=None):
        """On a connection of its own: an API server closes one that has rested."""
        with plain_api.Api(self._cluster) as api:
            return api.request(method, path, body)

    def use_policies(self, policies=None):
        """`policies`, or random ones; returns once they are in force everywhere."""
        self._sets += 1
        mark = f"in-force-{self._sets}"
        directory = self._write_policies(mark, policies or random_secrets.policies(self._random))
        self.webhook.mount_policies(directory)
        for namespace, flags in COMPONENTS.items():
            self._install_exported(directory, namespace, flags)
        self._wait_until_in_force(mark)

    def _write_policies(self, mark, policies):
        """With one more, which denies and labels only Secrets named `mark`, so that one sees when the set is in force."""
        seen = {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": IN_FORCE},
                "spec": {"mode": "Enforce", "match": {"names": [mark]}, "limits": {"keysPerSecret": 1},
                         "labels": {random_secrets.PREFIX + "in-force": mark}}}
        directory = self._directory / f"set-{mark}"
        directory.mkdir()
        (directory / "set.yaml").write_text("\n---\n".join(map(json.dumps, [*policies, seen])), encoding="utf-8")
        return directory

    def _install_exported(self, directory, namespace, flags):
        """Under names of its own, for one namespace. What shows that the set is in force comes last, so that the old set is gone then."""
        items = exported_policies.export(self._client, directory, [namespace, *([BOTH_IN_TREE] if namespace == BOTH else [])], flags)
        for item in items:
            item["metadata"]["name"] += f".{namespace}"
            item["metadata"]["labels"]["try.example/namespace"] = namespace
            if item["kind"].endswith("Binding"):
                item["spec"]["policyName"] += f".{namespace}"
        names = {f"{item['kind']}/{item['metadata']['name']}" for item in items}
        last = [item for item in items if IN_FORCE in item["metadata"]["name"]]
        exported_policies.apply(self._client, [item for item in items if item not in last])
        stored = json.loads(self._client.run("kubectl", "get", ",".join(exported_policies.KINDS), "-o", "json",
                                             "-l", f"try.example/namespace={namespace}").stdout)
        old = {f"{item['kind']}/{item['metadata']['name']}" for item in stored["items"]} - names
        if old:
            self._client.run("kubectl", "delete", *sorted(old))
        exported_policies.apply(self._client, last)

    def _wait_until_in_force(self, mark):
        deadline = time.monotonic() + PATIENCE
        many = {"metadata": {"name": mark}, "data": {"a": "", "b": ""}}
        one = {"metadata": {"name": mark}, "data": {"a": ""}}
        for namespace in (*NAMESPACES, BOTH_IN_TREE):
            while True:
                path = plain_api.secrets_path(namespace) + "?dryRun=All"
                denied = self._request("POST", path, many).status == 403
                labels = self._request("POST", path, one).document.get("metadata", {}).get("labels", {})
                if denied and labels.get(random_secrets.PREFIX + "in-force") == mark:
                    break
                if time.monotonic() > deadline:
                    raise Failed(f"policies are not in force in {namespace}: {denied} {labels}")
                time.sleep(0.1)

    def write(self, namespace, method, secret, user=random_secrets.USERS[0]):
        headers = {"Impersonate-User": user[0]} if user[0] != "admin" else {}
        if user[1]:
            headers["Impersonate-Group"] = user[1][0]
        path = plain_api.secrets_path(namespace)
        if method == "PUT":
            path += "/" + secret["metadata"]["name"]
        with plain_api.Api(self._cluster) as api:
            return Answer(api.request(method, path, secret, headers=headers), namespace)

    def compare(self, objects):
        """Creates so many Secrets, and updates each that was created, in every namespace; a sentence for each difference."""
        writes = []
        for number in range(objects):
            secret = random_secrets.secret(self._random, number)
            writes.append((secret, random_secrets.changed(self._random, secret), random_secrets.user(self._random)))
        with ThreadPoolExecutor(CLIENTS) as pool:
            compared = list(pool.map(lambda write: self._compare_object(*write), writes))
        self._wait_until_tokens_are_filled()
        for namespace in NAMESPACES:
            self._request("DELETE", plain_api.secrets_path(namespace))
        for kind, _ in (each for of_object in compared for each in of_object):
            self.counts[kind] += 1
        return [difference for of_object in compared for _, found in of_object for difference in found]

    def _wait_until_tokens_are_filled(self):
        """The control plane does it, by UPDATEs that no limit denies; Failed where it could not."""
        deadline = time.monotonic() + PATIENCE
        for namespace in NAMESPACES:
            while True:
                path = f"{plain_api.secrets_path(namespace)}?fieldSelector=type={random_secrets.TOKEN}"
                tokens = self._request("GET", path).document["items"]
                empty = [token["metadata"]["name"] for token in tokens if "token" not in token.get("data", {})]
                if not empty:
                    break
                if time.monotonic() > deadline:
                    raise Failed(f"service account tokens stay empty in {namespace}: {', '.join(empty[:5])}")
                time.sleep(0.1)
            self.counts["tokens filled"] += len(tokens)

    def _compare_object(self, secret, changed, user):
        """[(what the webhook said, [difference])] of the CREATE, and of the UPDATE where all created it."""
        stored, of_create = self._compare_write("POST", secret, user)
        return [of_create, self._compare_write("PUT", changed, user)[1]] if stored else [of_create]

    def _compare_write(self, method, secret, user):
        answers = {namespace: self.write(namespace, method, secret, user) for namespace in NAMESPACES}
        expected = answers[WEBHOOK]
        found = []
        for namespace in (IN_TREE, BOTH):
            difference = answers[namespace].differs_from(expected)
            if difference:
                found.append(f"set {self._sets}, {namespace}: {method} by {user[0]} of {json.dumps(secret)[:1500]}: {difference}")
        kind = "denied" if expected.status == 403 else "warned" if expected.warnings else "stored"
        return all(answer.status < 300 for answer in answers.values()), (kind, found)
