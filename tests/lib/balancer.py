"""What a Service of several pods does, on loopback: a TCP balancer in front of processes that share one certificate."""

import asyncio
import threading

HOST = "127.0.0.1"
CONNECTIONS_MAX = 512
PART = 64 * 1024


class Balancer:
    """Deals connections out in turn, past ports where nobody listens. `port` is the kernel's choice unless given.

    Thread-safety: start() and stop() on one thread; it runs on one of its own.
    """

    def __init__(self, backends, port=0):
        self.port = port
        self._backends = list(backends)
        self._turn = 0
        self._open = 0
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, HOST, self.port))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread.start()

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self):
        """Breaks every connection off, with a reset where bytes are left unread; from any thread."""
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in list(self._writers)])

    def _run(self):
        self._loop.run_forever()
        self._server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:  # of none, gather() would look for a loop of this thread
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _connect(self):
        """A connection to the next that takes one; None where none does."""
        for _ in self._backends:
            self._turn += 1
            try:
                return await asyncio.open_connection(HOST, self._backends[self._turn % len(self._backends)])
            except OSError:
                continue
        return None

    async def _serve(self, reader, writer):
        self._open += 1
        self._writers.add(writer)
        try:
            other = await self._connect() if self._open <= CONNECTIONS_MAX else None
            if other:
                try:
                    await asyncio.gather(copy(reader, other[1]), copy(other[0], writer))
                finally:
                    other[1].close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open -= 1
            self._writers.discard(writer)
            writer.close()


async def copy(reader, writer):
    """Until the end; then the other side is told of it, and may go on sending."""
    while part := await reader.read(PART):
        writer.write(part)
        await writer.drain()
    writer.write_eof()
