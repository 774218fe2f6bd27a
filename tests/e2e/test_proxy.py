"""`secret-hygiene proxy` before a server whose every byte the test writes: what passes, what does not, and how connections end."""

import socket
import stat
import unittest

import libupstream
import libwebhook
from libupstream import receive, receive_head

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LIST = "/api/v1/secrets?labelSelector=%21secret-hygiene.io%2Fignore&fieldSelector=type%21%3Dhelm.sh%2Frelease.v1"


class Requests(libupstream.ProxyTest):
    def test_heads_pass_as_they_are_but_for_the_target_and_the_host(self):
        self.start_proxy()
        client = self.client()
        more = "aUTHORIZATION: Bearer mine\r\nX-Odd:  a  b \r\nAccept: application/vnd.kubernetes.protobuf\r\n"
        server, head = self.exchange(client, self.request(target="/api/v1/secrets?", more=more), OK)
        self.assertEqual(head.decode(), f"GET {LIST} HTTP/1.1\r\nHost: localhost:{self.upstream.port}\r\n{more}\r\n")
        client.sendall(self.request("DELETE", "/api/v1/namespaces/a/secrets?limit=1"))
        self.assertTrue(receive_head(server).startswith(b"DELETE /api/v1/namespaces/a/secrets?limit=1 HTTP/1.1\r\n"))
        server.sendall(OK)
        self.assertEqual(receive(client, len(OK)), OK)
        series = self.metrics()
        self.assertEqual(series['secret_hygiene_proxy_requests_total{passage="rewritten"}'], 1)
        self.assertEqual(series['secret_hygiene_proxy_requests_total{passage="untouched"}'], 1)
        self.assertEqual(series['secret_hygiene_proxy_bytes_total{direction="to_client"}'], 2 * len(OK))

    def test_pipelined_requests_with_bodies_pass_in_order(self):
        self.start_proxy()
        client = self.client()
        chunked = b"5;a=b\r\nhello\r\n0\r\nT: v\r\n\r\n"
        client.sendall(self.request("POST", "/a", "Content-Length: 3\r\n") + b"abc" +
                       self.request("PUT", "/b", "Transfer-Encoding: chunked\r\n") + chunked +
                       self.request("GET", "/api/v1/secrets"))
        server = self.upstream.accept()
        self.assertTrue(receive_head(server).startswith(b"POST /a "))
        self.assertEqual(receive(server, 3), b"abc")
        self.assertTrue(receive_head(server).startswith(b"PUT /b "))
        self.assertEqual(receive(server, len(chunked)), chunked)
        self.assertTrue(receive_head(server).startswith(f"GET {LIST} ".encode()))
        server.sendall(OK * 3)
        self.assertEqual(receive(client, 3 * len(OK)), OK * 3)

    def test_a_head_that_comes_byte_by_byte_passes(self):
        self.start_proxy()
        client = self.client()
        for byte in self.request("GET", "/api/v1/secrets"):
            client.sendall(bytes([byte]))
        self.assertTrue(receive_head(self.upstream.accept()).startswith(f"GET {LIST} ".encode()))

    def test_a_client_may_wait_for_100_continue(self):
        self.start_proxy()
        client = self.client()
        server, _ = self.exchange(client, self.request("POST", "/a", "Content-Length: 3\r\nExpect: 100-continue\r\n"),
                                  b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b"abc")
        self.assertEqual(receive(server, 3), b"abc")
        server.sendall(OK)
        self.assertEqual(receive(client, len(OK)), OK)

    def test_what_could_be_read_in_two_ways_is_refused_and_does_not_reach_the_api_server(self):
        self.start_proxy()
        cases = {
            "both lengths": self.request("POST", "/a", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
            "bare line feed": self.request().replace(b"\r\n", b"\n"),
            "folded": self.request(more="A: b\r\n c\r\n"),
            "absolute": self.request(target="https://other/api/v1/secrets"),
            "two hosts": self.request(more="Host: other\r\n"),
        }
        for name, request in cases.items():
            with self.subTest(name):
                status, document = self.refused(request)
                self.assertEqual((status, document["kind"], document["code"]), (400, "Status", 400))
        self.assertTrue(self.upstream.nobody_came())
        self.assertEqual(self.refused(self.request(more=f"A: {'a' * 66_000}\r\n"))[0], 431)

    def test_a_malformed_chunk_ends_both_connections(self):
        self.start_proxy()
        client = self.client()
        client.sendall(self.request("POST", "/a", "Transfer-Encoding: chunked\r\n") + b"5\nhello\r\n0\r\n\r\n")
        server = self.upstream.accept()
        receive_head(server)
        self.assertEqual(libwebhook.receive_all(server), b"")
        self.assertEqual(libwebhook.receive_all(client), b"")

    def test_a_refusal_comes_after_the_answers_to_what_came_before(self):
        self.start_proxy()
        client = self.client()
        client.sendall(self.request() + b"nonsense\r\n\r\n")
        server = self.upstream.accept()
        receive_head(server)
        server.sendall(OK)
        self.assertEqual(receive(client, len(OK)), OK)
        self.assertTrue(libwebhook.receive_all(client).startswith(b"HTTP/1.1 400 "))

    def test_another_host_is_refused(self):
        self.start_proxy()
        for host in ("evil.example.com", f"evil.example.com:{self.port}", "127.0.0.1", f"127.0.0.1:{self.port + 1}"):
            with self.subTest(host):
                self.assertEqual(self.refused(self.request(host=host))[0], 421)
        self.exchange(self.client(), self.request(host=f"LOCALHOST:{self.port}"), OK)


class Streams(libupstream.ProxyTest):
    def test_every_part_of_an_answer_passes_when_it_comes(self):
        self.start_proxy()
        client = self.client()
        server, _ = self.exchange(client, self.request(target="/api/v1/secrets?watch=1"),
                                  b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.assertEqual(self.metrics()["secret_hygiene_proxy_watches"], 1)
        for event in (b"5\r\nhello\r\n", b"1\r\nx\r\n"):
            server.sendall(event)
            self.assertEqual(receive(client, len(event)), event)
        server.sendall(b"0\r\n\r\n")
        self.assertEqual(receive(client, 5), b"0\r\n\r\n")
        libwebhook.wait_until(lambda: self.metrics()["secret_hygiene_proxy_watches"] == 0, "no watch is open")

    def test_an_upgraded_connection_passes_anything_both_ways_and_half_closes(self):
        self.start_proxy()
        client = self.client()
        switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"
        server, _ = self.exchange(client, self.request("POST", "/exec", "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"), switched)
        for data in (b"\x80\x03\x00\x01", b"GET /api/v1/secrets HTTP/1.1\r\n\r\n", bytes(200_000)):
            client.sendall(data)
            self.assertEqual(receive(server, len(data)), data)
            server.sendall(data)
            self.assertEqual(receive(client, len(data)), data)

    def test_a_list_that_is_read_as_a_watch_gets_the_selectors(self):
        self.start_proxy()
        client = self.client()
        client.sendall(self.request(target="/api/v1/secrets?allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&"
                                           "sendInitialEvents=true&timeoutSeconds=470&watch=true"))
        head = receive_head(self.upstream.accept()).decode()
        self.assertTrue(head.startswith(f"GET {LIST}&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&"
                                        "sendInitialEvents=true&timeoutSeconds=470&watch=true HTTP/1.1"), head)

    def test_a_declined_upgrade_leaves_http(self):
        self.start_proxy()
        client = self.client()
        server, _ = self.exchange(client, self.request("POST", "/exec", "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"), OK)
        client.sendall(self.request(target="/api/v1/secrets"))
        self.assertTrue(receive_head(server).startswith(f"GET {LIST} ".encode()))

    def test_a_client_that_goes_away_ends_its_upstream_request(self):
        self.start_proxy()
        client = self.client()
        server, _ = self.exchange(client, self.request(target="/api/v1/secrets?watch=1"),
                                  b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.close()
        self.assertEqual(libwebhook.receive_all(server), b"")
        server.close()
        libwebhook.wait_until(lambda: self.metrics()["secret_hygiene_proxy_watches"] == 0, "no watch is open")

    def test_an_answer_that_breaks_off_does_not_look_whole(self):
        self.start_proxy()
        client = self.client()
        server, _ = self.exchange(client, self.request(), b"HTTP/1.1 200 OK\r\n\r\nno length")
        # A reset, and no word of TLS.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        server.close()
        with self.assertRaises(OSError):
            if not client.recv(1):
                raise AssertionError("an orderly end")

    def test_an_answer_that_ends_with_its_connection_passes_whole(self):
        self.start_proxy()
        client = self.client()
        server, _ = self.exchange(client, self.request(), b"HTTP/1.1 200 OK\r\n\r\nno length")
        server.unwrap().close()
        self.assertEqual(client.recv(1), b"")

    def test_the_drain_ends_idle_connections_and_cuts_watches(self):
        process = self.start_proxy()
        idle, watching = self.client(), self.client()
        self.exchange(idle, self.request(), OK)
        server, _ = self.exchange(watching, self.request(target="/api/v1/secrets?watch=1"),
                                  b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.assertEqual(process.stop(libwebhook.TIMEOUT), 0)
        for connection in (idle, watching, server):
            self.assertEqual(libwebhook.receive_all(connection), b"")


class Identity(libupstream.ProxyTest):
    def test_the_kubeconfig_is_there_before_it_is_ready_and_holds_no_secret(self):
        self.start_proxy("--token-file", "/run/token")
        file = self.directory / "kubeconfig"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o644)
        document = self.written_kubeconfig()
        self.assertEqual(document["clusters"][0]["cluster"]["server"], f"https://127.0.0.1:{self.port}")
        self.assertEqual(document["users"][0]["user"], {"tokenFile": "/run/token"})
        self.assertEqual(document["contexts"][0]["context"]["namespace"], "ours")
        self.assertNotIn("upstream-token", file.read_text(encoding="utf-8"))
        self.assertEqual(self.get_plain("/readyz").status, 200)
        self.assertEqual(self.get_plain("/livez").status, 200)

    def test_the_certificate_outlives_a_restart(self):
        kept = self.directory / "kept"
        kept.mkdir()
        authorities = []
        for _ in range(2):
            process = self.start_proxy("--tls-dir", kept)
            authorities.append(self.written_kubeconfig()["clusters"][0]["cluster"]["certificate-authority-data"])
            self.exchange(self.client(), self.request(), OK)
            process.stop(libwebhook.TIMEOUT)
        self.assertEqual(*authorities)
        self.assertEqual(stat.S_IMODE((kept / "tls.key").stat().st_mode), 0o600)

    def test_no_token_of_ours_is_given_to_a_client_without_one(self):
        self.start_proxy()
        _, head = self.exchange(self.client(), self.request(), OK)
        self.assertNotIn(b"uthorization", head)

    def test_on_a_unix_socket_our_token_is_given_to_requests_without_one(self):
        path = self.directory / "socket"
        self.start_proxy("--listen", f"unix:{path}", "--inject-token")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(libwebhook.TIMEOUT)
            client.connect(str(path))
            server, head = self.exchange(client, self.request(host="anything"), OK)
            self.assertIn(b"\r\nAuthorization: Bearer upstream-token\r\n", head)
            client.sendall(self.request(host="anything", more="Authorization: Bearer mine\r\n"))
            head = receive_head(server)
            self.assertIn(b"\r\nAuthorization: Bearer mine\r\n", head)
            self.assertNotIn(b"upstream-token", head)

    def test_a_unix_socket_that_was_left_behind_is_replaced_and_one_that_answers_is_not(self):
        path = self.directory / "socket"
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(path))
        self.start_proxy("--listen", f"unix:{path}")
        second = libupstream.WebhookProcess(
            libwebhook.binary(), ["--kubeconfig", self.upstream.kubeconfig(self.directory / "k"), "--listen", f"unix:{path}",
                                  "--metrics-listen", "127.0.0.1:0"], command="proxy")
        self.assertEqual(second.wait(libwebhook.TIMEOUT), 2)
        self.assertIn(f"cannot listen on {path}: Address already in use", "\n".join(second.lines))
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(libwebhook.TIMEOUT)
            client.connect(str(path))
            self.exchange(client, self.request(host="anything"), OK)

    def test_plain_http_warns(self):
        process = self.start_proxy("--insecure-http")
        self.assertTrue(any("no token" in line for line in process.lines) or
                        process.wait_for_event(lambda event: "no token" in event["message"], libwebhook.TIMEOUT))
        self.assertTrue(self.server.startswith("http://"))

    def test_what_would_open_the_api_to_others_is_refused(self):
        for arguments, part in ((("--listen", "0.0.0.0:0"), "the one address"),
                                (("--listen", "10.0.0.1:0"), "--client-ca"),
                                (("--inject-token",), "unix:PATH"),
                                (("--insecure-http", "--client-ca", "x"), "--insecure-http"),
                                (("--listen", "unix:/x", "--write-kubeconfig", "x"), "--write-kubeconfig"),
                                (("--client-name", "x"), "--client-ca")):
            with self.subTest(arguments):
                process = libupstream.WebhookProcess(
                    libwebhook.binary(), ["--kubeconfig", self.upstream.kubeconfig(self.directory / "k"), *arguments],
                    command="proxy")
                self.assertEqual(process.wait(libwebhook.TIMEOUT), 2)
                self.assertIn(part, "\n".join(process.lines))

    def test_the_api_server_is_asked_at_the_start_whether_it_takes_the_selectors(self):
        self.start_proxy("--selector", "a in (b)", "--field-selector", "type!=c")
        self.assertIn(b"labelSelector=a%20in%20%28b%29&fieldSelector=type%21%3Dc", self.selector_check)
        self.assertIn(b"limit=1", self.selector_check)

    def test_an_api_server_that_is_away_or_not_trusted_is_a_502_that_says_so(self):
        self.start_proxy()
        port = self.upstream.port
        self.upstream.close()
        self.upstream = None
        status, document = self.refused(self.request())
        self.assertEqual((status, document["reason"]), (502, "ServiceUnavailable"))
        self.assertIn(f"cannot reach https://localhost:{port}", document["message"])
        self.assertEqual(self.metrics()["secret_hygiene_proxy_upstream_failures_total"], 1)


if __name__ == "__main__":
    unittest.main()
