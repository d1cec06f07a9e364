"""Badges of the whole reference conference, made by the job as the worker makes them, in a fresh process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from conference import create_app
from conference.commands import migrate_to_head
from conference.foundation import clock, jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.registry import badge_jobs
from conference.registry.imports import cli
from conference.settings import Settings
from tests.benchmarks.report import Report
from tests.services.kept import new_folder

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "conference" / "demo" / "reference"
SECRET = "only-for-this-benchmark-0123456789-abcdefghijklmnop"


def run(report: Report) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_badges", str(new_folder("badges"))],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    figures = json.loads(answer.stdout.splitlines()[-1])
    report.figure(
        "badges for 24,814 people, a PDF each of 364 sites",
        figures["seconds"],
        "s",
        at_most=120,
        note="one background process, with progress",
    )
    report.figure("badges a second", figures["people"] / figures["seconds"], "pages/s")
    report.figure("size of all PDFs", figures["mebibytes"], "MiB")
    report.figure("memory of the worker at its most", figures["memory"], "MiB")


def _measure(folder: Path) -> dict[str, float]:
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'bench.sqlite3'}", secret_key=SECRET)
    app = create_app(settings)
    with app.app_context():
        migrate_to_head()
        cli.import_folder(REFERENCE, "NQ12")
        with transaction():
            payload = {"conference_id": 1, "site_ids": None}
            job = jobs.enqueue(badge_jobs.KIND, payload, by=SYSTEM, at=clock.now(), conference_id=1)
            job_id = job.id
        began = time.perf_counter()
        jobs.run_all()
        seconds = time.perf_counter() - began
        done = db.session.get_one(jobs.Job, job_id, populate_existing=True)
        if done.state is not jobs.JobState.DONE:
            raise RuntimeError(f"the job ended as {done.state}: {done.error}")
        people = done.done
    size = sum(path.stat().st_size for path in settings.files_dir.glob("badges/*/*.pdf"))
    return {
        "seconds": seconds,
        "people": people,
        "mebibytes": size / 2**20,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]))))
