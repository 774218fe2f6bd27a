"""What flows through `secret-hygiene proxy` for long, in large amounts, or on after one side has ended: none of it stays there."""

import base64
import contextlib
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import unittest

import libupstream
import libwebhook
from libupstream import receive, receive_head

LIST = 700 << 20
CHUNK = bytes(1 << 20)
# What the lists may add to what the program itself takes: 16 MiB with OpenSSL and the certificates, more with each library.
GROWTH_MAX = 4 << 20
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"
UPGRADE = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
# Where each answer is cut; True: only the end of the connection tells where it ends.
ANSWERS = {
    "an answer with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", False),
    "a chunked answer": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", False),
    "an answer without a length": (b"HTTP/1.1 200 OK\r\n\r\npart", True),
    "a tunnel": (SWITCHED + b"part", True),
    "a head": (b"HTTP/1.1 200 OK\r\nContent-", False),
}


def send_list(server, size, stopped):
    """A body of so many bytes in chunks; `stopped` is told when it is on its way whole."""
    server.sendall(CHUNKED)
    for _ in range(size // len(CHUNK)):
        server.sendall(b"100000\r\n")
        server.sendall(CHUNK)
        server.sendall(b"\r\n")
    server.sendall(b"0\r\n\r\n")
    stopped.set()


def half_close(connection):
    """Says that nothing more will be sent over TLS, and goes on to receive."""
    connection.settimeout(0)
    with contextlib.suppress(ssl.SSLWantReadError):
        connection.unwrap()
    connection.settimeout(libwebhook.TIMEOUT)


def end_by_fin(server):
    """Without a close_notify."""
    server.shutdown(socket.SHUT_WR)


def end_by_reset(server):
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.close()


class Lists(libupstream.ProxyTest):
    def list_of(self, size):
        """(client, event) of a list that is being sent to it."""
        client = self.client()
        client.sendall(self.request(target="/api/v1/secrets"))
        server = self.upstream.accept()
        receive_head(server)
        sent = threading.Event()
        sender = threading.Thread(target=send_list, args=(server, size, sent))
        sender.start()
        self.addCleanup(sender.join, libwebhook.TIMEOUT)
        return client, sent

    def read_list(self, client, size):
        self.assertEqual(receive(client, len(CHUNKED)), CHUNKED)
        framing = size // len(CHUNK) * len(b"100000\r\n\r\n") + len(b"0\r\n\r\n")
        buffer, left = bytearray(1 << 20), size + framing
        while left and (count := client.recv_into(buffer, min(left, len(buffer)))):
            left -= count
        self.assertEqual((left, bytes(buffer[:count])[-5:]), (0, b"0\r\n\r\n"))

    def test_a_list_of_700_megabytes_takes_little_memory(self):
        size = LIST // 100 if libwebhook.is_sanitized() else LIST
        self.start_proxy()
        at_start = self.resident_peak()
        client, _ = self.list_of(size)
        self.read_list(client, size)
        if not libwebhook.is_sanitized():
            self.assertLess(self.resident_peak() - at_start, GROWTH_MAX)
            self.assertGreater(self.metrics()['secret_hygiene_proxy_bytes_total{direction="to_client"}'], LIST)

    def test_a_reader_that_rests_holds_up_its_server_and_takes_no_memory(self):
        size = 64 << 20
        self.start_proxy()
        at_start = self.resident_peak()
        client, sent = self.list_of(size)
        # Others are served meanwhile, by the same thread.
        for _ in range(20):
            self.exchange(self.client(), self.request(), b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.assertFalse(sent.is_set(), "64 MiB were taken in that nobody read")
        self.read_list(client, size)
        self.assertTrue(sent.wait(libwebhook.TIMEOUT))
        if not libwebhook.is_sanitized():
            self.assertLess(self.resident_peak() - at_start, GROWTH_MAX)

    def test_trailers_pass_and_the_next_answer_is_found_behind_them(self):
        self.start_proxy()
        client = self.client()
        whole = CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"
        server, _ = self.exchange(client, self.request(target="/api/v1/secrets?watch=1"), whole)
        client.sendall(self.request(target="/api/v1/secrets?watch=1"))
        receive_head(server)
        server.sendall(CHUNKED + b"5\r\nhello\r\n")
        self.assertEqual(receive(client, len(CHUNKED) + 10), CHUNKED + b"5\r\nhello\r\n")
        # The first has ended, or there would be two.
        self.assertEqual(self.metrics()["secret_hygiene_proxy_watches"], 1)


class Tunnels(libupstream.ProxyTest):
    def tunnel(self, client):
        server, _ = self.exchange(client, self.request("POST", "/exec", UPGRADE), SWITCHED)
        return server

    def test_a_client_that_has_said_all_still_hears_the_rest(self):
        self.start_proxy("--insecure-http")
        client = self.plain_client()
        server = self.tunnel(client)
        client.sendall(b"the last of stdin")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(libwebhook.receive_all(server), b"the last of stdin")
        server.sendall(b"stdout, ")
        self.assertEqual(receive(client, 8), b"stdout, ")
        server.sendall(b"to its end")
        half_close(server)
        self.assertEqual(libwebhook.receive_all(client), b"to its end")

    def test_a_server_that_has_said_all_still_hears_the_rest(self):
        self.start_proxy()
        client = self.client()
        server = self.tunnel(client)
        server.sendall(b"stdout to its end")
        half_close(server)
        self.assertEqual(libwebhook.receive_all(client), b"stdout to its end")
        client.sendall(b"more of stdin")
        self.assertEqual(receive(server, 13), b"more of stdin")
        half_close(client)
        self.assertEqual(libwebhook.receive_all(server), b"")
        libwebhook.wait_until(lambda: self.metrics()["secret_hygiene_connections"] == 1, "only the scrape is left")

    def test_a_request_whose_client_has_said_all_is_answered(self):
        self.start_proxy("--insecure-http")
        client = self.plain_client()
        client.sendall(self.request("POST", "/a", "Content-Length: 3\r\n") + b"abc")
        client.shutdown(socket.SHUT_WR)
        server = self.upstream.accept()
        receive_head(server)
        self.assertEqual(receive(server, 3), b"abc")
        # Go's server would end the request when it sees the end of its connection; this one answers first.
        server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        half_close(server)
        self.assertEqual(libwebhook.receive_all(client)[-6:], b"\r\n\r\nok")


class Cuts(libupstream.ProxyTest):
    """A connection of the API server that breaks off within an answer: no client may take a part for the whole."""

    def cut(self, client, answer, end, beneath_tls=False):
        """What the client reads until its connection ends; raises where it breaks off."""
        client.sendall(self.request("POST", "/x", UPGRADE) if answer.startswith(SWITCHED) else self.request())
        server = self.upstream.accept()
        receive_head(server)
        server.sendall(answer)
        self.assertEqual(receive(client, len(answer)), answer)
        end(server)
        if not beneath_tls:
            return client.recv(1)
        with socket.socket(fileno=os.dup(client.fileno())) as plain:
            plain.settimeout(libwebhook.TIMEOUT)
            return plain.recv(1)

    def test_a_client_that_heeds_the_close_notify_sees_every_cut(self):
        self.start_proxy()
        for name, (answer, _) in ANSWERS.items():
            for end in (end_by_fin, end_by_reset):
                with self.subTest(name, end=end.__name__), self.assertRaises((ssl.SSLError, ConnectionResetError)):
                    self.cut(self.client(), answer, end)

    def check_resets(self, client, beneath_tls):
        for name, (answer, only_the_end_tells) in ANSWERS.items():
            for end in (end_by_fin, end_by_reset) if only_the_end_tells else ():
                with self.subTest(name, end=end.__name__), self.assertRaises(ConnectionResetError):
                    self.cut(client(), answer, end, beneath_tls)

    def test_a_client_that_does_not_gets_a_reset_where_no_length_would_tell(self):
        # Beneath TLS: Python 3.11 takes a reset for an end where it suppresses ragged ones.
        self.start_proxy()
        self.check_resets(self.client, beneath_tls=True)

    def test_a_client_without_tls_gets_one_too(self):
        self.start_proxy("--insecure-http")
        self.check_resets(self.plain_client, beneath_tls=False)

    def test_an_end_in_order_stays_one(self):
        self.start_proxy()
        for name in ("an answer without a length", "a tunnel"):
            with self.subTest(name):
                self.assertEqual(self.cut(self.client(), ANSWERS[name][0], half_close), b"")

    def test_a_whole_answer_is_not_lost_by_a_cut_behind_it(self):
        self.start_proxy()
        client = self.client()
        body = bytes(4 << 20)
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        client.sendall(self.request())
        server = self.upstream.accept()
        receive_head(server)
        server.settimeout(None)
        server.sendall(whole[:-1])
        server.sendall(whole[-1:])
        end_by_fin(server)
        self.assertEqual(receive(client, len(whole)), whole)
        with self.assertRaises(ssl.SSLError):
            client.recv(1)

    @unittest.skipUnless(shutil.which("curl"), "needs curl")
    def test_curl_sees_the_cut(self):
        self.start_proxy()
        authority = self.directory / "proxy-ca.pem"
        authority.write_bytes(base64.b64decode(self.written_kubeconfig()["clusters"][0]["cluster"]["certificate-authority-data"]))
        for name in ("an answer with a length", "a chunked answer", "an answer without a length"):
            for end, whole in ((end_by_fin, False), (end_by_reset, False), (half_close, name == "an answer without a length")):
                with self.subTest(name, end=end.__name__), subprocess.Popen(
                        ["curl", "--silent", "--http1.1", "--no-buffer", "--cacert", authority, f"https://{self.host}/x"],
                        stdout=subprocess.PIPE) as curl:
                    server = self.upstream.accept()
                    receive_head(server)
                    server.sendall(ANSWERS[name][0])
                    self.assertEqual(curl.stdout.read(4), b"part")
                    end(server)
                    self.assertEqual(curl.wait(libwebhook.TIMEOUT) == 0, whole)


if __name__ == "__main__":
    unittest.main()
