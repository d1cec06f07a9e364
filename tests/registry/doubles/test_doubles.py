"""Possible doubles: found by likeness, decided by a person, merged without losing anything, undone exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.checkin.actions import enrol_device
from conference.checkin.models import Attendance
from conference.checkin.rules import Method
from conference.directory.models import Unit
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.registry.doubles import actions, queries
from conference.registry.doubles.models import Merge
from conference.registry.doubles.rules import Likeness, Line, likeness_of, pairs_in
from conference.registry.links import link_token
from conference.registry.models import Attendee, Leave, LeaveState, Substitute, SubstituteState, attendee_categories
from conference.registry.naming.models import Nomination
from conference.registry.naming.quotas import category_ids
from conference.registry.naming.rules import NominationKind, NominationState
from conference.sites.models import Site
from tests.conftest import SECRET
from tests.factories import LONG_AGO, make_attendee, make_person
from tests.registry.hall import Hall, build


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def line(number: int, name: str = "le thi anh", **facts: Any) -> Line:
    values = {"birth_date": None, "birth_year": None, "phone": None, "email": "", "unit_id": 1} | facts
    return Line(number, number, name, **values)


DAY = date(1970, 4, 2)
LIKE = [
    ({"birth_date": DAY}, {"birth_date": DAY, "unit_id": 2}, Likeness.SAME_PERSON),
    ({"phone": "0912345678"}, {"phone": "0912345678", "unit_id": 2}, Likeness.SAME_PERSON),
    ({"birth_date": DAY}, {"birth_date": date(1970, 2, 4)}, Likeness.NEAR_BIRTH),
    ({"birth_date": DAY}, {"birth_date": date(1971, 4, 2)}, Likeness.NEAR_BIRTH),
    ({"birth_date": DAY, "birth_year": 1970}, {"birth_year": 1970}, Likeness.NEAR_BIRTH),
    ({"birth_date": DAY}, {"birth_date": date(1971, 4, 3)}, None),
    ({"birth_date": DAY}, {"birth_date": date(1971, 4, 2), "unit_id": 2}, None),
    ({"phone": "0912345678"}, {"name": "le anh", "phone": "0912345678"}, Likeness.SAME_CONTACT),
    ({"phone": "0912345678"}, {"name": "tran van bich", "phone": "0912345678"}, None),  # an office's phone
    ({"email": "anh@mail.vn"}, {"name": "le anh", "email": "anh@mail.vn", "unit_id": 2}, Likeness.SAME_CONTACT),
    ({}, {"unit_id": 2}, None),  # a name alone is nobody's
]


@pytest.mark.parametrize(("one", "other", "expected"), LIKE)
def test_what_makes_two_lines_alike(one, other, expected):
    first, second = line(1, **one), line(2, **other)
    assert likeness_of(first, second) is likeness_of(second, first) is expected
    assert [pair.likeness for pair in pairs_in([first, second])] == ([expected] if expected else [])
    assert pairs_in([first, second], frozenset({(1, 2)})) == []


LINES = st.lists(
    st.builds(
        Line,
        attendee_id=st.integers(1, 10_000),
        person_id=st.just(0),
        name=st.sampled_from(["le thi anh", "le anh", "tran van anh"]),
        birth_date=st.sampled_from([None, DAY, date(1970, 2, 4), date(1980, 1, 1)]),
        birth_year=st.sampled_from([None, 1970]),
        phone=st.sampled_from([None, "0912345678", "0987654321"]),
        email=st.sampled_from(["", "a@b.vn"]),
        unit_id=st.integers(1, 2),
    ),
    max_size=10,
    unique_by=lambda one: one.attendee_id,
)


@given(LINES)
def test_looking_only_at_those_who_share_something_finds_what_comparing_all_would(lines):
    people = [replace(one, person_id=one.attendee_id) for one in lines]
    found = {(pair.first, pair.second) for pair in pairs_in(people)}
    all_pairs = {
        (min(a.attendee_id, b.attendee_id), max(a.attendee_id, b.attendee_id))
        for a in people
        for b in people
        if a is not b and likeness_of(a, b)
    }
    assert found == all_pairs


# ---- merging


def double_of(hall: Hall, name: str, **facts: Any) -> int:
    """A second line of somebody, at another site, with what the first one lacks."""
    with transaction():
        first = db.session.get_one(Attendee, hall.attendees[name])
        unit = db.session.get_one(Unit, first.unit_id)
        person = make_person(name, unit=unit, **{"birth_date": date(1970, 4, 1), **facts})
        second = make_attendee(
            db.session.get_one(Conference, hall.conference_id),
            person=person,
            site=db.session.get_one(Site, hall.sites["do_luong"]),
            number=70,
        )
        second.ticket = f"7{second.id:060}"
        category = category_ids(["Cán bộ chuyên trách"])["can bo chuyen trach"]
        values = {"attendee_id": second.id, "category_id": category}
        db.session.execute(attendee_categories.insert().values(**values))
        db.session.add_all(
            [
                Leave(attendee_id=second.id, reason="Ốm", state=LeaveState.REQUESTED, requested_at=LONG_AGO),
                Substitute(
                    attendee_id=second.id,
                    full_name="Lê Văn Tám",
                    state=SubstituteState.REQUESTED,
                    requested_at=LONG_AGO,
                ),
            ]
        )
        return second.id


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """The whole database but for what only grows: the record of who did what, and the number of a calendar entry."""
    left_out = {"journal_entries", "journal_heads", "merges", "sessions", "account_sessions", "list_changes"}
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name in left_out or "version" in table.name:
            continue
        columns = [column for column in table.columns if column.name != "calendar_sequence"]
        found[table.name] = sorted(map(tuple, db.session.execute(select(*columns))), key=repr)
    return found


def merge(hall: Hall, first: int, second: int) -> Merge:
    with transaction():
        return actions.merge(
            conference=db.session.get_one(Conference, hall.conference_id),
            first=db.session.get_one(Attendee, first),
            second=db.session.get_one(Attendee, second),
            by=SYSTEM,
            at=LONG_AGO,
        )


THINGS = st.sets(st.sampled_from(["leave", "substitute", "category", "another category", "nomination", "seen"]))
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "phone": st.just("0987 000 111"),
        "email": st.just("hoa@mail.vn"),
        "birth_date": st.sampled_from([None, date(1970, 4, 4)]),
        "position": st.just("Chủ tịch"),
    },
)


def give(attendee_id: int, things: set[str], hall: Hall) -> None:
    """What somebody may have on a list."""
    for name in things & {"category", "another category"}:
        values = {"attendee_id": attendee_id, "category_id": category_ids([name])[name]}
        db.session.execute(attendee_categories.insert().values(**values))
    if "leave" in things:
        db.session.add(Leave(attendee_id=attendee_id, reason="Ốm", requested_at=LONG_AGO))
    if "substitute" in things:
        named = {"full_name": "Lê Văn Tám", "state": SubstituteState.REQUESTED, "requested_at": LONG_AGO}
        db.session.add(Substitute(attendee_id=attendee_id, **named))
    if "nomination" in things:
        facts = {"kind": NominationKind.WITHDRAW, "state": NominationState.PROPOSED, "proposed_at": LONG_AGO}
        place = {"conference_id": hall.conference_id, "unit_id": hall.units["do_luong"]}
        db.session.add(Nomination(leaving_id=attendee_id, **facts, **place))
    if "seen" in things:
        _count(hall, attendee_id)
    db.session.flush()


def test_merging_and_undoing_is_as_if_nothing_had_been(hall):
    """Whatever either line has, whichever is kept, and whatever is known of one and not of the other."""
    first = hall.attendees["Trần Thị Hoà"]

    @given(THINGS, THINGS, FACTS, st.booleans(), st.booleans())
    def holds(mine, theirs, facts, is_first_kept, is_walk_in):
        with db.session.begin_nested() as everything_here:
            conference = db.session.get_one(Conference, hall.conference_id)
            unit = db.session.get_one(Unit, hall.units["do_luong"])
            site = db.session.get_one(Site, hall.sites["do_luong"])
            person = make_person("Trần Thị Hoà", unit=unit, **facts)
            second = make_attendee(conference, person=person, site=site, number=70, is_walk_in=is_walk_in).id
            give(first, mine, hall)
            give(second, theirs, hall)
            before = everything()
            pair = (first, second) if is_first_kept else (second, first)
            people = [db.session.get_one(Attendee, id) for id in pair]
            common = {"by": SYSTEM, "at": LONG_AGO}
            if "seen" in mine and "seen" in theirs:
                with pytest.raises(DomainError, match="merge_both_counted"):
                    actions.merge(conference=conference, first=people[0], second=people[1], **common)
            else:
                done = actions.merge(conference=conference, first=people[0], second=people[1], **common)
                assert everything() != before
                actions.undo(merge=done, **common)
            db.session.expire_all()
            assert everything() == before
            everything_here.rollback()
        db.session.expire_all()

    with transaction():
        holds()


def test_one_line_stays_with_what_both_had_and_both_links_lead_to_it(people, hall, app):
    first = hall.attendees["Trần Thị Hoà"]
    second = double_of(hall, "Trần Thị Hoà", phone="0987 000 111", email="hoa@mail.vn")
    assert [(pair.first, pair.second) for pair in queries.possible_doubles(hall.conference_id)] == [(first, second)]
    data = {"decision": "merge", "keep": hall.numbers["Trần Thị Hoà"], "other": 70}
    assert people["organizer"].post(hall.url("/doubles"), data=data).status_code == 303
    db.session.expire_all()
    kept, gone = db.session.get_one(Attendee, first), db.session.get_one(Attendee, second)
    assert (kept.withdrawn_at, gone.withdrawn_at is None) == (None, False)
    assert db.session.scalars(select(Leave.attendee_id)).all() == [first]
    assert db.session.scalars(select(Substitute.attendee_id)).all() == [first]
    assert db.session.scalars(select(attendee_categories.c.attendee_id)).all().count(first) == 1
    page = people["organizer"].get(hall.person("Trần Thị Hoà")).text
    assert "hoa@mail.vn" in page
    for attendee in (first, second):
        visitor = app.test_client()
        assert visitor.get(f"/p/{link_token(SECRET, attendee, 1)}").status_code == 302
        assert "Yên Thành" in visitor.get("/my/").text  # the site of the line that was kept
    shown = people["organizer"].get(hall.url("/doubles")).text
    assert "số 70 vào số 4" in shown


def test_doubles_are_shown_side_by_side_and_two_people_are_asked_about_once(people, hall):
    double_of(hall, "Dương Văn An", phone="0987 000 111")
    client = people["organizer"]
    shown = client.get(hall.url("/doubles")).text
    assert "1 cặp có thể là một người" in shown
    assert "Cùng họ tên, cùng ngày sinh hoặc điện thoại" in shown
    data = {"decision": "apart", "keep": hall.numbers["Dương Văn An"], "other": 70}
    assert client.post(hall.url("/doubles"), data=data).status_code == 303
    assert "Không còn ai có thể trùng" in client.get(hall.url("/doubles")).text
    assert client.post(hall.url("/doubles"), data={**data, "decision": "x"}).status_code == 422
    assert people["leader"].get(hall.url("/doubles")).status_code == 403


def count(hall: Hall, attendee_id: int) -> None:
    with transaction():
        _count(hall, attendee_id)


def _count(hall: Hall, attendee_id: int) -> None:
    """Somebody was seen in the morning."""
    device = enrol_device(
        conference=db.session.get_one(Conference, hall.conference_id),
        site_id=hall.sites["do_luong"],
        token=f"door for {attendee_id}",
        label="Cửa chính",
        by=SYSTEM,
        at=LONG_AGO,
    )
    db.session.add(
        Attendance(
            attendee_id=attendee_id,
            study_session_id=hall.sessions[0],
            site_id=hall.sites["do_luong"],
            first=uuid4(),
            first_at=LONG_AGO,
            device_id=device.id,
            method=Method.CAMERA,
            flagged=False,
            duplicates=0,
            last_seen_at=LONG_AGO,
        )
    )


def test_the_page_offers_to_keep_only_who_may_be_kept(hall, people):
    """A button that names one ticket and keeps the other, which had been counted, is a lie."""
    first, second = hall.attendees["Trần Thị Hoà"], double_of(hall, "Trần Thị Hoà")
    numbers = {id: db.session.get_one(Attendee, id).number for id in (first, second)}

    def offered() -> list[int]:
        page = people["organizer"].get(hall.url("/doubles")).text
        return [id for id, number in numbers.items() if f"Gộp, giữ thẻ số {number}<" in page]

    assert offered() == [first, second]
    count(hall, second)
    assert offered() == [second]
    count(hall, first)
    assert offered() == []
    assert "nên không gộp được" in people["organizer"].get(hall.url("/doubles")).text


def test_who_has_been_counted_is_kept_and_two_who_have_are_left_alone(hall):
    second = double_of(hall, "Trần Thị Hoà")
    first = hall.attendees["Trần Thị Hoà"]

    count(hall, second)
    done = merge(hall, first, second)
    assert (done.kept_id, done.gone_id) == (second, first)
    assert db.session.scalars(select(Attendance.attendee_id)).all() == [second]
    with transaction():
        actions.undo(merge=db.session.get_one(Merge, done.id), by=SYSTEM, at=LONG_AGO)
    count(hall, first)
    with pytest.raises(DomainError, match="merge_both_counted"):
        merge(hall, first, second)
