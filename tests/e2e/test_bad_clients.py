"""Clients that behave badly, or in ways that HTTP allows and few use: what they see, and that others are served on."""

import json
import socket
import ssl
import threading
import unittest

import libwebhook

REVIEW = libwebhook.sample("create-opaque-validate")
UID = json.loads(REVIEW)["request"]["uid"]


def head(path="/validate", **fields):
    """The head of a POST; `Content_Type="x"` becomes `Content-Type: x`."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunked(body, size):
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x;note=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nTrailer: x\r\n\r\n"


def answer_in(received):
    """(status, body) of the only response in these bytes."""
    text, _, body = received.partition(b"\r\n\r\n")
    lines = text.split(b"\r\n")
    assert b"Content-Length: %d" % len(body) in lines, received
    return int(lines[0].split()[1]), body


class HandmadeTls:
    """A TLS connection whose two halves can be closed apart, which ssl.SSLSocket does not offer."""

    def __init__(self, webhook):
        self._socket = webhook.tcp()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = webhook.tls_context().wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self._until_done(self._tls.do_handshake)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data):
        self._until_done(self._tls.write, data)

    def close_notify(self):
        try:
            self._tls.unwrap()
        except ssl.SSLWantReadError:
            self._flush()

    def end_of_stream(self):
        self._socket.shutdown(socket.SHUT_WR)

    def receive_all(self):
        received = b""
        try:
            while part := self._until_done(self._tls.read, 65536):
                received += part
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        return received

    def _flush(self):
        if self._outgoing.pending:
            self._socket.sendall(self._outgoing.read())

    def _until_done(self, step, *arguments):
        while True:
            try:
                result = step(*arguments)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                if part := self._socket.recv(65536):
                    self._incoming.write(part)
                else:
                    self._incoming.write_eof()


class BadClients(libwebhook.WebhookTest):
    def setUp(self):
        super().setUp()
        self.webhook = self.start()

    def assert_allowed(self, received):
        status, body = answer_in(received)
        self.assertEqual(status, 200, received)
        response = json.loads(body)["response"]
        self.assertEqual((response["uid"], response["allowed"]), (UID, True))

    def bound_reached(self, bound):
        return self.webhook.metrics().get(f'secret_hygiene_bound_reached_total{{bound="{bound}"}}', 0)

    def test_a_chunked_review_is_answered_as_a_plain_one(self):
        for size in (1, 7, 100_000):
            with self.subTest(chunk=size):
                self.assert_allowed(self.webhook.raw(
                    head(Transfer_Encoding="chunked", Connection="close") + chunked(REVIEW, size)))

    def test_a_broken_chunk_is_http_400(self):
        status, body = answer_in(self.webhook.raw(head(Transfer_Encoding="chunked") + b"xyz\r\n"))
        self.assertEqual((status, body), (400, b"this is not a request of HTTP/1.1\n"))

    def test_a_length_beside_chunks_is_http_400(self):
        """Two ends of one request are how requests are smuggled past a proxy."""
        request = head(Transfer_Encoding="chunked", Content_Length=len(REVIEW)) + chunked(REVIEW, 100)
        self.assertEqual(answer_in(self.webhook.raw(request))[0], 400)

    def test_a_client_that_expects_100_continue_gets_it_before_it_sends_the_body(self):
        with self.webhook.tls() as connection:
            connection.sendall(head(Expect="100-continue", Content_Length=len(REVIEW), Connection="close"))
            self.assertEqual(connection.recv(65536), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(REVIEW)
            self.assert_allowed(libwebhook.receive_all(connection))

    def test_a_client_that_expects_100_continue_is_refused_before_it_sends_the_body(self):
        with self.webhook.tls() as connection:
            connection.sendall(head(Expect="100-continue", Content_Length=100 * 1024 * 1024))
            self.assertEqual(answer_in(libwebhook.receive_all(connection)),
                             (413, b"the body is larger than this server accepts\n"))

    def test_a_client_that_half_closes_after_its_request_gets_its_answer(self):
        for how in ("close_notify", "end_of_stream"):
            with self.subTest(how), HandmadeTls(self.webhook) as connection:
                connection.send(head(Content_Length=len(REVIEW)) + REVIEW)
                getattr(connection, how)()
                self.assert_allowed(connection.receive_all())

    def test_a_client_that_leaves_within_its_request_is_counted_out(self):
        for sent in (b"", b"POST /val", head(Content_Length=1000), head(Content_Length=1000) + REVIEW[:500]):
            with self.webhook.tls() as connection:
                connection.sendall(sent)
        libwebhook.wait_until(lambda: self.webhook.metrics()["secret_hygiene_connections"] <= 1, "they are gone")
        self.assertEqual(self.webhook.metrics()["secret_hygiene_inflight_body_bytes"], 0)

    def test_plain_http_on_the_tls_port_is_told_so_in_the_clear(self):
        with self.webhook.tcp() as connection:
            connection.sendall(head(Content_Length=2) + b"{}")
            received = libwebhook.receive_all(connection)
        self.assertTrue(received.startswith(b"HTTP/1.0 400 Bad Request\r\n"), received)
        self.assertTrue(received.endswith(b"This port speaks HTTPS; the request came as plain HTTP.\n"), received)

    def test_what_is_not_http_is_http_400(self):
        status, body = answer_in(self.webhook.raw(b"\x00\x01\x02 hello\r\n\r\n"))
        self.assertEqual((status, body), (400, b"this is not a request of HTTP/1.1\n"))

    def test_a_header_over_the_bound_is_http_431_and_counted(self):
        status, body = answer_in(self.webhook.raw(head(X="x" * 20_000, Content_Length=0)))
        self.assertEqual((status, body), (431, b"the header is larger than this server accepts\n"))
        self.assertEqual(self.bound_reached("header"), 1)

    def test_who_stalls_is_cut_off_at_a_bound_of_its_own_and_others_are_served_meanwhile(self):
        """All four at once: each bound is 10 s long, but for the body's, which its client gives."""
        silent = self.webhook.tcp()
        slow_head = self.webhook.tls()
        slow_body = self.webhook.tls()
        for connection in (silent, slow_head, slow_body):
            self.addCleanup(connection.close)
        slow_head.sendall(head(Content_Length=10)[:-10])
        slow_body.sendall(head("/validate?timeout=1s", Content_Length=len(REVIEW)) + REVIEW[:-10])
        never_reads = threading.Thread(target=self.send_without_reading, daemon=True)
        never_reads.start()

        patient = self.webhook.connection()
        self.addCleanup(patient.close)
        waiting = {"handshake_time", "header_time", "request_time", "write_time"}

        def all_cut_off():
            self.assertTrue(self.webhook.review("/validate", REVIEW, patient)["allowed"])
            return all(self.bound_reached(bound) == 1 for bound in waiting)

        libwebhook.wait_until(all_cut_off, "each of them cut off")
        never_reads.join(libwebhook.TIMEOUT)
        self.assertFalse(never_reads.is_alive())
        for connection in (silent, slow_head, slow_body):
            self.assertEqual(libwebhook.receive_all(connection), b"")

    def send_without_reading(self):
        """Requests in a pipeline, until the server, which cannot get rid of its answers, ends the connection."""
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.settimeout(libwebhook.TIMEOUT)
        plain.connect(("127.0.0.1", self.webhook.port))
        requests = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400
        with self.webhook.tls_context().wrap_socket(plain, server_hostname="localhost") as connection:
            try:
                while True:
                    connection.sendall(requests)
            except (ConnectionError, ssl.SSLError):
                pass


if __name__ == "__main__":
    unittest.main()
