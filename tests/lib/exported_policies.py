"""What `secret-hygiene export` makes of policies, enforced by a cluster of `./dev cluster` in some namespaces only."""

import json

from cluster_client import BINARY

KINDS = ("validatingadmissionpolicies", "validatingadmissionpolicybindings", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings")


def export(client, policies, namespaces, flags=()):
    """The objects for `policies`, a directory, which are about `namespaces` only."""
    items = json.loads(client.run(BINARY.name, "export", "-p", policies, *flags).stdout)["items"]
    for item in items:
        if not item["kind"].endswith("Binding"):
            item["spec"]["matchConstraints"]["namespaceSelector"]["matchExpressions"].append(
                {"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(namespaces)})
    return items


def apply(client, items):
    """The API server enforces them a little later."""
    client.run("kubectl", "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def delete(client, selector):
    """Those with a label, and returns at once."""
    client.run("kubectl", "delete", ",".join(KINDS), "-l", selector, "--wait=false")
