"""The demo's morning leaves questions open, so that the pages where people decide have something to decide."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from conference.checkin import actions, headcounts
from conference.checkin.attendance import attendance_of
from conference.checkin.decided import ruled_facts_of
from conference.checkin.models import Attendance, Case, Scan
from conference.checkin.rules import CaseKind
from conference.demo.fates import Called
from conference.demo.questions import FEWEST_AT_A_SITE, HALLS_COUNTED, HALLS_OFF, leave_open
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.registry.models import Attendee
from conference.registry.tickets import key_ring
from tests.conftest import SECRET
from tests.factories import (
    join,
    local,
    make_attendee,
    make_conference,
    make_person,
    make_site,
    make_study_session,
    make_unit,
)


def play(sites: int) -> tuple[Any, Any]:
    """That many sites, with as many people as the demo asks for at each."""
    keys = key_ring(SECRET)
    with transaction():
        conference, unit = make_conference(), make_unit()
        study_session = make_study_session(conference)
        devices, people = {}, []
        for _ in range(sites):
            site = make_site(host_unit=unit)
            join(conference, site)
            devices[site.id] = actions.enrol_device(
                conference=conference,
                site_id=site.id,
                token=f"t{site.id}",
                label="Cửa chính",
                by=SYSTEM,
                at=local("06:30"),
            )
            for _ in range(FEWEST_AT_A_SITE):
                born = date(1960, 1, 1) + timedelta(days=len(people))
                person = make_person("Nguyễn Thị Ánh", unit=unit, birth_date=born)
                attendee = make_attendee(conference, site=site, person=person, number=len(people) + 1)
                attendee.ticket = keys.issue(conference=conference.id, attendee=attendee.number, site=site.id)
                people.append(attendee)
        db.session.flush()
        called = [Called(one.id, one.number, one.ticket or "", one.site_id) for one in people]
    leave_open(study_session=study_session, people=called, devices=devices, keys=keys, at=local("07:45"))
    return conference, study_session


def test_every_kind_of_question_of_a_phone_without_a_line_waits_for_the_organizer(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        conference, study_session = play(HALLS_COUNTED)
        kinds = Counter(db.session.scalars(select(Case.kind)))
        assert kinds == {
            CaseKind.TWO_SITES: 3,
            CaseKind.REVOKED: 2,
            CaseKind.WALK_IN: 2,
            CaseKind.OTHER_SITE: 1,
            CaseKind.NOT_SUMMONED: 1,
            CaseKind.UNKNOWN: 1,
            CaseKind.SPARE: 1,
        }
        spares = db.session.scalars(select(Scan.spare_handed).where(Scan.spare_handed.is_not(None))).all()
        assert (len(spares), len(set(spares))) == (4, 3)
        moved = db.session.scalars(select(Attendee).where(Attendee.called_site_id.is_not(None))).all()
        assert len(moved) == 2
        counts = headcounts.latest_counts(conference.id, study_session.id)
        assert len(counts) == HALLS_COUNTED
        off = sorted(one.difference for one in counts if abs(one.difference) > conference.headcount_tolerance)
        assert off == [max(HALLS_OFF.values())], "so few were scanned that no hall can be five short"
        kept = db.session.execute(select(Attendance.attendee_id, Attendance.first)).all()
        derived = attendance_of(ruled_facts_of(conference.id))
        assert {(pair[0], one.first) for pair, one in derived.items()} == {(row.attendee_id, row.first) for row in kept}


def test_a_conference_of_few_sites_has_none(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        play(3)
        assert db.session.scalars(select(Case)).all() == []
