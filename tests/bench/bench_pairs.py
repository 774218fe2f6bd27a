"""Two servers side by side: both run all the time and are asked in turn, for a short while each, so that what else the machine does
meets both alike. Neighbours in time are compared, and the median of their ratios counts: the machine's pace changes from one second to
the next."""
import statistics


def in_turn(ways, start, run, rounds, turns):
    """`start(way)` makes a context manager that is the server, `run(way, server)` gives a dict with `rps` and `cpu_us` of one run. New
    servers each round: where their memory lies makes a difference too. The runs of each way; the first of a server is left out."""
    runs = {way: [] for way in ways}
    for round_ in range(rounds):
        first, second = ways if round_ % 2 == 0 else reversed(ways)
        with start(first) as one, start(second) as other:
            servers = {first: one, second: other}
            for way, server in servers.items():
                run(way, server)
            for turn in range(turns):
                for way in ways if turn % 2 == 0 else reversed(ways):
                    runs[way].append(run(way, servers[way]))
    return runs


def ratios(runs, way, base):
    """Of the throughput and of the CPU of a request."""
    pairs = list(zip(runs[way], runs[base]))
    return tuple(statistics.median(one[key] / other[key] for one, other in pairs) for key in ("rps", "cpu_us"))


def print_table(label, runs, way, base):
    print(f"| {label} | requests/s | best | CPU µs/request | least |\n|---|--:|--:|--:|--:|")
    for name, each in runs.items():
        rate, cpu = ([run[key] for run in each] for key in ("rps", "cpu_us"))
        print(f"| {name} | {statistics.median(rate):,.0f} | {max(rate):,.0f} | {statistics.median(cpu):.2f} | {min(cpu):.2f} |")
    rate, cpu = ratios(runs, way, base)
    print(f"| of {base}, by pairs | {rate:.3f} | | {cpu:.3f} | |", flush=True)
