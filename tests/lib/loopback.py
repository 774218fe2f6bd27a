"""What scripts and tests need of a server on this machine: a port for it, and what its scrape says."""

import socket

HOST = "127.0.0.1"


def free_ports(count):
    """Ports that were free together just now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def free_port():
    return free_ports(1)[0]


def series(exposition):
    """Every series of a scrape's text: {'name{label="value"}': number}."""
    lines = (line.rpartition(" ") for line in exposition.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}
