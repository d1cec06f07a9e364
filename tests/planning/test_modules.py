"""What a conference uses: usual for its kind, changed by a person, and gone from sight where it is off."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.checkin.models import Device
from conference.directory.models import UnitKind
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.planning.kinds import USUAL
from conference.planning.models import Conference, ConferenceKind
from conference.planning.modules import NEEDS, Module, all_but, usable
from tests import factories as make
from tests.planning.test_views import FACTS

modules = st.frozensets(st.sampled_from(list(Module)))


@given(modules)
def test_what_is_used_lacks_nothing_it_needs_and_nothing_else_is_dropped(chosen):
    found = usable(chosen)
    assert found <= chosen
    assert all(NEEDS[one] in found for one in found if one in NEEDS)
    assert all(one in found for one in chosen if one not in NEEDS)
    assert usable(found) == found


@given(modules)
def test_what_is_off_is_kept_by_name_so_that_new_parts_are_on(off):
    assert all_but([one.value for one in off]) == usable(frozenset(Module) - off)
    assert all_but([*off, "no such part"]) == all_but(off)


def test_the_usual_parts_of_every_kind_hold_together():
    assert {kind: usable(chosen) for kind, chosen in USUAL.items()} == {kind: USUAL[kind] for kind in ConferenceKind}


def ticked(*chosen: Module) -> dict[str, str]:
    return {"modules_shown": "1", **{f"module-{one}": "1" for one in chosen}}


@pytest.fixture
def headquarters(db_session):
    unit = make.make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL, code="TLD")
    db_session.commit()
    return unit


def the(db_session) -> Conference:
    db_session.rollback()
    return db_session.scalars(select(Conference)).one()


def test_a_new_conference_has_what_is_usual_for_its_kind_until_somebody_ticks(people, headquarters, db_session):
    organizer = people["organizer"]
    assert organizer.post("/conferences/new", data={**FACTS, "kind": "workshop"}).status_code == 302
    assert the(db_session).modules == {Module.NAMING, Module.CHECKIN, Module.ONLINE}
    page = organizer.get("/conferences/NQ12/edit").text
    boxes = dict(re.findall(r'id="module-(\w+)" name="[^"]*" value="1"( checked)?', page))
    assert {name for name, on in boxes.items() if on} == {"naming", "checkin", "online"}
    answer = organizer.post("/conferences/NQ12/edit", data={**FACTS, "version": "1", **ticked(Module.GRADING)})
    assert (answer.status_code, "“Chấm điểm” cần “Thu hoạch”" in answer.text) == (422, True)
    answer = organizer.post("/conferences/NQ12/edit", data={**FACTS, "version": "1", **ticked(Module.CHECKIN)})
    assert (answer.status_code, the(db_session).modules) == (302, {Module.CHECKIN})
    assert organizer.post("/conferences/NQ12/edit", data={**FACTS, "version": "2"}).status_code == 302
    assert the(db_session).modules == {Module.CHECKIN}


def test_what_is_prepared_goes_out_of_sight_only_by_a_second_word_and_what_was_counted_never(
    people, headquarters, db_session
):
    conference = make.make_conference("NQ12", host_unit=headquarters)
    site = make.make_site(host_unit=headquarters)
    make.join(conference, site)
    make.make_attendee(conference, site=site, person=make.make_person(unit=headquarters), seat="A1-5")
    db_session.commit()
    organizer, everything = people["organizer"], list(Module)
    without_seats = [one for one in everything if one is not Module.SEATS]
    sent = {**FACTS, "version": "1", **ticked(*without_seats)}
    first = organizer.post("/conferences/NQ12/edit", data=sent)
    assert (first.status_code, "1 người đã có chỗ ngồi" in first.text) == (409, True)
    assert Module.SEATS in the(db_session).modules
    assert organizer.post("/conferences/NQ12/edit", data={**sent, "knowingly": "1"}).status_code == 302
    assert the(db_session).modules == set(without_seats)
    db_session.add(
        Device(
            conference_id=conference.id,
            site_id=site.id,
            token_hash="0" * 64,
            label="Máy 1",
            enrolled_at=clock.now(),
            expires_at=clock.now() + timedelta(days=1),
        )
    )
    db_session.commit()
    sent = {**FACTS, "version": "2", **ticked(Module.NAMING), "knowingly": "1"}
    answer = organizer.post("/conferences/NQ12/edit", data=sent)
    assert (answer.status_code, "Không tắt được “Điểm danh”: đang có 1 máy đang ghi ở cửa" in answer.text) == (
        409,
        True,
    )
    assert the(db_session).modules == set(without_seats)


def test_nothing_of_a_part_that_is_off_is_offered_anywhere(sign_in, people, headquarters, db_session):
    conference = make.make_conference("NQ12", host_unit=headquarters)
    make.make_study_session(conference)
    site = make.make_site(host_unit=headquarters)
    make.join(conference, site)
    make.make_attendee(conference, site=site, person=make.make_person(unit=headquarters))
    db_session.commit()
    organizer, host = people["organizer"], sign_in(Role.SITE_HOST, ScopeKind.SITE, site.id)

    def shown() -> dict[str, bool]:
        home = organizer.get("/conferences/NQ12/").text
        return {
            "doors": "/conferences/NQ12/devices" in home,
            "board": "/conferences/NQ12/board" in home,
            "names": "/conferences/NQ12/quotas" in home,
            "papers": "/conferences/NQ12/reflections" in home,
            "marks": "/conferences/NQ12/grading" in home,
            "rungs": "Ghi máy điểm danh" in organizer.get("/conferences/NQ12/ready").text,
            "columns": "có mặt" in organizer.get("/conferences/NQ12/report").text.lower(),
            "ranks": "Chưa công bố điểm" in organizer.get("/conferences/NQ12/report").text,
            "letters": "Nhắc nộp bài" in organizer.get("/conferences/NQ12/call/wordings").text,
            "reminders": "Bài thu hoạch quá hạn" in organizer.get("/conferences/NQ12/call/reminders").text,
            "badges": "/conferences/NQ12/badges" in organizer.get("/conferences/NQ12/people").text,
            "status": 'name="status"' in organizer.get("/conferences/NQ12/people").text,
            "door": "/door/NQ12" in host.get("/door/").headers.get("Location", ""),
        }

    assert set(shown().values()) == {True}
    the(db_session).modules_off = list(Module)
    db_session.commit()
    assert {name for name, is_there in shown().items() if is_there} == set()
    assert "người được triệu tập" in organizer.get("/conferences/NQ12/").text
