#!/usr/bin/env python3
"""Weakens the shipped algorithm in one place at a time, and shows that the simulation notices.

    mutations.py [--build DIR] [--seconds N] [NAME...]

Each mutation is a replacement in one source of webhook/counting. The changed source is compiled and linked before the
library of a finished build (`simulate_counting` must be built there), and the simulation runs for N seconds. Exit 1 if
one is not noticed, or if the source it changes has changed.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# name, source, what stands there, what stands there instead
MUTATIONS = [
    ("the ledger is not read again before a denial", "engine_ledger.cpp",
     "if (reached(round)) finish(round);", "finish(round);"),
    ("a denial is not confirmed", "engine_decide.cpp",
     "if (confirmed == nullptr) {\n      certain = false;\n      continue;\n    }",
     "static const Confirmed now{Book::kAllReadings, Book::kAllReadings, true, true};\n"
     "    if (confirmed == nullptr) confirmed = &now;"),
    ("a denial counts what its own batch has not committed", "engine_decide.cpp",
     "} else if (fitted[i] || !deny_or_confirm(pending)) {", "} else if (!deny_or_confirm(pending)) {"),
    ("a denial counts entries that came after the confirmation began", "engine_rounds.cpp",
     "round.read = readings_;", "round.read = Book::kAllReadings - 1;"),
    ("what raises no charge is free on any view", "engine_decide.cpp",
     "if (confirmed == nullptr) return true;", "if (confirmed == nullptr) return false;"),
    ("minView is not looked at", "engine_decide.cpp",
     "return view_.revision(watch) < min_view(watch);", "return view_.revision(watch) + 1 == 0;"),
    ("minView is not raised by what is dropped", "engine_ledger.cpp",
     "view = std::max(view, *item.decided);", "view = std::max<std::uint64_t>(view, 0);"),
    ("a name's charge is a sum", "book_charges.cpp",
     "known->tally.bytes = std::max(known->tally.bytes, item.entry.bytes);",
     "known->tally.bytes += item.entry.bytes;"),
    ("a CREATE is decided by its name alone", "view.cpp",
     "const bool same = known && known->stored.uid == entry.key.uid;",
     "const bool same = known && (entry.key.before == 0 || known->stored.uid == entry.key.uid);"),
    ("an UPDATE is decided by any sight of its uid", "view.cpp",
     "return known->stored.revision > before ? std::optional(known->stored.revision) : std::nullopt;",
     "return known->stored.revision;"),
    ("an UPDATE of what is not seen is over, however old the view", "view.cpp",
     "if (states_[watch].revision >= before) return 0;", "return 0;"),
    ("an entry ends by time alone", "engine.cpp",
     "const bool stored = state->uid == read.key.uid;", "const bool stored = false;"),
    ("an entry ends before its time", "engine.cpp",
     "for_each_seen_by(now - options_.settle,", "for_each_seen_by(now - options_.settle / 8,"),
    ("an entry never ends by time", "engine.cpp",
     "for_each_seen_by(now - options_.settle,", "for_each_seen_by(now - 1000 * options_.settle,"),
    ("calls of one write share an entry", "engine.cpp",
     "return {claims.uid, claims.before, ++last_call_};", "return {claims.uid, 0, 0};"),
    ("a ledger that was lost does not cool", "engine_ledger.cpp",
     "ledger.cooling = true;", "ledger.cooling = false;"),
    ("the end of cooling serves a ledger that was lost meanwhile", "engine_rounds.cpp",
     "!ledger_->cooling || ledger_->id != round.ledger_id", "!ledger_->cooling"),
    ("an old event saves what a list no longer shows", "inventory.cpp",
     "if (listed) found.bytes_and_mark |= kMark;", "found.bytes_and_mark |= kMark;"),
    ("a ledger cools for too short a time", "engine_rounds.cpp",
     "now - cooling_since_ < options_.settle", "now - cooling_since_ < Time(0)"),
    ("a write of the ledger that may have failed counts as done", "engine_ledger.cpp",
     "if (version.empty()) {\n    give_back_swapped();",
     "if (version.empty()) {\n    for (auto& p : swapping_) {\n      if (p.ticket != 0) answer(p, Answer::allowed, "
     "Unknown::no, {});\n    }\n    swapping_.clear();\n    give_back_swapped();"),
    ("what is listed again is forgotten at once", "view.cpp",
     "inventory_.unmark(listing.namespace_name ? Inventory::Mark::part : Inventory::Mark::whole, extent(listing));",
     "inventory_.unmark(Inventory::Mark::part, extent(listing));\n"
     "  inventory_.sweep(Inventory::Mark::part, extent(listing), kAnyRevision, [](const StoredSecret&) {});"),
    ("events that a confirming list has overtaken count", "view.cpp",
     "floor.watch == watch && revision <= floor.revision &&", "floor.watch == watch && revision == 0 &&"),
    ("a page may show again what was deleted", "view.cpp",
     "if (!current(list) || gone_.contains(stored.uid)) return false;", "if (!current(list)) return false;"),
    ("local mode does not cool after a restart", "engine.cpp",
     "return cooling_;", "return false;"),
]


def command_of(build, source):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"].endswith("webhook/counting/" + source):
            return entry
    sys.exit(f"{build} does not compile {source}")


def run(build, seconds, name, source, old, new, scratch):
    path = ROOT / "webhook" / "counting" / source
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        return f"the text to change is there {text.count(old)} times", False
    changed = scratch / source
    changed.write_text(text.replace(old, new), encoding="utf-8")
    entry = command_of(build, source)
    words = entry["command"].split()
    words[words.index("-o") + 1] = str(scratch / "changed.o")
    words[words.index("-c") + 1] = str(changed)
    compiled = subprocess.run([*words, "-Wno-error"], cwd=entry["directory"], capture_output=True, text=True, check=False)
    if compiled.returncode != 0:
        return "does not compile: " + compiled.stderr[-400:], False
    link = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", "tests/simulate_counting"], capture_output=True, text=True,
                          check=True).stdout.strip().splitlines()[-1]
    link = link.replace("-o tests/simulate_counting", f"-o {scratch}/simulate", 1)
    link = link.replace("libhygiene_counting.a", f"{scratch}/changed.o libhygiene_counting.a", 1)
    subprocess.run(link, cwd=build, shell=True, check=True, capture_output=True)
    done = subprocess.run([scratch / "simulate", str(seconds), "0"], capture_output=True, text=True, check=False)
    seen = "; ".join(done.stdout.splitlines()[1:])
    return seen or f"not noticed: {done.stdout.strip()}{done.stderr.strip()}", done.returncode != 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("name", nargs="*", help="only mutations whose name holds this")
    options = parser.parse_args()
    failed = 0
    whole = subprocess.run([options.build / "tests" / "simulate_counting", str(options.seconds), "0"], capture_output=True,
                           text=True, check=False)
    if whole.returncode != 0:
        sys.exit("fails without a mutation: " + whole.stdout)
    with tempfile.TemporaryDirectory() as scratch:
        for name, source, old, new in MUTATIONS:
            if options.name and not any(wanted in name for wanted in options.name):
                continue
            seen, noticed = run(options.build.resolve(), options.seconds, name, source, old, new, pathlib.Path(scratch))
            failed += not noticed
            print(f"{'noticed' if noticed else 'MISSED '}  {name}: {seen}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
