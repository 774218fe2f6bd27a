"""Random policies and writes of Secrets for a comparison of the webhook with what `secret-hygiene export` makes of the policies.

The limits are small, so that a few hundred bytes break them. What export names as left out is not made: labels outside our own prefix,
limits across Secrets, a ? in a type. Tokens are of the service account ACCOUNT: the control plane fills them by an UPDATE of its own.
"""

import base64

HELM = "helm.sh/release.v1"
TOKEN = "kubernetes.io/service-account-token"
ACCOUNT = "try"
TYPES = ("Opaque", "example.com/a", "example.com/b", HELM, "operatorframework.io/index.v1", TOKEN)
NAMES = ("plain", "tfstate-x", "a.b-c", "sh.helm.release.v1.web.v", "sh.helm.release.v1.web.v1.", "sh.helm.release.v1..v")
NAME_PATTERNS = ("plain*", "tfstate-*", "*b-c*", "sh.helm.*", "?lain*", "*")
TYPE_PATTERNS = ("Opaque", "example.com/*", "*/b", HELM, "operatorframework.io/*", "*token")
LABELS = {"team": ("blue", "red"), "tier": ("gold", "silver"), "owner": ("helm", "me"), "chunk": ("1",),
          "secret-hygiene.io/ignore": ("true", "no"), "secret-hygiene.io/mark": ("a", "b"), "secret-hygiene.io/stray": ("x",)}
USERS = (("admin", ()), ("alice", ("developers",)), ("system:serviceaccount:flux-system:flux", ("platform",)))
LIMITS = {"bytesPerSecret": (1, 300, 1000, 2047), "bytesPerKey": (1, 200, 1024), "keysPerSecret": (1, 3, 5),
          "annotationBytes": (1, 100, 1500), "bytesPerObject": (6000,)}
PREFIX = "secret-hygiene.io/"


def selector(random):
    fields = {}
    if random.random() < 0.4:
        fields["types"] = random.sample(TYPE_PATTERNS, random.randint(1, 2))
    if random.random() < 0.3:
        fields["names"] = random.sample(NAME_PATTERNS, random.randint(1, 2))
    if random.random() < 0.2:
        fields["namespaces"] = random.sample(("*-webhook", "try-*", "t?y-*", "elsewhere"), 1)
    if random.random() < 0.4:
        key = random.choice(list(LABELS))
        requirement = random.choice(({"operator": "In", "values": [LABELS[key][0]]}, {"operator": "NotIn", "values": [LABELS[key][0]]},
                                     {"operator": "Exists"}, {"operator": "DoesNotExist"}))
        fields["labelSelector"] = {"matchExpressions": [{"key": key, **requirement}]}
    if random.random() < 0.3:
        fields["sizeOver"] = random.choice((0, 255, 1023))
    if random.random() < 0.2:
        fields["sizeUpTo"] = random.choice((1500, 3000))
    return fields


def policy(random, name):
    spec = {}
    match, exclude = selector(random), selector(random) if random.random() < 0.5 else {}
    # Selectors by namespace must not tell the namespaces of a comparison apart.
    for each in (match, exclude):
        if "*-webhook" in each.get("namespaces", ()):
            each["namespaces"] = ["try-*"]
    if match:
        spec["match"] = match
    if exclude:
        spec["exclude"] = exclude
    if random.random() < 0.75:
        spec["limits"] = {kind: random.choice(LIMITS[kind]) for kind in random.sample(list(LIMITS), random.randint(1, 3))}
        spec["mode"] = random.choice(("Enforce", "Enforce", "Warn", "Audit"))
        if spec["mode"] == "Enforce" and random.random() < 0.3:
            spec["enforceOn"] = [random.choice(("CREATE", "UPDATE"))]
        if random.random() < 0.4:
            spec["exemptRequests"] = random.choice(({"users": ["alice"]}, {"groups": ["plat*"]}, {"users": ["system:serviceaccount:*:flux"]}))
        if random.random() < 0.5:
            spec["message"] = "Make it smaller, don't \\ \"quote\"."
    if "limits" not in spec or random.random() < 0.4:
        keys = random.sample([key for key in LABELS if key.startswith(PREFIX) and "stray" not in key], random.randint(1, 2))
        spec["labels"] = {key: random.choice(LABELS[key]) for key in keys}
    return {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": name}, "spec": spec}


def policies(random):
    return [policy(random, f"policy-{number}") for number in range(random.randint(3, 6))]


def data(random):
    # Far from or well over the limit of the object: its managed fields differ by who labelled it.
    scale = random.choice((20, 300, 300, 1100, 9000))
    return {f"{random.choice(('k', 'key_', 'tls.', '-'))}{number}": base64.b64encode(bytes(random.randint(0, scale))).decode()
            for number in range(random.choice((0, 1, 1, 2, 4, 6)))}


def secret(random, number, kind=None):
    """Of a random type, or of `kind`."""
    kind = kind or random.choice(TYPES)
    metadata = {"name": f"{random.choice(NAMES)}{number}"}
    labels = {key: random.choice(LABELS[key]) for key in random.sample(list(LABELS), random.randint(0, 3))}
    if labels:
        metadata["labels"] = labels
    annotations = {"kubernetes.io/service-account.name": ACCOUNT} if kind == TOKEN else {}
    if random.random() < 0.3:
        annotations["note"] = random.choice(("é" * 30, "x" * 60, "y" * 1600, '"quoted" \\ \n\x01\x85\u200b\U000e0001'))
    if random.random() < 0.3:
        keys = [key for key in LABELS if key.startswith(PREFIX)]
        annotations[PREFIX + "unmanaged-labels"] = random.choice((", ", " ", "\n")).join(random.sample(keys, random.randint(1, 2)))
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": metadata, "data": data(random)}


def changed(random, old):
    """What a client writes over `old`, with its name and type."""
    new = secret(random, 0, old["type"])
    new["metadata"]["name"] = old["metadata"]["name"]
    how = random.random()
    if how < 0.3:
        new["data"] = old["data"]
    elif how < 0.5:
        new["data"] = dict(list(old["data"].items())[1:])
    elif how < 0.6:
        new["data"] = {**old["data"], "more": base64.b64encode(bytes(2000)).decode()}
    return new


def user(random):
    return random.choice(USERS) if random.random() < 0.4 else USERS[0]
