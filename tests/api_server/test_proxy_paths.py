"""The table of tests/proxy/targets.txt on a real API server: what it serves as a list or a watch of Secrets has got its
selectors, and what is none it got as it was sent."""

import unittest

import libcluster
import libproxy

TABLE = libcluster.ROOT / "tests" / "proxy" / "targets.txt"
# A watch says what there is at once; then nothing comes.
WATCH_SECONDS = 1.0


def setUpModule():
    libcluster.start()


def tearDownModule():
    libcluster.stop()


def rows():
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            request, _, wanted = line.partition(" -> ")
            method, _, target = request.partition(" ")
            yield method, target, wanted


class Paths(libproxy.ProxyTest):
    def setUp(self):
        super().setUp()
        # The table's namespace and name.
        if self.kubectl("get", "namespace", "b", check=False).status != 0:
            self.admin("create", "namespace", "b")
        self.namespace = "b"

    def ask(self, connect, host, method, target):
        with connect() as connection:
            connection.settimeout(WATCH_SECONDS if "watch" in target or "w%61tch" in target else libcluster.COMMAND_TIMEOUT)
            connection.sendall(libproxy.head(method, target, host))
            return libproxy.answer_on(connection, method)

    def test_no_form_of_a_collection_shows_what_the_selectors_leave_out(self):
        self.seed("shown", labelled=["hidden-by-label"])
        self.seed("hidden-by-type", kind="helm.sh/release.v1")
        self.seed("x", kind="helm.sh/release.v1")  # the name that the table asks for alone
        proxy = self.start_proxy()
        host = f"127.0.0.1:{proxy.port}"
        shown = served = 0
        for method, target, wanted in rows():
            with self.subTest(f"{method} {target}"):
                if method not in ("GET", "HEAD", "get", "OPTIONS"):
                    continue  # these would change what is stored
                direct = self.ask(libproxy.api_server_socket, "127.0.0.1", method, target)
                status, _, body = self.ask(proxy.socket, host, method, target)
                self.assertEqual(status, direct[0], body)
                if wanted == "=":
                    # Answers of other requests may name Secrets only where they do so without the proxy.
                    self.assertEqual(b'"hidden-by-label"' in body, b'"hidden-by-label"' in direct[2])
                    if b'"items"' in direct[2] and b'"hidden-by-label"' in direct[2]:
                        self.fail("a collection that was not rewritten")
                    continue
                self.assertNotIn(b'"hidden-by-label"', body)
                self.assertNotIn(b'"hidden-by-type"', body)
                if status == 200:
                    served += 1
                    shown += b'"shown"' in body and b'"hidden-by-label"' in direct[2]
        # Else the table would show nothing.
        self.assertGreater(served, 30)
        self.assertGreater(shown, 25)

    def test_a_selector_that_the_api_server_refuses_ends_the_start_with_its_words(self):
        for flag, selector, words in (("--selector", "a in b", "found 'b' expected: '('"),
                                      ("--selector", "a,", "expected: identifier after ','"),
                                      ("--field-selector", "kind=a", "field label not supported: kind"),
                                      ("--field-selector", "type", "invalid selector")):
            with self.subTest(f"{flag} {selector}"):
                process = libproxy.launch("--kubeconfig", libcluster.running.kubeconfig, flag, selector)
                self.assertEqual(process.wait(libcluster.COMMAND_TIMEOUT), 2)
                self.assertIn("--selector and --field-selector: ", process.lines[-1])
                self.assertIn(words, process.lines[-1])

    def test_what_is_no_collection_is_answered_byte_for_byte(self):
        self.seed("alone")
        proxy = self.start_proxy()
        for target in ("/api/v1/namespaces/b/secrets/alone", "/api/v1/namespaces/b/configmaps?limit=2", "/api", "/apis",
                       "/api/v1", "/openapi/v2", "/version", "/nothing", "//api/v1/secrets",
                       "/api/v1/namespaces/b/secrets?fieldSelector=metadata.name%3Dalone"):
            with self.subTest(target):
                # A list has the resourceVersion of the whole store, to which controllers write meanwhile: until it stood still.
                for _ in range(50):
                    before = self.ask(libproxy.api_server_socket, "127.0.0.1", "GET", target)
                    passed = self.ask(proxy.socket, f"127.0.0.1:{proxy.port}", "GET", target)
                    direct = self.ask(libproxy.api_server_socket, "127.0.0.1", "GET", target)
                    if before[2] == direct[2]:
                        break
                self.assertEqual((passed[0], passed[2]), (direct[0], direct[2]))
                unlike = {"date", "audit-id"}
                self.assertEqual([(k, v) for k, v in passed[1].items() if k.lower() not in unlike],
                                 [(k, v) for k, v in direct[1].items() if k.lower() not in unlike])

    def test_more_parameters_than_go_reads_would_let_a_list_slip_and_are_refused(self):
        self.seed("shown-too", labelled=["hidden-too"])
        proxy = self.start_proxy()
        target = "/api/v1/namespaces/b/secrets?labelSelector=!secret-hygiene.io/ignore" + "&a" * 10_000
        self.assertIn(b'"hidden-too"', self.ask(libproxy.api_server_socket, "127.0.0.1", "GET", target)[2])
        status, _, body = self.ask(proxy.socket, f"127.0.0.1:{proxy.port}", "GET", target)
        self.assertEqual(status, 400, body)
        self.assertNotIn(b"hidden-too", body)


if __name__ == "__main__":
    unittest.main()
