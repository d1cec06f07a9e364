"""Runs the benchmarks named on the command line, or all of them."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path
from statistics import median

from tests.benchmarks.load import drive, request
from tests.benchmarks.report import Report
from tests.services.web import WebServer

RESULT = Path("build/bench.json")
CLIENTS = 32
HELLO_REQUESTS = 10_000


def main(wanted: list[str]) -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    if unknown := set(wanted) - set(names):
        print(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(names)}", file=sys.stderr)
        return 2
    report = Report(hello_rate := measure_hello())
    print(f"Bare Flask answer, {CLIENTS} clients: {hello_rate:,.0f} requests/s\n")
    report.print_heading()
    for name in wanted or names:
        report.benchmark = name
        try:
            import_module(f"tests.benchmarks.bench_{name}").run(report)
        except Exception as error:
            traceback.print_exc()
            report.failures[name] = repr(error)
    report.write(RESULT)
    missed = [figure.what for figure in report.figures if figure.is_reached is False]
    print(f"\n{len(report.figures)} figures, {len(missed)} missed, {len(report.failures)} failed; {RESULT}")
    return 1 if report.failures else 0


def measure_hello() -> float:
    server = WebServer("tests.benchmarks.hello:app")
    try:
        asked = [request("GET", "/", port=server.port)]
        drive(server.port, asked * 1_000, clients=CLIENTS)
        runs = [drive(server.port, asked * HELLO_REQUESTS, clients=CLIENTS, seconds=20) for _ in range(3)]
        return median(run.rate for run in runs)
    finally:
        server.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
