"""Controllers that know nothing of the proxy, through it, on a real API server: `./dev cluster try-proxy` with a tenth of its history
and less of its time, and beside it one of controller-runtime, which KUBECONFIG alone leads there, with the token of its service account
from a file that is renewed meanwhile. What it asked for, and with which token, the API server's audit log says."""

import base64
import contextlib
import io
import json
import pathlib
import re
import tempfile
import unittest
import urllib.parse

import libdemo  # first: it says where the others are
import libcluster
import libproxy
import try_proxy
from try_controllers import Controller

AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
                "rules": [{"level": "Metadata", "resources": [{"group": "", "resources": ["secrets"]}]}, {"level": "None"}]}
CREDENTIAL = "authentication.kubernetes.io/credential-id"
# Less than client-go keeps a token that it read, together with what the trial does besides.
MANAGED_SECONDS = 20

_audit = None


def setUpModule():
    global _audit  # pylint: disable=global-statement
    _audit = tempfile.TemporaryDirectory(prefix="secret-hygiene-audit-")
    policy, log = pathlib.Path(_audit.name, "policy.json"), pathlib.Path(_audit.name, "log")
    policy.write_text(json.dumps(AUDIT_POLICY), encoding="utf-8")
    libcluster.start([f"--audit-policy-file={policy}", f"--audit-log-path={log}"])


def tearDownModule():
    libcluster.stop()
    _audit.cleanup()


def audited(user):
    """What a user asked of Secrets, as the API server noted it when it had answered; a watch also when it began."""
    log = pathlib.Path(_audit.name, "log")
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    # A line may be under way; a request whose token is not taken has no user.
    events = map(json.loads, text[:text.rfind("\n") + 1].splitlines())
    return [event for event in events if event["user"].get("username") == user]


def credentials_of(events):
    return {credential for event in events for credential in event["user"].get("extra", {}).get(CREDENTIAL, ())}


def id_of(token):
    """What the API server calls a token in its audit log."""
    payload = token.split(".")[1]
    return "JTI=" + json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"]


class Controllers(libproxy.ProxyTest):
    def setUp(self):
        super().setUp()
        self.user = f"system:serviceaccount:{self.namespace}:controller"
        self.kubectl("create", "serviceaccount", "controller")
        self.admin("create", "clusterrole", "controller", "--verb=get,list,watch", "--resource=secrets")
        self.admin("create", "clusterrolebinding", "controller", "--clusterrole=controller",
                   f"--serviceaccount={self.namespace}:controller")

    def test_they_do_their_work_and_hold_only_what_the_selectors_leave(self):
        first, second = self.token("first"), self.token("second")
        self.seed("shown", labelled=["hidden"])
        proxy = self.start_proxy()
        proxy.token_file.write_text(first, encoding="utf-8")
        manager = Controller(proxy, self.directory, "manager", (), f'"{self.namespace}/shown"')
        self.addCleanup(manager.stop)
        manager.wait()
        self.see_what_it_caches(manager)
        self.assertEqual(credentials_of(audited(self.user)), {id_of(first)})

        # The kubelet's part, and then the old token is good no more. client-go reads the file again within a minute.
        renewed = proxy.directory / "token.new"
        renewed.write_text(second, encoding="utf-8")
        renewed.rename(proxy.token_file)
        self.kubectl("delete", "secret", "first")
        self.try_out()
        self.see_it_ask_with(id_of(second), manager)

    def token(self, anchor):
        """A token of the controller's service account, which is good while the Secret `anchor` is there."""
        self.kubectl("create", "secret", "generic", anchor)
        return self.kubectl("create", "token", "controller", "--bound-object-kind=Secret",
                            f"--bound-object-name={anchor}").stdout.strip()

    def see_what_it_caches(self, manager):
        listed = [event for event in audited(self.user) if event["verb"] in ("list", "watch")]
        self.assertEqual({urllib.parse.unquote(event["requestURI"]).partition("&")[0] for event in listed},
                         {f"/api/v1/secrets?labelSelector={libproxy.LABEL_SELECTOR}"})
        self.assertNotIn(f'"{self.namespace}/hidden"', manager.log())
        # A label that is put on takes a Secret out of its cache; by its name it is still there.
        self.kubectl("label", "secret", "shown", f"{libcluster.LABEL}=true")
        line = f'"secret": "{self.namespace}/shown", "cached": false, "stored": true'
        libcluster.wait_for(lambda: line in manager.log(), "its cache has lost the Secret, the API server has not")

    def see_it_ask_with(self, credential, manager):
        asked = 0

        def asks_with_it():
            nonlocal asked
            asked += 1
            self.kubectl("create", "secret", "generic", f"asked-{asked}")
            return credential in credentials_of(audited(self.user))
        libcluster.wait_for(asks_with_it, "a request with the token that was renewed", 90)
        line = f'"secret": "{self.namespace}/asked-{asked}", "cached": true, "stored": true'
        libcluster.wait_for(lambda: line in manager.log(), "it works on")

    def try_out(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            memory = try_proxy.try_out(libcluster.running, releases=1, seconds=MANAGED_SECONDS)
        print(printed.getvalue())
        # Without a selector the informer holds every Secret whole.
        grown = memory["directly"].resident - memory["empty"].resident
        self.assertGreater(grown, try_proxy.REVISIONS * try_proxy.SIZE)
        for way in ("label", "type"):
            self.assertGreaterEqual(try_proxy.gone(memory, way), 0.9)
        self.assertGreaterEqual(int(re.search(r"(\d+) namespaces got", printed.getvalue())[1]), 1)
        self.assertNotIn("try-", self.admin("get", "namespaces", "-o", "name").stdout)


if __name__ == "__main__":
    unittest.main()
