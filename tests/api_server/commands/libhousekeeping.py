"""What the tests of `audit`, `label` and `prune` on a real API server share: the program as a client, and Helm's history."""

import base64
import json
import os
import resource
import signal
import subprocess
import sys
import threading

import libapi
import libcluster
import libwebhook

sys.path.insert(0, str(libcluster.ROOT / "tests" / "manifests"))
import libmanifests  # noqa: E402

HISTORY = libcluster.policies(libcluster.policy("history", match={"types": [libcluster.HELM_TYPE]},
                                                labels={libcluster.LABEL: "true"}))
CHART = {"Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n", "values.yaml": "colour: red\n",
         "templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
                               "data:\n  colour: {{ .Values.colour }}\n"}


class Process:
    """The program while it runs: `secret-hygiene COMMAND ARGUMENTS` as `user`. `file_bytes_max`: no file of it grows beyond,
    as on a disk that is full."""

    def __init__(self, test, *arguments, user="admin", environment=None, file_bytes_max=None):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, file_bytes_max))
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [libwebhook.binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=test.directory,
            env={"KUBECONFIG": str(libcluster.running.kubeconfig_of(user)), "HOME": str(test.directory),
                 **(environment or {})},
            preexec_fn=limit if file_bytes_max else None)

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    def wait(self):
        self.stdout, self.stderr = self._process.communicate(timeout=libcluster.COMMAND_TIMEOUT)
        self.status = self._process.returncode
        return self

    def json(self):
        return json.loads(self.stdout)


class HousekeepingTest(libcluster.ClusterTest):
    def hygiene(self, *arguments, status=0, user="admin", environment=None):
        """Runs it to its end; fails the test on another exit status."""
        done = Process(self, *arguments, user=user, environment=environment).wait()
        self.assertEqual(done.status, status, f"{arguments}\n{done.stdout}{done.stderr}")
        return done

    def assert_outlived_a_restart(self, done):
        """It succeeded, and said nothing but that it waited, which it does if a wait falls on a busy API server."""
        self.assertRegex(done.stderr, r"\A(the API server answered 503; trying again in \d+ s\n)*\Z")
        self.assertEqual(done.status, 0, done.stdout)

    def chart(self):
        for name, text in CHART.items():
            self.file(f"chart/{name}", text)
        return self.directory / "chart"

    def release(self, name, upgrades, helm=3):
        """A release with that many superseded revisions."""
        chart = self.chart()
        self.helm(helm, "install", name, chart)
        for number in range(upgrades):
            self.helm(helm, "upgrade", name, chart, "--set", f"colour=c{number}", "--history-max", "0")

    def history(self, name, helm=3):
        return {entry["revision"]: entry["status"]
                for entry in self.helm(helm, "history", name, "-o", "json", "--max", "1000").json()}

    def fill(self, release, revisions, size=300):
        """Revisions as Helm would leave them, the last one deployed; made by plain writes."""
        with libapi.Api() as api:
            for number in range(1, revisions + 1):
                answer = api.create(self.namespace, revision(release, number, revisions, size))
                self.assertEqual(answer.status, 201, answer.text)

    def numbers(self, release):
        listed = self.kubectl("get", "secrets", "-l", f"owner=helm,name={release}", "-o", "json").json()
        return sorted(int(item["metadata"]["labels"]["version"]) for item in listed["items"])

    def allow(self, user, namespace, *verbs):
        """A Role in one namespace."""
        self.admin("create", "role", user, f"--verb={','.join(verbs)}", "--resource=secrets", "-n", namespace)
        self.admin("create", "rolebinding", user, f"--role={user}", f"--user={user}", "-n", namespace)


class JobTest(HousekeepingTest):
    """Runs what the CronJobs of manifests/housekeeping run: their arguments, under a token of their own account."""

    def run_job(self, *components, replaced):
        """`components`: of manifests/housekeeping, first the one that makes the CronJob. `replaced`: {flag: value} of arguments
        that cannot be the same here."""
        name = f"secret-hygiene-{components[0]}"
        objects = libmanifests.components(*(f"housekeeping/{each}" for each in components))
        account = [objects[kind, name] for kind in ("ServiceAccount", "ClusterRole", "ClusterRoleBinding")]
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": account})
        self.admin("apply", "-f", libcluster.CORE / "namespace.yaml")
        self.admin("apply", "-f", "-", stdin=text)
        self.addCleanup(self.admin, "delete", "--ignore-not-found", "-f", "-", stdin=text)
        token = self.admin("create", "token", name, "--namespace", libmanifests.NAMESPACE).stdout.strip()
        kubeconfig = self.directory / "kubeconfig-of-job"
        libcluster.cluster.write_kubeconfig(kubeconfig, libcluster.running.server, libcluster.running.directory / "ca.crt", "job", token)
        arguments = libmanifests.pods(objects)["CronJob", name]["spec"]["containers"][0]["args"]
        for flag, value in replaced.items():
            place = next(number for number, argument in enumerate(arguments) if argument.startswith(f"{flag}="))
            arguments[place] = f"{flag}={value}"
        return self.hygiene(*arguments, environment={"KUBECONFIG": str(kubeconfig)})


def revision(release, number, newest, size=300):
    return libapi.secret(
        f"sh.helm.release.v1.{release}.v{number}", libcluster.HELM_TYPE,
        metadata={"labels": {"name": release, "owner": "helm", "version": str(number),
                             "status": "deployed" if number == newest else "superseded"}},
        data={"release": base64.b64encode(os.urandom(size)).decode()})


class Meanwhile:
    """Calls `work` again and again on a thread of its own, from entering to leaving; an error of it is raised then."""

    def __init__(self, work):
        self._work = work
        self._stop = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.times = 0

    def _run(self):
        try:
            while not self._stop.is_set():
                self._work(self.times)
                self.times += 1
        except Exception as error:  # pylint: disable=broad-exception-caught
            self._error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(libcluster.COMMAND_TIMEOUT)
        if self._error:
            raise self._error
