"""Workers that are killed while they send: nobody gets a letter twice, and none is lost without a word."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask.cli import cli
from sqlalchemy import update

from conference.directory.models import Unit
from conference.foundation.actor import SYSTEM
from conference.foundation.clock import now
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, JobState
from conference.notices.actions import write_summonses
from conference.notices.models import MailState, OutboxMail
from conference.planning.models import Conference
from conference.sites.models import Site
from tests.conftest import SECRET
from tests.factories import make_attendee, make_person
from tests.registry.hall import Hall, build

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 60

workers = multiprocessing.get_context("forkserver")
workers.set_forkserver_preload([__name__, "conference"])


def work(environment: Mapping[str, str]) -> None:
    """`flask worker --once`, in a process that has the product loaded already: to load it is most of a short life."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    cli.main(["--app", "wsgi", "worker", "--once"])


def call_many(hall: Hall, people: int) -> None:
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        unit, site = (
            db.session.get_one(Unit, hall.units["yen_thanh"]),
            db.session.get_one(Site, hall.sites["yen_thanh"]),
        )
        for number in range(people):
            person = make_person(f"Nguyễn Văn Số {number}", unit=unit, email=f"so{number}@truong.example")
            make_attendee(conference, person=person, site=site, number=100 + number)
    with transaction():
        write_summonses(conference=conference, domain="congdoan.example", may_send=True, by=SYSTEM, at=now())


def queued() -> int:
    db.session.rollback()
    return db.session.query(OutboxMail).filter_by(state=MailState.QUEUED).count()


def sends_another(worker: Any, smtp_server: Any, before: int) -> bool:
    """Wait until it does; a worker that only finds a job spent by others' deaths, or none, ends instead."""
    ends = time.monotonic() + LONGEST_SECONDS
    while worker.is_alive() and len(smtp_server.envelopes) == before and time.monotonic() < ends:
        time.sleep(0.005)
    return len(smtp_server.envelopes) > before


def test_nobody_gets_a_letter_twice_however_often_the_worker_is_killed(
    make_app, sqlite_url, smtp_server, tmp_path, sized
) -> None:
    """P1: Whatever moment the worker dies at."""
    app = make_app(database_url=sqlite_url, smtp_url=smtp_server.url)
    chance = random.Random(12)
    environment = {
        **os.environ,
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": sqlite_url,
        "SMTP_URL": smtp_server.url,
        "MAIL_PER_MINUTE": "2400",
        "SECRET_KEY": SECRET,
    }
    kills, people = sized(2, 100), sized(80, 900)
    with app.app_context():
        call_many(build(), people)
        killed = 0
        while queued():
            before = len(smtp_server.envelopes)
            worker = workers.Process(target=work, args=[environment])
            worker.start()
            try:
                if killed < kills and sends_another(worker, smtp_server, before):
                    time.sleep(chance.random() * 0.15)
                    killed += worker.is_alive()
                    worker.kill()
                worker.join(LONGEST_SECONDS)
            finally:
                worker.kill()
                worker.join()
            with transaction():  # the dead one's claim runs out by itself after a minute: not waited for here
                db.session.execute(
                    update(Job).where(Job.state == JobState.RUNNING).values(claimed_until=Job.created_at)
                )
        received = Counter(address for envelope in smtp_server.envelopes for address in envelope.rcpt_tos)
        mails = db.session.query(OutboxMail).populate_existing().all()
    states = Counter(mail.state for mail in mails)
    assert killed == kills
    assert max(received.values()) == 1
    assert states[MailState.SENT] + states[MailState.UNKNOWN] == len(mails) == people + 3
    assert {mail.address for mail in mails if mail.state is MailState.SENT} <= set(received)
    assert states[MailState.UNKNOWN] <= kills
