#!/usr/bin/env python3
"""Weakens the program in one place at a time, and shows that a test notices.

    mutate.py [--build DIR] [NAME...]    what each mutation must be noticed by is run with it, and without
    mutate.py --find [NAME...]           all that may notice it, to see what does
    mutate.py --check                    only see that each still applies; nothing is compiled

A changed source is compiled, and linked before the library of a finished build. What notices it is a test of its
layer, or an invariant of the simulation of counting on schedules from seed 0 on. Exit 1 if a mutation is not
noticed, or no longer applies.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import counting
import runtime

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUTATIONS = [*counting.MUTATIONS, *runtime.MUTATIONS]
SCHEDULES = 3000
# A weakened program may wait or grow for ever. No test that is named takes more than some seconds, or 200 MB.
SECONDS_MAX = 60
BYTES_MAX = 2 << 30


def compile_changed(build, mutation, scratch):
    path, text = mutation.place(ROOT)
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


def link_changed(build, mutation, scratch, program):
    """The program of build/tests with the changed source in it."""
    commands = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", f"tests/{program}"],
                              capture_output=True, text=True, check=True).stdout
    link = commands.strip().splitlines()[-1].split(" && ")[1]
    library = f"libhygiene_{mutation.layer}.a"
    link = link.replace(f"-o tests/{program}", f"-o {scratch}/{program}", 1)
    link = link.replace(library, f"{scratch}/changed.o {library}", 1)
    subprocess.run(link, cwd=build, shell=True, check=True, capture_output=True)
    return scratch / program


def run(command):
    """Its status and the lines that it writes; no status where it does not end."""
    bounded = ["prlimit", f"--as={BYTES_MAX}", *map(str, command)]
    try:
        done = subprocess.run(bounded, cwd=ROOT, capture_output=True, text=True, errors="replace",
                              timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return None, ["it does not end"]
    return done.returncode, done.stdout.splitlines()


def simulate(program):
    """What is violated, as `INV: 3, first at seed 7`; nothing where the schedules pass."""
    status, lines = run([program, "--schedules", SCHEDULES, 0])
    return lines[1:] if status in (0, 1) else [f"it ends with status {status}", *lines]


def failed_tests(program, tests):
    """Names of the tests that fail; what it says where it says none."""
    status, lines = run([program, "-w", "NoTests", *tests])
    if status == 0:
        return []
    rules = [at for at, line in enumerate(lines) if line.startswith("-----")]
    names = [" ".join(lines[first + 1:second]) for first, second in zip(rules[::2], rules[1::2])]
    return list(dict.fromkeys(names)) or [f"it ends with status {status}", *lines[-3:]]


def spec(name):
    """Of the tests whose names begin so, as Catch2 wants it."""
    return name.replace(",", "\\,").replace("[", "\\[") + "*"


def noticed(build, mutation, scratch):
    """Whether it is noticed by what it must be, and what is to be said of it."""
    compile_changed(build, mutation, scratch)
    if mutation.simulated:
        unchanged = simulate(build / "tests" / "simulate_counting")
        seen = simulate(link_changed(build, mutation, scratch, "simulate_counting"))
        expected = any(line.startswith(mutation.noticed_by + ":") for line in seen)
    else:
        program, tests = f"test_{mutation.layer}", [spec(mutation.noticed_by)]
        unchanged = failed_tests(build / "tests" / program, tests)
        seen = failed_tests(link_changed(build, mutation, scratch, program), tests)
        expected = bool(seen)
    if unchanged:
        return False, "fails without it: " + "; ".join(unchanged)
    return expected, "; ".join(seen) or "not noticed"


def all_that_notice(build, mutation, scratch):
    compile_changed(build, mutation, scratch)
    tests = failed_tests(link_changed(build, mutation, scratch, f"test_{mutation.layer}"), ["~no schedule*"])
    schedules = []
    if mutation.layer == "counting":
        schedules = simulate(link_changed(build, mutation, scratch, "simulate_counting"))
    return bool(tests or schedules), "".join(f"\n    {line}" for line in [*schedules, *tests])


def try_one(build, mutation, how):
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return how(build, mutation, pathlib.Path(scratch))
        except ValueError as error:
            return False, str(error)


def not_applying(mutations):
    """A finding for each mutation whose place is not there, or more than once."""
    findings = []
    for mutation in mutations:
        try:
            mutation.place(ROOT)
        except ValueError as error:
            findings.append(f"{mutation.layer}: {mutation.name}: {error}")
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--find", action="store_true")
    parser.add_argument("name", nargs="*", help="only mutations whose name, or layer, holds this")
    options = parser.parse_args()
    chosen = [each for each in MUTATIONS
              if not options.name or any(wanted in f"{each.layer}: {each.name}" for wanted in options.name)]
    if options.check:
        findings = not_applying(chosen)
        print("\n".join([*findings, f"{len(chosen)} mutations, {len(findings)} do not apply"]))
        return 1 if findings else 0
    build = options.build.resolve()
    how = all_that_notice if options.find else noticed
    missed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        tried = pool.map(lambda mutation: try_one(build, mutation, how), chosen)
        for mutation, (is_noticed, seen) in zip(chosen, tried):
            missed += not is_noticed
            print(f"{'noticed' if is_noticed else 'MISSED '}  {mutation.layer}: {mutation.name}: {seen}", flush=True)
    print(f"{len(chosen)} mutations, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
