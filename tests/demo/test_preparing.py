"""The demo's sites are looked over and two halls are seated, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from conference.demo.preparing import prepare
from conference.foundation.db import transaction
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.sites.ladder.models import SiteCheck
from conference.sites.rehearsals.models import Rehearsal
from tests.factories import (
    LONG_AGO,
    THE_DAY,
    join,
    local,
    make_attendee,
    make_conference,
    make_site,
    make_study_session,
    make_unit,
)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_sites_are_looked_over_and_two_halls_are_seated_once(db_session):
    root = make_unit()
    conference = make_conference("NQ12", host_unit=root)
    make_study_session(conference)
    for name in ("Hà Nội", "Yên Thành", "Quế Phong"):
        site = make_site(name, host_unit=root)
        join(conference, site)
        make_attendee(conference, site=site, unit=root)
    db_session.commit()

    def found() -> tuple[int, list[str | None]]:
        with transaction():
            prepare(db_session.scalars(select(Conference)).one(), at=LONG_AGO)
        seats = db_session.scalars(select(Attendee.seat).order_by(Attendee.id)).all()
        return db_session.scalar(select(func.count()).select_from(SiteCheck)), list(seats)

    once = found()
    assert once[0] > 0
    assert once[1] == ["A1-3", "A1-3", None]
    assert found() == once
    (rehearsal,) = db_session.scalars(select(Rehearsal))
    assert (rehearsal.starts_at, rehearsal.is_for_all) == (local("14:00", THE_DAY - timedelta(days=1)), True)
