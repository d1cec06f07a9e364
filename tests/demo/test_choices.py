"""The demo leaves something to decide about people and places, once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from conference.demo.choices import leave_open
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, run_all
from conference.planning.models import Conference
from conference.registry.doubles.queries import possible_doubles
from conference.seating.models import SeatingPin, SeatingProposal
from tests.factories import LONG_AGO, join, make_attendee, make_conference, make_person, make_site, make_unit


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_lines_that_look_alike_pins_and_a_search_are_left_once(db_session):
    root = make_unit("Tổng Liên đoàn Lao động Việt Nam")
    make_unit("Liên đoàn Lao động tỉnh Nghệ An", parent=root)
    conference = make_conference("NQ12", host_unit=root)
    sites = [make_site(name, host_unit=root) for name in ("Hà Nội", "Yên Thành")]
    for place, site in enumerate(sites):
        join(conference, site)
        for number in range(2 + place):
            person = make_person(f"Nguyễn {place}{number} Ánh", unit=root, phone=f"0912 345 6{place}{number}")
            make_attendee(conference, site=site, person=person)
    db_session.commit()

    def found() -> tuple[int, int, int]:
        with transaction():
            leave_open(db_session.scalars(select(Conference)).one(), at=LONG_AGO)
        counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (SeatingPin, Job)]
        return len(possible_doubles(conference.id)), *counts

    once = found()
    assert once == (2, 2, 1)
    assert found() == once
    run_all()
    assert db.session.scalar(select(func.count()).select_from(SeatingProposal)) == 1
