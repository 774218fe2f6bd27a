"""The ConfigMaps that replicas share with --counting=strict. Their format: webhook/counting/ledger_text.cpp."""

NAMESPACE_LEDGERS = 16


def ledger_names(name):
    """The ledger of limits per cluster, and those that share the namespaces."""
    return [f"{name}-cluster", *(f"{name}-{number}" for number in range(NAMESPACE_LEDGERS))]


def good_ledgers(name, namespace, identity):
    """They do not cool: nothing was admitted before them. Where there are none, nothing is known for 60 s."""
    labels = {"app.kubernetes.io/managed-by": "secret-hygiene", "secret-hygiene.io/ignore": "true"}
    return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": each, "namespace": namespace, "labels": labels},
             "data": {"format": "2", "id": identity, "seal": "", "cooling": "false", "minViews": "", "blocks": "", "entries": ""}}
            for each in ledger_names(name)]
