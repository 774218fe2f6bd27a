"""The ConfigMap that replicas share with --counting=strict. Its format: webhook/counting/ledger_text.cpp."""


def good_ledger(name, namespace, identity):
    """One that does not cool: nothing was admitted before it. Where there is none, nothing is known for 60 s."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
            "data": {"format": "1", "id": identity, "cooling": "false", "minViews": "", "entries": ""}}
