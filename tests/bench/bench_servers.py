"""The servers that the benchmark compares, as context managers."""
import collections
import glob
import os
import re
import subprocess
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
CERTIFICATES = os.path.join(ROOT, "build", "dev-certs")


class Server:
    def __init__(self, name, command, core, ready):
        self.name = name
        self.process = subprocess.Popen(["taskset", "-c", core] + command, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.port = None
        self.ready_line = ""
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            found = re.search(ready, line)
            if found:
                self.port = int(found.group(1))
                self.ready_line = line
                break
        if self.port is None:
            raise RuntimeError(f"{name} did not start:\n{''.join(seen)}")
        # A server that waits for its log to be read is not what is measured.
        self.log = threading.Thread(target=lambda: collections.deque(self.process.stdout, maxlen=0), daemon=True)
        self.log.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.join()
        self.process.stdout.close()

    def cpu_seconds(self):
        """Of all its threads, to the nanosecond: a tick of 10 ms is a percent of a second's run."""
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path, encoding="ascii") as stat:
                total += int(stat.read().split()[0])
        return total / 1e9

    def _status_mib(self, key):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"{key}:\s+(\d+) kB", status.read()).group(1)) / 1024

    def resident_peak_mib(self):
        return self._status_mib("VmHWM")

    def resident_mib(self):
        return self._status_mib("VmRSS")


def null(threads, core="0"):
    """The smallest honest Beast and OpenSSL server."""
    command = [os.path.join(BUILD, "tests/bench/null_server"), "0", str(threads), f"{CERTIFICATES}/tls.crt",
               f"{CERTIFICATES}/tls.key"]
    return Server("null", command, core, r":(\d+)")


def _serve(program, threads, policies=os.path.join(ROOT, "policies/default")):
    return [program, "serve", "--policies", policies, "--tls-dir", CERTIFICATES, "--listen",
            "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--status-listen", "127.0.0.1:0", "--threads", str(threads), "--shutdown-delay", "0s"]


def direct(threads, core="0", **policies):
    """The webhook as it ships: OpenSSL directly on the socket."""
    return Server("direct", _serve(os.path.join(BUILD, "secret-hygiene"), threads, **policies), core, r'"listen":"127.0.0.1:(\d+)"')


def unrecorded(threads, core="0"):
    """The same with a recorder that does nothing."""
    return Server("unrecorded", _serve(os.path.join(BUILD, "tests/bench/unrecorded_webhook"), threads), core, r'"listen":"127.0.0.1:(\d+)"')


def asio(threads, core="0"):
    """The same webhook on asio::ssl."""
    command = [os.path.join(BUILD, "tests/bench/asio_webhook"), os.path.join(ROOT, "policies/default"), CERTIFICATES,
               str(threads)]
    return Server("asio", command, core, r":(\d+)")
