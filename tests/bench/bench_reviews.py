"""Bodies of AdmissionReviews for the benchmark, of the sizes that a real API server sends (tests/samples has small ones)."""
import base64
import itertools
import json
import os
import string

SECRET = {"group": "", "version": "v1", "kind": "Secret"}
SECRETS = {"group": "", "version": "v1", "resource": "secrets"}
HELM_LABELS = {"createdAt": "1795514072", "name": "web", "owner": "helm", "status": "pending-install", "version": "1"}


def secret(value_bytes, name="blob", type_="Opaque", labels=None, annotations=None):
    metadata = {"name": name, "namespace": "team-a", "uid": "876226b3-a60f-48b3-a842-440200be9a65",
                "resourceVersion": "598", "creationTimestamp": "2026-11-24T09:54:32Z"}
    if labels:
        metadata["labels"] = labels
    if annotations:
        metadata["annotations"] = annotations
    metadata["managedFields"] = [{"manager": "kubectl-create", "operation": "Update", "apiVersion": "v1",
                                  "time": "2026-11-24T09:54:32Z", "fieldsType": "FieldsV1",
                                  "fieldsV1": {"f:data": {".": {}, "f:blob": {}}, "f:type": {}}}]
    data = {"blob": base64.b64encode(os.urandom(value_bytes)).decode()}
    return {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "data": data, "type": type_}


def review(obj, old=None):
    request = {"uid": "4a3e2b5e-bb11-42ef-bd59-7699799d1865", "kind": SECRET, "resource": SECRETS, "requestKind": SECRET,
               "requestResource": SECRETS, "name": obj["metadata"]["name"], "namespace": "team-a",
               "operation": "UPDATE" if old else "CREATE",
               "userInfo": {"username": "admin", "uid": "admin", "groups": ["system:masters", "system:authenticated"]},
               "object": obj, "oldObject": old, "dryRun": False,
               "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "kubectl-create"}}
    text = json.dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request},
                      separators=(",", ":"))
    # As the API server writes it.
    return text.replace("<", "\\u003c") + "\n"


def many_groups(obj):
    """A review by a user whose name and groups are as long as the envelope may be."""
    made = json.loads(review(obj))
    made["request"]["userInfo"] = {"username": "a" * 20_000, "groups": ["a" * 20] * 2_500 + ["a"] * 2_500}
    return json.dumps(made, separators=(",", ":")) + "\n"


def many_labels():
    """As many labels as fit beside 800 kB of data, and a record of 52,000 other keys: what the most look-ups are made for."""
    keys = ["".join(key) for key in itertools.product(sorted(string.digits + string.ascii_letters), repeat=3)]
    labels, others = keys[:26_500], keys[26_500:78_500]
    return secret(800_000, labels=dict.fromkeys(labels, ""),
                  annotations={"secret-hygiene.io/owned-labels": ",".join(key + "=" for key in others)})


def write_all(folder):
    mib = 1024 * 1024
    bodies = {
        "CREATE 4 KiB": review(secret(4096)),
        "CREATE 64 KiB": review(secret(65536)),
        "CREATE 512 KiB": review(secret(512 * 1024)),
        "CREATE 1 MiB": review(secret(mib)),
        "UPDATE 1 MiB": review(secret(mib, labels={"a": "b"}), secret(mib)),
        "Helm CREATE 4 KiB": review(secret(4096, name="sh.helm.release.v1.web.v1", type_="helm.sh/release.v1",
                                           labels=HELM_LABELS)),
        "CREATE many labels": review(many_labels()),
        # The largest that an API server can send: a request body of 3 MiB of `<`.
        "worst": review(secret(0, annotations={"a": "<" * 3145328})),
    }
    paths = {}
    for index, (name, body) in enumerate(bodies.items()):
        paths[name] = os.path.join(folder, f"{index}.json")
        with open(paths[name], "w", encoding="utf-8") as file:
            file.write(body)
    return paths
