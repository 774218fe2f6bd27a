"""Invariants of `./dev soak`: each a function that returns what it found wrong, as sentences."""

import re
import statistics
import time

import plain_api
from ledger import NAMESPACE_LEDGERS
from soak_writers import LIMIT, NAMESPACES

# After a fault a client may still be told of it: a request's deadline, and a minute for files that are read again.
GRACE_SECONDS = 65
# A replica keeps a connection for each ledger, which come and go; a leak grows by each of some fifteen faults a minute.
DESCRIPTORS_MORE = 1 + NAMESPACE_LEDGERS
# client-go waits up to 30 s, and a random part more, before it lists again behind an API server that was away.
INFORMER_SECONDS = 120
# A sentence about a connection names the address that it led to; one about an answer does not, or says what came.
API_GONE = r"no connection to the API server|(reach|to|with) https://|https://\S+ did not answer in time"
# One that ends says so (5xx). A starting one refuses until it has read its roles and tokens (403, 401) and filled its watch cache (429), which begins
# anew: what is older has expired.
API_RESTARTS = (rf"{API_GONE}|the API server answered (429|5\d\d)\b|refuses these credentials|is forbidden: User"
                "|a watch of Secrets ended.*too old resource version")
# {fault: what an error line may say in its time}
EXPLAINED = {"cut_connections": API_GONE, "restart_api_server": API_RESTARTS,
             "rotate_api_server_certificates": f"{API_RESTARTS}|the certificate of https://"}
# The writers are denied more often than one policy may log.
OF_THE_LOAD = "log lines were left out: too many of one policy"


def writes(writers, cluster):
    """No write is lost, and none was answered wrongly."""
    wrong, expected, found = list(writers.wrong), writers.all_stored(), {}
    with plain_api.Api(cluster) as api:
        for namespace in NAMESPACES:
            for item in api.get(plain_api.secrets_path(namespace)).document["items"]:
                found[namespace, item["metadata"]["name"]] = item["data"]
    wrong += [f"{'/'.join(key)} is lost" for key in expected.keys() - found.keys()]
    wrong += [f"{'/'.join(key)} is stored, and should not be" for key in found.keys() - expected.keys()]
    wrong += [f"{'/'.join(key)} has another value than was written last"
              for key in expected.keys() & found.keys() if expected[key] != found[key]]
    return wrong


def limits(census):
    """`census`: {namespace: the most that was stored at once}."""
    return [f"{namespace} held {most}, and the limit is {LIMIT}" for namespace, most in census.items() if most > LIMIT]


def quarters(samples):
    """The second quarter and the last."""
    quarter = max(1, len(samples) // 4)
    return samples[quarter:2 * quarter], samples[-quarter:]


def growth(samples):
    """(before, after, part) of resident memory: medians of the second quarter and of the last."""
    before, after = (statistics.median(sample.resident for sample in part) for part in quarters(samples))
    return before, after, after / before - 1


def memory(samples, bound):
    before, after, part = growth(samples)
    return [f"memory went from {before / 2**20:.1f} to {after / 2**20:.1f} MiB, by {part:+.1%}"] if part > bound else []


def descriptors(samples):
    """The least of a quarter: connections come and go."""
    before, after = (min(sample.descriptors for sample in part) for part in quarters(samples))
    return [f"{before} descriptors became {after}"] if after > before + DESCRIPTORS_MORE else []


def threads(samples):
    before, after = (min(sample.threads for sample in part) for part in quarters(samples))
    return [f"{before} threads became {after}"] if after > before else []


def explained(event, injected):
    return any(began <= event.at <= ended + GRACE_SECONDS and re.search(EXPLAINED.get(name, "(?!)"), event.text)
               for name, began, ended in injected)


def errors(events, injected):
    """Every line at error or warning has a fault that was injected at that time."""
    return [f"not explained: {event.text}" for event in events
            if OF_THE_LOAD not in event.text and not explained(event, injected)]


def cached_by(log, namespaces):
    cached = set()
    for change, namespace, name in re.findall(r'"message": "(added|deleted)", "secret": "([^/"]+)/([^"]+)"', log):
        if namespace in namespaces:
            (cached.add if change == "added" else cached.discard)((namespace, name))
    return cached


def informer(log, stored, namespaces=NAMESPACES, seconds=INFORMER_SECONDS):
    """The cache behind the proxy comes to hold what is stored. `log` gives what the informer has printed so far."""
    deadline = time.monotonic() + seconds
    while (differs := cached_by(log(), namespaces) ^ stored) and time.monotonic() < deadline:
        time.sleep(1)
    return [f"the informer's cache and what is stored differ by {len(differs)} Secrets"] if differs else []
