"""How soon the product answers and how much memory it holds, with the reference conference loaded."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from tests.benchmarks.report import Report
from tests.services.embedded import MakeRun
from tests.services.kept import new_folder
from tests.services.web import WebServer

RUNS = 3


def run(report: Report) -> None:
    folder = new_folder("start")
    try:
        first = MakeRun(folder)
        first.end()
        report.figure("first start, reference conference loaded", first.seconds, "s", at_most=180)
        report.figure("later start to the first answer", median(_later_starts(folder)), "s", at_most=2)
        began = time.perf_counter()
        server = WebServer(env={"DATA_DIR": str(folder)})
        try:
            _ask(server, "/healthz")
            report.figure("web process to its first answer", time.perf_counter() - began, "s", at_most=1.5)
            for path in ("/readyz", "/"):
                _ask(server, path)
            report.figure("memory of the web process, idle", server.memory_mib(), "MiB", at_most=120)
        finally:
            server.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _later_starts(folder: Path) -> list[float]:
    found = []
    for _ in range(RUNS):
        again = MakeRun(folder)
        again.end()
        found.append(again.seconds)
    return found


def _ask(server: WebServer, path: str) -> None:
    with urlopen(server.url + path, timeout=30) as answer:
        answer.read()
