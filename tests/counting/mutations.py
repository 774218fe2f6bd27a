#!/usr/bin/env python3
"""Weakens the shipped algorithm in one place at a time, and shows that the simulation notices.

    mutations.py [--build DIR] [NAME...]      run each mutation on the schedules that are known to notice it
    mutations.py --find SECONDS [NAME...]     look for such schedules
    mutations.py --check                      only see that each still applies; nothing is compiled

A mutation replaces one text of webhook/counting, in whichever source it stands and however it is broken into lines.
The changed source is compiled and linked before the library of a finished build, whose `simulate_counting` must be
there. The same schedules must pass without it. Exit 1 if a mutation is not noticed, is noticed as something else, or
no longer applies.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "webhook" / "counting"


@dataclasses.dataclass
class Mutation:
    name: str
    old: str
    new: str
    seed: int  # the first schedule
    count: int  # so many from there on
    noticed_as: str  # the invariant that breaks first


MUTATIONS = [
    # Confirmations
    Mutation("the ledger is not read again before a denial",
             "if (reached(round)) finish(round);", "finish(round);", 0, 2000, "FALSE"),
    Mutation("a denial is not confirmed",
             "if (confirmed == nullptr || !stopped_by(known, pending, claim)) continue;",
             "static const Confirmed now{Book::kAllReadings, Book::kAllReadings, true, true};"
             "if (confirmed == nullptr) confirmed = &now; if (!stopped_by(known, pending, claim)) continue;",
             0, 2000, "FALSE"),
    Mutation("a denial counts what its own batch has not committed",
             "} else if (fitted[i] || !deny_or_confirm(pending)) {", "} else if (!deny_or_confirm(pending)) {",
             0, 2000, "FALSE"),
    Mutation("a denial counts entries that came after the confirmation began",
             "round.read = readings_;", "round.read = Book::kAllReadings - 1;", 0, 2000, "FALSE"),
    Mutation("what raises no charge is free on any view",
             "if (confirmed == nullptr) return true;", "if (confirmed == nullptr) return false;", 0, 2000, "INV"),
    Mutation("a write that two limits stop waits until both are confirmed",
             "if (confirmed == nullptr || !stopped_by(known, pending, claim)) continue;",
             "if (!stopped_by(known, pending, claim)) continue; if (confirmed == nullptr) { broken = false; break; }",
             0, 2000, "VAGUE"),
    Mutation("a limit per cluster is confirmed in the namespace of the write",
             "claim.scope.kind == ScopeKind::cluster ? std::nullopt : std::optional(pending.claims.namespace_name)",
             "std::optional(pending.claims.namespace_name)", 0, 2000, "FALSE"),
    Mutation("limits of two namespaces are confirmed by a list of one",
             "one_namespace ? in : std::nullopt", "in", 0, 2000, "FALSE"),
    # Views
    Mutation("minView is not looked at",
             "return view_.revision(watch) < min_view(watch);", "return view_.revision(watch) + 1 == 0;",
             0, 2000, "INV"),
    Mutation("minView is not raised by what is dropped",
             "view = std::max(view, *item.decided);", "view = std::max<std::uint64_t>(view, 0);", 0, 2000, "INV"),
    Mutation("a ledger ahead of the API server is believed",
             "if (leg.revision < leg.min_view) ahead_ = true;", "", 0, 2000, "STUCK"),
    Mutation("an old event saves what a list no longer shows",
             "if (listed) found.bytes_and_mark |= kMark;", "found.bytes_and_mark |= kMark;", 0, 2000, "FALSE"),
    Mutation("what is listed again is forgotten at once",
             "inventory_.unmark(listing.namespace_name ? Inventory::Mark::part : Inventory::Mark::whole, extent(listing));",
             "inventory_.unmark(Inventory::Mark::part, extent(listing));"
             "inventory_.sweep(Inventory::Mark::part, extent(listing), kAnyRevision, [](const StoredSecret&) {});",
             0, 2000, "INV"),
    Mutation("a list that broke off counts as whole",
             "view_.abandon_list(list); proceed(now);",
             "view_.end_list(list, 1'000'000, now, [this](const StoredSecret& s) { changed(s.subject); }); proceed(now);",
             0, 2000, "INV"),
    Mutation("events that a confirming list has overtaken count",
             "floor.watch == watch && revision <= floor.revision &&", "floor.watch == watch && revision == 0 &&",
             0, 2000, "FALSE"),
    Mutation("a page may show again what was deleted",
             "if (!current(list) || gone_.contains(stored.uid)) return false;", "if (!current(list)) return false;",
             0, 2000, "FALSE"),
    # Charges
    Mutation("a name's charge is a sum",
             "known->tally.bytes = std::max(known->tally.bytes, item.entry.bytes);",
             "known->tally.bytes += item.entry.bytes;", 0, 2000, "FALSE"),
    Mutation("a release is counted across namespaces",
             "keyed_hash(key_, number, subject.namespace_name, revision ?", "keyed_hash(key_, number, {}, revision ?",
             0, 2000, "FALSE"),
    Mutation("a Secret whose size is not known weighs nothing",
             "view_.inventory().tally(claim.scope.id).unmeasured != 0",
             "view_.inventory().tally(claim.scope.id).unmeasured > 99", 0, 2000, "INV"),
    Mutation("a size counts for whoever has the name",
             "return known && known->stored.uid == stored.uid && inventory_.put(known->subject, stored);",
             "return known && inventory_.put(subject, stored);", 0, 2000, "STUCK"),
    Mutation("growth by twice of what is allowed is spared",
             "claims.bytes - request.stored->data_bytes <= policy.allow_growth",
             "claims.bytes - request.stored->data_bytes <= 2 * policy.allow_growth", 0, 2000, "INV"),
    # Entries
    Mutation("a CREATE is decided by its name alone",
             "const bool same = known && known->stored.uid == entry.key.uid;",
             "const bool same = known && (entry.key.before == 0 || known->stored.uid == entry.key.uid);",
             0, 2000, "INV"),
    Mutation("an UPDATE is decided by any sight of its uid",
             "return known->stored.revision > before ? std::optional(known->stored.revision) : std::nullopt;",
             "return known->stored.revision;", 0, 2000, "INV"),
    Mutation("an UPDATE of what is not seen is over, however old the view",
             "if (states_[watch].revision >= before) return 0;", "return 0;", 0, 2000, "INV"),
    Mutation("an entry ends by time alone",
             "const bool stored = state->uid == read.key.uid;", "const bool stored = false;", 0, 2000, "INV"),
    Mutation("an entry ends before its time",
             "for_each_seen_by(now - options_.settle,", "for_each_seen_by(now - options_.settle / 8,", 0, 2000, "INV"),
    Mutation("an entry never ends by time",
             "for_each_seen_by(now - options_.settle,", "for_each_seen_by(now - 1000 * options_.settle,",
             0, 2000, "LEAK"),
    Mutation("calls of one write share an entry",
             "return {claims.uid, claims.before, ++last_call_};", "return {claims.uid, 0, 0};",
             0, 2000, "INV"),
    Mutation("what is never denied leaves no entry",
             "if (!pending.claims.reserves) {",
             "if (!pending.claims.reserves || !pending.claims.may_be_denied()) {", 0, 2000, "INV"),
    Mutation("what is never denied leaves no entry while nothing is known",
             "if (!ask && claims.reserves && !(options_.strict && cooling())) return false;", "", 0, 2000, "INV"),
    Mutation("a dry run leaves an entry",
             "claims.reserves = claims.reserves && known && !dry_run;",
             "claims.reserves = claims.reserves && known;", 0, 2000, "FALSE"),
    Mutation("a uid that is gone is forgotten before its entry is",
             "view_.forget_gone_before(now - 2 * options_.settle);",
             "view_.forget_gone_before(now - options_.settle / 4);", 0, 2000, "FALSE"),
    # What is lost
    Mutation("a ledger that was lost does not cool",
             "ledger.cooling = true;", "ledger.cooling = false;", 0, 2000, "INV"),
    Mutation("a ledger cools for too short a time",
             "now - cooling_since_ < options_.settle", "now - cooling_since_ < Time(0)", 0, 2000, "INV"),
    Mutation("the end of cooling serves a ledger that was lost meanwhile",
             "!ledger_->cooling || ledger_->id != round.ledger_id", "!ledger_->cooling", 0, 2000, "INV"),
    Mutation("a write of the ledger that may have failed counts as done",
             "if (version.empty()) { give_back_swapped();",
             "if (version.empty()) { for (auto& p : swapping_) { if (p.ticket != 0) "
             "answer(p, Answer::allowed, Unknown::no, {}); } swapping_.clear(); give_back_swapped();",
             0, 2000, "INV"),
    Mutation("local mode does not cool after a restart", "return cooling_;", "return false;", 0, 2000, "INV"),
]


def pattern(text):
    """Matches `text` with any white space, or none, between its words and signs."""
    return re.compile(r"\s*".join(re.escape(word) for word in re.findall(r"\w+|[^\w\s]", text)))


def place_of(mutation):
    """The source that holds the text, and the changed source."""
    wanted = pattern(mutation.old)
    found = []
    for path in sorted(SOURCES.glob("*.cpp")):
        text = path.read_text(encoding="utf-8")
        found += [(path, text, match) for match in wanted.finditer(text)]
    if len(found) != 1:
        raise ValueError(f"the text to change is there {len(found)} times")
    path, text, match = found[0]
    return path, text[: match.start()] + mutation.new + text[match.end():]


def build_changed(build, mutation, scratch):
    """The simulation with the mutation in it."""
    path, text = place_of(mutation)
    changed = scratch / path.name
    changed.write_text(text, encoding="utf-8")
    commands = json.loads((build / "compile_commands.json").read_text())
    entry = next(entry for entry in commands if pathlib.Path(entry["file"]) == path)
    words = entry["command"].split()
    words[words.index("-o") + 1] = str(scratch / "changed.o")
    words[words.index("-c") + 1] = str(changed)
    compiled = subprocess.run([*words, "-Wno-error", "-w"], cwd=entry["directory"], capture_output=True, text=True,
                              check=False)
    if compiled.returncode != 0:
        raise ValueError("does not compile: " + compiled.stderr[-600:])
    link = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", "tests/simulate_counting"],
                          capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1]
    link = link.replace("-o tests/simulate_counting", f"-o {scratch}/simulate", 1)
    link = link.replace("libhygiene_counting.a", f"{scratch}/changed.o libhygiene_counting.a", 1)
    subprocess.run(link, cwd=build, shell=True, check=True, capture_output=True)
    return scratch / "simulate"


def simulate(program, *arguments):
    """What was violated, as `INV: 3, first at seed 7`; nothing where the schedules pass."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if done.returncode not in (0, 1) or not lines:
        return [f"it ends with status {done.returncode} {done.stderr.strip()}"]
    return lines[1:]


def try_one(build, mutation, seconds):
    """Whether it is noticed, and what is to be said of it."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            program = build_changed(build, mutation, pathlib.Path(scratch))
        except ValueError as error:
            return False, str(error)
        if seconds:
            seen = simulate(program, seconds, mutation.seed)
            return bool(seen), "; ".join(seen) or "not noticed"
        passes = simulate(build / "tests" / "simulate_counting", "--schedules", mutation.count, mutation.seed)
        if passes:
            return False, "fails without it: " + "; ".join(passes)
        seen = simulate(program, "--schedules", mutation.count, mutation.seed)
        expected = any(line.startswith(mutation.noticed_as + ":") for line in seen)
        return expected, "; ".join(seen) or "not noticed"


def check():
    failed = 0
    for mutation in MUTATIONS:
        try:
            place_of(mutation)
        except ValueError as error:
            failed += 1
            print(f"{mutation.name}: {error}")
    print(f"{len(MUTATIONS)} mutations, {failed} do not apply")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--find", type=int, default=0, metavar="SECONDS")
    parser.add_argument("name", nargs="*", help="only mutations whose name holds this")
    options = parser.parse_args()
    if options.check:
        return check()
    build = options.build.resolve()
    chosen = [m for m in MUTATIONS if not options.name or any(wanted in m.name for wanted in options.name)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        tried = pool.map(lambda mutation: try_one(build, mutation, options.find), chosen)
        for mutation, (noticed, seen) in zip(chosen, tried):
            failed += not noticed
            print(f"{'noticed' if noticed else 'MISSED '}  {mutation.name}: {seen}", flush=True)
    print(f"{len(chosen)} mutations, {failed} missed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
