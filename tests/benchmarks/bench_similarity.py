"""24,814 papers of 300 to 1,200 syllables compared with each other, and one more paper that comes in afterwards."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from conference import create_app
from conference.commands import migrate_to_head
from conference.demo.essays import copied, essay
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.reflections.content import Content, canonical
from conference.reflections.models import Reflection, Submission
from conference.reflections.rules import ReflectionState
from conference.reflections.similarity import indexing
from conference.reflections.similarity.models import PaperPrint
from conference.reflections.similarity.rules import Limits
from conference.registry.imports import cli
from conference.registry.models import Attendee
from conference.settings import Settings
from tests.benchmarks.report import Report
from tests.services.kept import new_folder

REFERENCE = Path(__file__).parents[2] / "conference" / "demo" / "reference"
SECRET = "only-for-this-benchmark-0123456789-abcdefghijklmnop"
AT = datetime(2018, 12, 20, 10, 0, tzinfo=UTC)
MORE = 15
COPIES = 200
TITLES = {1: "Nhận thức", 2: "Liên hệ bản thân", 3: "Kế hoạch", 4: "Kiến nghị"}


def run(report: Report) -> None:
    """In a process of its own, so that the memory is that of the work."""
    folder = new_folder("similarity")
    _prepare(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_similarity", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    note = f"{found['papers']:,} papers, {found['words']} syllables each in the mean"
    report.figure("whole index, from texts to groups", found["seconds"], "s", at_most=60, note=note)
    report.figure("all compared again, runs kept", found["again"], "s", at_most=60)
    report.figure("memory of the whole work", found["mebibytes"], "MiB", at_most=2048)
    report.figure("one more paper", found["one_more"], "ms", at_most=50, note="median, from text to kept likeness")
    report.figure("copies found", found["copies_found"], "%", at_least=95, note=f"of {COPIES}, sentences moved and cut")
    report.figure("independent papers called copies", found["called_wrongly"], "", at_most=0)


def _prepare(folder: Path) -> None:
    """Everybody has handed in a paper; the last ones copied from the first ones."""
    with _app(folder).app_context():
        migrate_to_head()
        cli.import_folder(REFERENCE, "NQ12")
        attendees = list(db.session.scalars(select(Attendee.id).order_by(Attendee.number)))
        chance = Random(1)
        for start in range(0, len(attendees), 2_000):
            some = attendees[start : start + 2_000]
            with transaction():
                for place, attendee in enumerate(some, start):
                    author = place if place < len(attendees) - COPIES else place - len(attendees) + COPIES
                    words = Random(author).randint(300, 1_200)
                    texts = essay(f"author {author}", words)
                    _hand_in(attendee, texts if author == place else copied(texts, str(chance.random())))
        db.session.remove()


def _app(folder: Path) -> Any:
    return create_app(
        Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'bench.sqlite3'}", secret_key=SECRET)
    )


def _hand_in(attendee: int, texts: list[str], version: int = 1) -> None:
    content = Content(dict(zip(TITLES, texts, strict=True)))
    at = AT + timedelta(seconds=attendee)
    if version == 1:
        db.session.execute(
            insert(Reflection),
            [{
                "id": attendee, "attendee_id": attendee, "draft": "", "revision": 1, "saved_at": at, "saved_by": "x",
                "saved_seq": 1, "state": ReflectionState.SUBMITTED, "current_version": 1, "submitted_revision": 1,
                "submitted_at": at, "is_late": False, "words": content.words,
            }],
        )  # fmt: skip
    else:
        db.session.get_one(Reflection, attendee).current_version = version
    db.session.execute(
        insert(Submission),
        [{
            "reflection_id": attendee, "version": version, "revision": version, "content": canonical(content, TITLES),
            "sha256": f"{attendee}", "words": content.words, "commitments": 0, "received_at": at, "is_late": False,
            "receipt_number": f"BN-{attendee}-{version}", "signature": "x",
        }],
    )  # fmt: skip


def measure(folder: Path) -> dict[str, Any]:
    with _app(folder).app_context():
        conference = db.session.query(Conference).one()
        began = time.perf_counter()
        whole = indexing.index_conference(conference, at=AT)
        seconds = time.perf_counter() - began
        least = Limits().least_share
        close = set(db.session.scalars(select(PaperPrint.submission_id).where(PaperPrint.share >= least)))
        attendees = list(db.session.scalars(select(Attendee.id).order_by(Attendee.number)))
        papers = dict(db.session.execute(select(Submission.reflection_id, Submission.id)).all())
        copiers = [papers[one] for one in attendees[-COPIES:]]
        sources = [papers[one] for one in attendees[:COPIES]]
        began = time.perf_counter()
        indexing.index_conference(conference, at=AT, whole=True)
        again = time.perf_counter() - began
        mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        words = db.session.query(db.func.avg(Submission.words)).scalar()
        times = []
        for place in range(MORE):
            with transaction():
                _hand_in(attendees[5_000 + place], essay(f"one more {place}", 750), version=2)
            began = time.perf_counter()
            done = indexing.index_conference(conference, at=AT)
            times.append(time.perf_counter() - began)
            assert (done.papers, done.is_whole) == (1, False)
        return {
            "papers": whole.papers,
            "words": round(float(words)),
            "seconds": seconds,
            "again": again,
            "mebibytes": mebibytes,
            "one_more": median(times) * 1_000,
            "copies_found": 100 * sum(id in close for id in copiers) / COPIES,
            "called_wrongly": len(close - set(copiers) - set(sources)),
        }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
