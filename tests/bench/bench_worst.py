"""The reviews that cost most to judge, one of each kind: what judging takes beside reading."""
import itertools
import os
import string

import bench_reviews
from bench_servers import direct

PATTERN = "*" + "a" * 400 + "b"
KEYS = ["".join(key) for key in itertools.product(sorted(string.digits + string.ascii_letters), repeat=3)]

READ_ONLY = """apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: reads}
spec:
  match: {names: [none]}
  labels: {none: "none"}
"""


def policies():
    """Twenty policies that each break limits, try patterns that nearly match, and label."""
    documents = []
    for number in range(20):
        users = ", ".join(f'"{PATTERN}{each}"' for each in range(10))
        documents.append(f"""apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {{name: p{number:02}}}
spec:
  mode: Enforce
  exclude:
    types: ["{PATTERN}"]
    labelSelector: {{matchExpressions: [{{key: zzz{number}, operator: Exists}}]}}
  exemptRequests:
    users: [{users}]
    groups: [{users}, "exempt"]
  labels: {{k{number}: "{number}"}}
  limits: {{bytesPerSecret: 1, bytesPerObject: 1, annotationBytes: 1, keysPerSecret: 1, bytesPerKey: 1}}
""")
    return "---\n".join(documents)


def bodies():
    def plain(**changes):
        made = bench_reviews.secret(1000)
        made["metadata"] |= changes
        return made
    keys = plain()
    keys["data"] = dict.fromkeys(KEYS[:225_000], "")
    groups = bench_reviews.many_groups(plain())
    return {
        "26,500 labels, a record of 52,000": bench_reviews.review(bench_reviews.many_labels()),
        "26,500 labels, both objects": bench_reviews.review(bench_reviews.many_labels(), bench_reviews.many_labels()),
        "15,000 labels of ours to take off": bench_reviews.review(plain(labels={f"secret-hygiene.io/{key}": "" for key in KEYS[:15_000]})),
        "200,000 annotations": bench_reviews.review(plain(annotations=dict.fromkeys(KEYS[:200_000], ""))),
        "225,000 keys": bench_reviews.review(keys),
        "20,000 owners": bench_reviews.review(plain(ownerReferences=[
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": f"{number:036}"} for number in range(20_000)])),
        "a type of 1.5 MB": bench_reviews.review({**plain(), "type": "a" * 1_500_000}),
        "5,000 groups, a user of 20 kB": groups,
    }


def run(folder, seconds, load):
    print(f"\nJudging by 20 policies beside reading alone, CPU ms a request; /validate and /mutate, {seconds} s each")
    print("| review | endpoint | reading | with judging | judging |\n|---|---|--:|--:|--:|")
    paths = {}
    for name, text in (("reads", READ_ONLY), ("judges", policies())):
        paths[name] = os.path.join(folder, f"{name}.yaml")
        with open(paths[name], "w", encoding="utf-8") as file:
            file.write(text)
    for name, body in bodies().items():
        path = os.path.join(folder, "worst.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(body)
        for endpoint in ("/validate", "/mutate"):
            cpu = {}
            for what in paths:
                with direct(threads=1, policies=paths[what]) as server:
                    cpu[what] = load(server, endpoint, path, 1, seconds, denied=True)["cpu_us"] / 1000
            print(f"| {name} | {endpoint} | {cpu['reads']:.1f} | {cpu['judges']:.1f} | {cpu['judges'] - cpu['reads']:.1f} |", flush=True)
