"""The 85 files of the reference conference into an empty database and out again, each time in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from conference import create_app
from conference.commands import migrate_to_head
from conference.foundation.db import db
from conference.registry.imports import cli
from conference.settings import Settings
from tests.benchmarks.report import Report
from tests.services.kept import new_folder
from tests.services.postgres import PostgreSQL

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "conference" / "demo" / "reference"
SECRET = "only-for-this-benchmark-0123456789-abcdefghijklmnop"
RUNS = 5


def run(report: Report) -> None:
    """Medians of several runs on SQLite; one on PostgreSQL, which is held to correctness alone."""
    runs = [_measure("") for _ in range(RUNS)]
    report.figure(
        "read, match, insert and ticket 24,814 people",
        median(one["import"] for one in runs),
        "s",
        at_most=3,
        note="85 files, one transaction with fsync; SQLite",
    )
    report.figure("memory on top of the idle process", max(one["memory"] for one in runs), "MiB", at_most=120)
    report.figure("the same again, nothing to change", median(one["again"] for one in runs), "s")
    report.figure("export of 24,814 rows to .xlsx", median(one["export"] for one in runs), "s", at_most=2)
    server = PostgreSQL()
    try:
        on_postgresql = _measure(server.url(server.new_database()))
    finally:
        server.end()
    report.figure("the import on PostgreSQL", on_postgresql["import"], "s")


def _measure(database_url: str) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_import", str(new_folder("import")), database_url],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return figures


def _kib(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _child(folder: Path, database_url: str) -> None:
    app = create_app(
        Settings(
            data_dir=folder,
            database_url=database_url or f"sqlite:///{folder / 'import.sqlite3'}",
            secret_key=SECRET,
            log_level="WARNING",
        )
    )
    with app.app_context():
        migrate_to_head()
        db.session.remove()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins here
        idle = _kib("VmRSS")
        figures = {"import": _timed(lambda: cli.import_folder(REFERENCE, "NQ12"))}
        figures["memory"] = (_kib("VmHWM") - idle) / 1024
        db.session.remove()
        figures["again"] = _timed(lambda: cli.import_folder(REFERENCE, "NQ12"))
        db.session.remove()
        runner = app.test_cli_runner()
        out = str(folder / "out.xlsx")
        figures["export"] = _timed(lambda: runner.invoke(args=["export-attendees", "NQ12", "--out", out]))
        assert Path(out).stat().st_size > 500_000
    print(json.dumps(figures))


if __name__ == "__main__":
    _child(Path(sys.argv[1]), sys.argv[2])
