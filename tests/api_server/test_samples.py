"""The recorded reviews of tests/samples against live ones: each is made to happen again on a real API server, whose reviews pass
through a recorder on their way to the webhook. What the API server asks must be what it asked then, and what the webhook answers
must be what it answers to the sample."""

import base64
import copy
import http.server
import json
import ssl
import threading
import typing
import unittest

import libcluster  # first: it says where the others are
import libapi
from libcluster import libwebhook

setUpModule = libcluster.start
tearDownModule = libcluster.stop

REVIEWS = {path.stem: json.loads(path.read_bytes()) for path in libwebhook.sample_files()}
# Labels for some, denials, warnings, exemptions and spared UPDATEs.
POLICIES = libcluster.policies(
    libcluster.policy("helm", match={"types": [libcluster.HELM_TYPE]}, labels={libcluster.LABEL: "true"}),
    libcluster.policy("certificates", match={"types": ["kubernetes.io/tls"]}, labels={"example.com/kind": "tls"}),
    libcluster.policy("large", match={"sizeOver": "20"}, labels={"example.com/large": "true"}),
    libcluster.policy("keys", mode="Enforce", limits={"keysPerSecret": 3}, exclude={"names": ["ssa"]}),
    libcluster.policy("nothing", mode="Enforce", match={"names": ["by-*"]}, limits={"bytesPerObject": 10},
                      exemptRequests={"users": ["alice"]}, message="Not you."),
    libcluster.policy("annotated", mode="Warn", limits={"annotationBytes": 100}, message="Use server-side apply."))
# What each object gets anew. Owners too: the garbage collector would take an object whose owner is not there.
FRESH = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "ownerReferences", "generateName")


class Call(typing.NamedTuple):
    endpoint: str
    review: dict
    answer: dict


class Recorder:
    """An HTTPS server with the webhook's certificate that hands reviews to it and keeps both sides. While it is `idle`, it allows
    everything by itself and keeps nothing."""

    def __init__(self, webhook):
        self._webhook = webhook
        self.certificates = webhook.certificates
        self.calls = []
        self.idle = False
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one write: else the second waits for the peer's delayed ACK

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = json.dumps(recorder.answer(self.path, body)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        context.set_alpn_protocols(["http/1.1"])
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def answer(self, path, body):
        review = json.loads(body)
        if self.idle:
            return {**{key: review[key] for key in ("apiVersion", "kind")},
                    "response": {"uid": review["request"]["uid"], "allowed": True}}
        answer = self._webhook.post(path, body).json()
        self.calls.append(Call(path.partition("?")[0], review["request"], answer["response"]))
        return answer

    def metrics(self):
        return self._webhook.metrics()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Samples(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.webhook = self.start(self.policies(POLICIES))
        self.recorder = Recorder(self.webhook)
        self.addCleanup(self.recorder.stop)
        self.api = libapi.Api(timeout=libapi.WRITE_TIMEOUT)
        self.addCleanup(self.api.close)
        for namespace in {review["request"]["namespace"] for review in REVIEWS.values()}:
            self.admin("create", "namespace", namespace, check=False)
        self.admin("create", "clusterrolebinding", "everybody", "--clusterrole=cluster-admin", "--group=system:authenticated")
        self.register(self.recorder)

    def prepare(self, hook):
        """Of the manifests' webhooks, but for DELETE too, and for kube-system."""
        hook["rules"][0]["operations"].append("DELETE")
        del hook["namespaceSelector"]

    def test_each_sample_is_asked_and_answered_as_it_was(self):
        verdicts = set()
        for name, sample in REVIEWS.items():
            with self.subTest(name):
                verdicts |= self.compare(sample)
        self.assertEqual(verdicts, {"allowed", "denied", "warned", "labelled"}, "the policies bear on the samples")

    def compare(self, sample):
        request = sample["request"]
        self.recorder.idle = True
        self.remove(request)
        if request["oldObject"]:
            made = self.api.create(request["namespace"], without_fresh(request["oldObject"]))
            self.assertEqual(made.status, 201, made.message)
        self.recorder.calls.clear()
        self.recorder.idle = False
        self.happen(request)
        # The controllers write too: the token of a service account that is not there, for one, is deleted at once.
        calls = {call.endpoint: call for call in self.recorder.calls if same_write(call.review, request)}
        self.assertIn("/mutate", calls)
        verdicts = set()
        asked = request
        for endpoint in ("/mutate", "/validate"):
            if endpoint not in calls:  # the API server refused the object itself, in between
                continue
            call = calls[endpoint]
            self.assertEqual(comparable(call.review), comparable(asked), endpoint)
            if endpoint == "/validate":  # by then the object has got what makes it a new one; it has a size too
                asked = {**asked, "object": with_fresh_of(call.review["object"], asked["object"])}
            answered = self.webhook.review(endpoint, json.dumps({**sample, "request": asked}).encode())
            recorded = readable(answered)
            self.assertEqual(readable(call.answer), recorded, endpoint)
            asked = {**asked, "object": patched(asked["object"], recorded.get("patch", []))}
            verdicts.add("denied" if not answered["allowed"] else "warned" if "warnings" in answered
                         else "labelled" if "patch" in answered else "allowed")
        return verdicts

    def remove(self, request):
        path = f"{libapi.secrets_path(request['namespace'])}/{name_of(request)}"
        if self.api.request("PATCH", path, {"metadata": {"finalizers": None}}).status != 404:
            self.api.request("DELETE", path)

    def happen(self, request):
        """The operation of a review, as its user."""
        user = request["userInfo"]
        headers = {"Impersonate-User": user["username"]} if user["username"] != "admin" else {}
        path = libapi.secrets_path(request["namespace"])
        named = f"{path}/{name_of(request)}"
        dry = "?dryRun=All" if request["dryRun"] else ""
        if request["operation"] == "CREATE":
            self.api.request("POST", path + dry, without_fresh(request["object"]), headers=headers)
        elif request["operation"] == "UPDATE":
            self.api.request("PUT", named + dry, without_fresh(request["object"]), headers=headers)
        elif "name" in request:
            options = {key: value for key, value in request["options"].items() if key != "preconditions"}
            self.api.request("DELETE", named, {**options, "apiVersion": "v1"}, headers=headers)
        else:
            self.api.request("DELETE", f"{path}?fieldSelector=metadata.name%3D{name_of(request)}", headers=headers)


def same_write(one, other):
    return all(of(one) == of(other) for of in (name_of, lambda request: (request["namespace"], request["operation"])))


def name_of(request):
    return (request["object"] or request["oldObject"])["metadata"]["name"]


def without_fresh(thing):
    return thing and {**thing, "metadata": {key: value for key, value in thing["metadata"].items() if key not in FRESH}}


def with_fresh_of(other, thing):
    fresh = {key: value for key, value in ((other or {}).get("metadata") or {}).items() if key in FRESH}
    return thing and {**thing, "metadata": {**without_fresh(thing)["metadata"], **fresh}}


def comparable(request):
    """What the API server asks, without what differs from one time to the next."""
    kept = {key: value for key, value in request.items() if key not in ("uid", "options", "name")}
    return {**kept, "object": without_fresh(request["object"]), "oldObject": without_fresh(request["oldObject"]),
            "userInfo": request["userInfo"]["username"]}


def readable(answer):
    """What the webhook answers, with its patch as JSON."""
    answer = {key: value for key, value in answer.items() if key != "uid"}
    if "patch" in answer:
        answer["patch"] = json.loads(base64.b64decode(answer["patch"]))
    return answer


def patched(thing, patch):
    """RFC 6902, as far as it is about members of objects."""
    thing = copy.deepcopy(thing)
    for operation in patch:
        *parents, last = (part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:])
        inner = thing
        for parent in parents:
            inner = inner[parent]
        if operation["op"] == "remove":
            del inner[last]
        else:
            inner[last] = operation["value"]
    return thing


if __name__ == "__main__":
    unittest.main()
