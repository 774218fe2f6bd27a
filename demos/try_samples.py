#!/usr/bin/env python3
"""Sends recorded AdmissionReviews to a running webhook, as an API server would, and prints what each got.

    demos/try_samples.py --url https://127.0.0.1:8443 --ca build/dev-certs/ca.crt [FILE...]
"""

import argparse
import base64
import collections
import http.client
import json
import os
import pathlib
import ssl
import sys
import textwrap
import urllib.parse

WIDTH = 100
COLOURS = {"denied": "31", "warned": "33", "labelled": "32", "failed": "1;31"}
SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "tests" / "samples"

# What one review got: `got` is words such as "labelled, warned", `notes` the reasons, one each.
Outcome = collections.namedtuple("Outcome", "sample operation secret got notes")


class BadAnswer(Exception):
    """The webhook's answer is not one that an API server would take."""


def send(connection, path, body, uid):
    """The `response` of the webhook's answer, held to what an API server demands of it."""
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise BadAnswer(f"{path}: HTTP {answer.status}")
    try:
        review = json.loads(text)
        response = review["response"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadAnswer(f"{path}: not an AdmissionReview") from error
    if review.get("kind") != "AdmissionReview" or review.get("apiVersion") != "admission.k8s.io/v1":
        raise BadAnswer(f"{path}: kind and apiVersion are not those of the review")
    if response.get("uid") != uid:
        raise BadAnswer(f"{path}: another uid than the review's")
    if not isinstance(response.get("allowed"), bool):
        raise BadAnswer(f"{path}: neither allowed nor denied")
    return response


def label_changes(response):
    """The labels that the patch of a mutating answer adds and removes, as `+key=value` and `-key`."""
    changes = []
    for operation in json.loads(base64.b64decode(response.get("patch", ""), validate=True) or "[]"):
        path = operation["path"]
        if path == "/metadata/labels" and operation["op"] != "remove":
            changes += [f"+{key}={value}" for key, value in operation["value"].items()]
        elif path.startswith("/metadata/labels/"):
            key = path.removeprefix("/metadata/labels/").replace("~1", "/").replace("~0", "~")
            changes.append(f"-{key}" if operation["op"] == "remove" else f"+{key}={operation['value']}")
    return changes


def oversized_review():
    """The recorded reviews are small. This one is made: create-opaque with 900 KiB under one more key."""
    review = json.loads((SAMPLES / "create-opaque.json").read_bytes())
    review["request"]["name"] = review["request"]["object"]["metadata"]["name"] = "oversized"
    review["request"]["object"]["data"]["backup.tgz"] = base64.b64encode(bytes(900 * 1024)).decode()
    return json.dumps(review).encode()


def judge(connection, name, body):
    """Sends one review to /mutate, then to /validate."""
    request = json.loads(body)["request"]
    metadata = (request.get("object") or request.get("oldObject") or {}).get("metadata", {})
    secret = request.get("name") or metadata.get("name") or metadata.get("generateName", "") + "*"
    outcome = Outcome(name, request["operation"], f"{request['namespace']}/{secret}", [], [])
    try:
        mutated = send(connection, "/mutate", body, request["uid"])
        validated = send(connection, "/validate", body, request["uid"])
        labels = label_changes(mutated)
    except (BadAnswer, OSError, http.client.HTTPException, ValueError, KeyError) as error:
        connection.close()
        return outcome._replace(got=["failed"], notes=[str(error) or type(error).__name__])
    refused = [response for response in (mutated, validated) if not response["allowed"]]
    warnings = list(dict.fromkeys(mutated.get("warnings", []) + validated.get("warnings", [])))
    got = ["denied"] if refused else ["allowed"]
    got += ["labelled"] * bool(labels) + ["warned"] * bool(warnings)
    notes = [response.get("status", {}).get("message", "no reason given") for response in refused]
    return outcome._replace(got=got, notes=labels + notes + warnings)


def shorten(text, width):
    return text if len(text) <= width else text[: width - 1] + "…"


def print_table(outcomes, out, colour):
    def paint(words):
        text = ", ".join(words)
        code = next((code for word, code in reversed(COLOURS.items()) if word in words), None)
        return f"\033[{code}m{text}\033[0m" if colour and code else text

    print(f"{'SAMPLE':31} {'OPERATION':9} {'SECRET':31} GOT", file=out)
    for outcome in outcomes:
        print(f"{shorten(outcome.sample, 31):31} {outcome.operation:9} {shorten(outcome.secret, 31):31} "
              f"{paint(outcome.got)}", file=out)
        for note in outcome.notes:
            print(textwrap.fill(note, WIDTH, initial_indent="    ", subsequent_indent="      "), file=out)
    counts = collections.Counter(word for outcome in outcomes for word in outcome.got)
    words = ", ".join(f"{counts[word]} {word}" for word in ("allowed", "denied", "labelled", "warned", "failed")
                      if counts[word] or word != "failed")
    print(f"\n{len(outcomes)} reviews: {words}", file=out)


def use_colour(out):
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def recorded(files):
    return {file.stem: file.read_bytes() for file in files}


def every_review():
    return {**recorded(sorted(SAMPLES.glob("*.json"))), "made: 900 KiB more": oversized_review()}


def try_reviews(url, ca_file, reviews, out=sys.stdout):
    """Prints the table for `reviews`, name to body; true if every answer was one that an API server would take."""
    address = urllib.parse.urlsplit(url)
    context = ssl.create_default_context(cafile=ca_file)
    connection = http.client.HTTPSConnection(address.hostname, address.port or 443, timeout=30, context=context)
    try:
        outcomes = [judge(connection, name, body) for name, body in reviews.items()]
    finally:
        connection.close()
    print_table(outcomes, out, use_colour(out))
    return bool(outcomes) and not any("failed" in outcome.got for outcome in outcomes)


def main():
    parser = argparse.ArgumentParser(description="Sends recorded AdmissionReviews to a running webhook.")
    parser.add_argument("--url", default="https://127.0.0.1:8443")
    parser.add_argument("--ca", default="build/dev-certs/ca.crt", help="certificate that signed the webhook's")
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="recorded reviews; without one, tests/samples and a large one")
    arguments = parser.parse_args()
    reviews = recorded(arguments.files) if arguments.files else every_review()
    sys.exit(0 if try_reviews(arguments.url, arguments.ca, reviews) else 1)


if __name__ == "__main__":
    main()
