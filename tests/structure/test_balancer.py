"""The balancer of the tests ends connections as a Service does: each side for itself."""

import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from balancer import HOST, Balancer  # noqa: E402

PATIENCE = 30
REST = b"x" * 100_000


def receive_all(end):
    parts = []
    while part := end.recv(65536):
        parts.append(part)
    return b"".join(parts)


class HalfClosed(unittest.TestCase):
    def test_a_peer_that_was_answered_early_may_go_on_sending(self):
        received = []

        def answer_early(server):
            end, _ = server.accept()
            with end:
                end.settimeout(PATIENCE)
                end.sendall(b"no")
                end.shutdown(socket.SHUT_WR)
                received.append(receive_all(end))

        with socket.create_server((HOST, 0)) as server:
            server.settimeout(PATIENCE)
            backend = threading.Thread(target=answer_early, args=[server])
            backend.start()
            balancer = Balancer([server.getsockname()[1]])
            balancer.start()
            self.addCleanup(balancer.stop)
            with socket.create_connection((HOST, balancer.port), PATIENCE) as client:
                self.assertEqual(receive_all(client), b"no")
                client.sendall(REST)
                client.shutdown(socket.SHUT_WR)
                backend.join(PATIENCE)
        self.assertEqual(received, [REST])


if __name__ == "__main__":
    unittest.main()
