"""The certificates on both sides of `secret-hygiene proxy`: those that it demands of clients, and the API server's when they are swapped."""

import select
import unittest

import libcertificates
import libupstream
import libwebhook

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Clients(libupstream.ProxyTest):
    def setUp(self):
        super().setUp()
        self.known = libcertificates.client(self.directory / "known", "gateway")

    def is_refused(self, shown):
        """TLS 1.3 tells a client so after its handshake, at its first word."""
        with self.assertRaises(OSError):
            client = self.client(shown)
            client.sendall(self.request())
            if not client.recv(1):
                raise ConnectionError("an end without a word")
        return True

    def test_only_a_certificate_of_the_ca_is_let_in_and_its_own_token_passes(self):
        self.start_proxy("--client-ca", self.known.ca)
        _, head = self.exchange(self.client(self.known), self.request(more="Authorization: Bearer mine\r\n"), OK)
        self.assertIn(b"\r\nAuthorization: Bearer mine\r\n", head)
        _, head = self.exchange(self.client(self.known), self.request(), OK)
        self.assertNotIn(b"uthorization", head)
        stranger = libcertificates.client(self.directory / "stranger", "gateway", "another CA")
        for shown in (None, stranger):
            self.assertTrue(self.is_refused(shown))
        self.assertTrue(self.upstream.nobody_came())

    def test_only_the_name_that_is_demanded_is_let_in(self):
        self.start_proxy("--client-ca", self.known.ca, "--client-name", "gateway")
        self.exchange(self.client(self.known), self.request(), OK)
        self.process.stop(libwebhook.TIMEOUT)
        self.start_proxy("--client-ca", self.known.ca, "--client-name", "another")
        self.assertTrue(self.is_refused(self.known))
        self.assertTrue(self.upstream.nobody_came())

    def test_our_token_is_given_to_who_has_a_certificate(self):
        self.start_proxy("--client-ca", self.known.ca, "--inject-token")
        _, head = self.exchange(self.client(self.known), self.request(), OK)
        self.assertIn(b"\r\nAuthorization: Bearer upstream-token\r\n", head)
        self.assertTrue(self.is_refused(None))


class Servers(libupstream.ProxyTest):
    def test_an_api_server_with_another_ca_is_trusted_once_the_kubeconfig_has_it(self):
        self.start_proxy()
        self.exchange(self.client(), self.request(), OK)
        before, port = self.upstream, self.upstream.port
        before.close()
        self.upstream = libupstream.Upstream(self.directory / "swapped", port)
        status, document = self.refused(self.request())
        self.assertEqual(status, 502)
        self.assertIn("is not trusted", document["message"])
        self.upstream.kubeconfig(self.directory / "upstream-kubeconfig")
        # A refusal has the file read again, at most once a second.
        libwebhook.wait_until(self.passes, "the new CA is trusted")

    def passes(self):
        client = self.client()
        client.sendall(self.request())
        libwebhook.wait_until(lambda: not self.upstream.nobody_came() or select.select([client], [], [], 0)[0], "an answer")
        return not self.upstream.nobody_came()


if __name__ == "__main__":
    unittest.main()
