#!/usr/bin/env python3
"""`./dev run`: starts the built webhook, shows what the recorded reviews get, and serves until Ctrl-C."""

import argparse
import os
import pathlib
import shlex
import signal
import socket
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lib"))
import try_samples  # noqa: E402
import webhook_process  # noqa: E402

HOST = "127.0.0.1"
START_TIMEOUT = 60


def port_or_free(wanted):
    """`wanted` if nothing listens there, else one that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise SystemExit("run: no free port")


def wait_until_ready(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            with opener.open(url, timeout=5):
                return
        except OSError as error:
            if time.monotonic() > deadline:
                said = error.read().decode() if isinstance(error, urllib.error.HTTPError) else ""
                raise SystemExit(f"run: not ready after {START_TIMEOUT} s: {url}: {error}\n{said}") from error
            time.sleep(0.05)


def print_addresses(webhook_url, metrics_url, status_url, certificates):
    proxied = any(os.environ.get(name) for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"))
    command = ["curl", *(["--noproxy", "*"] if proxied else []), "--cacert", str(certificates / "ca.crt"),
               "-H", "Content-Type: application/json",
               "--data-binary", f"@{try_samples.SAMPLES / 'create-helm3-v1.json'}", webhook_url + "/mutate"]
    print(f"\nwebhook  {webhook_url}/mutate and {webhook_url}/validate\nmetrics  {metrics_url}/metrics\npage     {status_url}/\n"
          f"by hand  {shlex.join(command)}\n", flush=True)


def serve(arguments):
    port = arguments.port or port_or_free(8443)
    metrics_port = port_or_free(9090)
    status_port = port_or_free(9091)
    certificates = ROOT / "build" / "dev-certs"
    shown = []  # the log goes to the terminal once the table is out

    process = webhook_process.WebhookProcess(
        ROOT / "build" / "release" / "secret-hygiene",
        ["--policies", ROOT / "policies" / "default", "--tls-dir", certificates,
         "--listen", f"{HOST}:{port}", "--metrics-listen", f"{HOST}:{metrics_port}", "--status-listen", f"{HOST}:{status_port}", "--shutdown-delay", "0s"],
        on_line=lambda line: print(line, file=sys.stderr, flush=True) if shown else None)
    try:
        process.wait_for_event("serving", START_TIMEOUT)
        webhook_url, metrics_url = f"https://{HOST}:{port}", f"http://{HOST}:{metrics_port}"
        wait_until_ready(metrics_url + "/readyz")
        good = try_samples.try_reviews(webhook_url, certificates / "ca.crt", try_samples.every_review())
        print_addresses(webhook_url, metrics_url, f"http://{HOST}:{status_port}", certificates)
        if not arguments.once:
            print("serving until Ctrl-C; the webhook's log follows", flush=True)
            shown.append(True)
            status = process.wait(None)
            print(f"run: the webhook ended by itself with status {status}", file=sys.stderr)
            return 1
        return 0 if process.stop() == 0 and good else 1
    except (webhook_process.DidNotStart, TimeoutError) as error:
        print(f"run: the webhook did not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopping", file=sys.stderr)
        return process.stop()
    finally:
        process.stop()


def main():
    parser = argparse.ArgumentParser(prog="./dev run", description="Starts the webhook and shows what it does.")
    parser.add_argument("--once", action="store_true", help="end after the table; non-zero if a review failed")
    parser.add_argument("--port", type=int, help="the webhook's port; otherwise 8443, or a free one if it is taken")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
