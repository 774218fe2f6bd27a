"""`./dev lint scanners`: what scanners say about the rendered manifests, the Dockerfile and the workflows, against scripts/scanners.txt.

The first argument is the directory with the scanners, as scripts/scanners.sh installs them. The rest are files of rendered manifests.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
REASONS = ROOT / "scripts" / "scanners.txt"
WORDS_MIN = 2  # of a reason: "As CKV_K8S_15." is one


def exceptions(text):
    """{(scanner, check): reason}. ValueError for a line without a reason, or a check that is there twice."""
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        scanner, _, rest = line.partition(" ")
        check, _, reason = rest.partition(" ")
        if len(reason.split()) < WORDS_MIN:
            raise ValueError(f"{scanner} {check} has no reason")
        if (scanner, check) in found:
            raise ValueError(f"{scanner} {check} is there twice")
        found[scanner, check] = reason
    return found


def compare(findings, excepted):
    """Lines about `findings`, {(scanner, check): [what]}, that have no exception, and about exceptions that nothing needs."""
    new = [f"{scanner} {check}: {what}" for (scanner, check), places in sorted(findings.items()) if (scanner, check) not in excepted
           for what in places]
    return new + [f"scripts/scanners.txt: {scanner} {check} finds nothing any more" for scanner, check in sorted(excepted)
                  if (scanner, check) not in findings]


def run(*command):
    """What the scanner printed. It exits with 1 when it finds something; RuntimeError for what is no finding."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode > 1 or not done.stdout.strip():
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}{done.stdout[-2000:]}")
    return json.loads(done.stdout)


def checkov(program, manifests):
    files = [part for path in [*manifests, *(ROOT / ".github" / "workflows").iterdir(), ROOT / "Dockerfile"] for part in ("-f", path)]
    reports = run(program, "--framework", "kubernetes", "dockerfile", "github_actions", "--compact", "--quiet", "--skip-download", "-o", "json",
                  *files)
    for report in reports if isinstance(reports, list) else [reports]:
        for found in report["results"]["failed_checks"]:
            yield found["check_id"], f"{found['check_name']}: {found['resource']} in {found['file_path']}"


def kube_score(program, manifests):
    for scored in run(program, "score", "-o", "json", "--kubernetes-version", "v1.30", *manifests):
        for check in scored["checks"]:
            if not check["skipped"] and check["grade"] < 10:
                yield check["check"]["id"], f"{check['check']['name']}: {scored['object_name']} in {scored['file_name']}"


def kubesec(program, manifests):
    """Reads Deployments alone. It would fetch schemas; an API server judges these objects in tests/api_server/installation, so any will do."""
    with tempfile.TemporaryDirectory() as directory:
        schema = pathlib.Path(directory, "any.json")
        schema.write_text("{}", encoding="utf-8")
        for path in manifests:
            for scored in run(program, "scan", "--exit-code", "1", "--schema-location", schema, path):
                if not scored["valid"]:
                    raise RuntimeError(f"kubesec cannot read {scored['object']} in {path}: {scored['message']}")
                for found in [*scored["scoring"].get("critical", []), *scored["scoring"].get("advise", [])]:
                    yield found["id"], f"{found['reason']}: {scored['object']} in {path}"


def hadolint(program):
    for found in run(program, "--format", "json", "Dockerfile"):
        yield found["code"], f"{found['message']}: Dockerfile:{found['line']}"


def main(programs, manifests):
    findings = {}
    programs = pathlib.Path(programs)
    for scanner, found in (("checkov", checkov(programs / "venv/bin/checkov", manifests)),
                           ("kube-score", kube_score(programs / "bin/kube-score", manifests)),
                           ("kubesec", kubesec(programs / "bin/kubesec", manifests)),
                           ("hadolint", hadolint(programs / "venv/bin/hadolint"))):
        for check, what in found:
            findings.setdefault((scanner, check), []).append(what)
    lines = compare(findings, exceptions(REASONS.read_text(encoding="utf-8")))
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
