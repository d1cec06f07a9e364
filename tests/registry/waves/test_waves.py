"""Waves as an organizer makes them, and what each person is told of theirs."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdfium2 import PdfDocument

from conference.foundation.actor import Actor, ActorKind, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.jobs import run_all
from conference.foundation.journal import JournalEntry
from conference.notices.reminders import about_the_day
from conference.planning.models import Conference, DayPart, StudySession, Wave
from conference.planning.queries import waves_of
from conference.reflections import managing
from conference.reflections.rules import working_days_between
from conference.registry.calendars import attendee_feed
from conference.registry.called import called_by_site
from conference.registry.models import Attendee
from conference.registry.naming.models import Quota
from conference.seating.models import SeatingMove, SeatingProposal
from conference.sites.models import Hall, Site
from tests.factories import (
    THE_DAY,
    local,
    make_account,
    make_attendee,
    make_person,
    make_study_session,
    make_unit,
    make_wave,
)
from tests.reflections.conftest import PARTS
from tests.registry.hall import Hall as Small
from tests.registry.hall import build

DAY = timedelta(days=1)
AT = local("09:00") - timedelta(days=5)
LATER = "Lê Thị Thuý"


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def hall(db_session: Any, clock: Any) -> Small:
    """Five days before: two sites of 60 seats in one province; four people sit at one of them, one at the other."""
    clock.stop_at(local("08:00") - timedelta(days=5))
    return build()


def version(hall: Small) -> str:
    db.session.expire_all()
    return str(db.session.get_one(Conference, hall.conference_id).version)


def add(client: Any, hall: Small, title: str) -> int:
    answer = client.post(hall.url("/waves"), data={"title": title, "version": version(hall)})
    assert answer.status_code == 303, answer.text
    return db.session.scalars(db.select(Wave.id).order_by(Wave.id.desc())).first()


def waves_by_name(hall: Small) -> dict[str, int | None]:
    db.session.expire_all()
    return {name: db.session.get_one(Attendee, id).wave_id for name, id in hall.attendees.items()}


def second_day(hall: Small, wave_id: int) -> int:
    """One more half day for this wave, the day after; the morning that there is becomes the other's."""
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        conference.ends_on = conference.starts_on + timedelta(days=1)
        later = make_study_session(conference, DayPart.MORNING, on=conference.ends_on)
        later.wave_id = wave_id
        return later.id


def test_an_organizer_makes_waves_and_puts_units_into_them(people: Any, hall: Small) -> None:
    client = people["organizer"]
    assert "Hội nghị chưa chia đợt" in client.get(hall.url("/waves")).text
    first, second = add(client, hall, "Đợt 1"), add(client, hall, "Đợt 2")
    taken = client.post(hall.url("/waves"), data={"title": "Đợt 2", "version": version(hall)})
    assert (taken.status_code, "Đã có đợt mang tên này" in taken.text) == (409, True)
    assert client.post(hall.url("/waves"), data={"title": " ", "version": version(hall)}).status_code == 422
    plan = client.get(hall.url("/plan")).text
    assert "Đợt 2 chưa có buổi nào" in plan
    assert "5 đại biểu chưa có đợt" in plan
    form = {"held_on": "06/12/2018", "part": "morning", "starts_at": "08:00", "ends_at": "11:30"}
    session = hall.url(f"/study-sessions/{hall.sessions[0]}")
    assert client.post(session, data={**form, "wave": first, "version": version(hall)}).status_code == 302
    assert client.post(session, data={**form, "wave": 99, "version": version(hall)}).status_code == 422
    second_day(hall, second)
    units = [hall.units["yen_thanh"], hall.units["do_luong"]]
    answer = client.post(hall.url("/waves/units"), data={"units": units, "action": first}, follow_redirects=True)
    assert "Đã xếp 4 người vào Đợt 1." in answer.text
    client.post(hall.url("/waves/people"), data={"people": [hall.attendees["Lê Thị Thuý"]], "action": f"wave-{second}"})
    client.post(hall.person("Trần Thị Hoà", "/wave"), data={"wave": second})
    assert list(waves_by_name(hall).values()) == [first, first, first, second, second]
    page = client.get(hall.url("/waves")).text
    assert "1 đơn vị bị tách ra nhiều đợt" in client.get(hall.url("/plan")).text
    assert "Đủ chỗ" in page
    assert client.get(hall.url(f"/people?wave={second}")).text.count('<td class="cell-title">') == 2
    assert "Đợt 2" in client.get(hall.person("Trần Thị Hoà")).text


def test_a_wave_is_renamed_and_goes_only_while_nothing_is_in_it(people: Any, hall: Small) -> None:
    client = people["organizer"]
    first, second = add(client, hall, "Đợt 1"), add(client, hall, "Đợt 2")
    client.post(hall.url(f"/waves/{first}"), data={"title": "Đợt đầu", "version": version(hall)})
    assert "Đợt đầu" in client.get(hall.url("/waves")).text
    client.post(hall.person("Trần Thị Hoà", "/wave"), data={"wave": first})
    for wave, said in ((first, "nên không bỏ được"), (second, "Đã bỏ đợt.")):
        answer = client.post(hall.url(f"/waves/{wave}/remove"), data={"version": version(hall)}, follow_redirects=True)
        assert said in answer.text
    assert client.post(hall.url(f"/waves/{second}/remove"), data={"version": version(hall)}).status_code == 404
    assert client.post(hall.person("Trần Thị Hoà", "/wave"), data={"wave": second}).status_code == 404
    assert list(db.session.scalars(db.select(Wave.title))) == ["Đợt đầu"]


def test_waves_stand_everywhere_in_the_order_somebody_put_them_in(people: Any, hall: Small) -> None:
    client = people["organizer"]
    first, second, third = (add(client, hall, title) for title in ("Đợt A", "Đợt B", "Đợt C"))

    def put(wave: int, place: object, version: str) -> list[int]:
        answer = client.post(hall.url(f"/waves/{wave}/place"), data={"place": place, "version": version})
        assert answer.location == hall.url(f"/waves#wave-{wave}")
        db.session.expire_all()
        return [one.id for one in waves_of(hall.conference_id)]

    stale = version(hall)
    assert put(third, 1, stale) == [third, first, second]
    assert put(first, 3, version(hall)) == [third, second, first]
    assert put(second, 99, version(hall)) == [third, first, second]
    assert put(second, 1, stale) == [third, first, second]  # somebody else's order is not run over
    assert "vừa được người khác sửa" in client.get(hall.url("/waves")).text
    for page in ("/waves", "/people", "/report?by=wave", hall.person("Trần Thị Hoà").removeprefix(hall.url(""))):
        words = client.get(hall.url(page)).text
        assert sorted(("Đợt A", "Đợt B", "Đợt C"), key=words.index) == ["Đợt C", "Đợt A", "Đợt B"], page
    entry = db.session.scalars(db.select(JournalEntry).filter_by(action="wave.put")).first()
    assert (entry.before, entry.after) == ({"order": [first, second, third]}, {"order": [third, first, second]})
    for nonsense in ("", "x", "-1", "9" * 30):
        answer = client.post(hall.url(f"/waves/{first}/place"), data={"place": nonsense, "version": version(hall)})
        assert (answer.status_code, "Chưa rõ đưa đợt này đến đâu" in answer.text) == (400, True)


def test_nobody_is_told_to_come_to_nothing(people: Any, hall: Small) -> None:
    """Who has no wave would come to no session: that is mended before a release."""
    client = people["organizer"]
    first = add(client, hall, "Đợt 1")
    with transaction():
        db.session.get_one(StudySession, hall.sessions[0]).wave_id = first
    refused = client.post(hall.url("/releases"), data={"version": version(hall), "note": ""})
    assert refused.status_code == 409
    assert "5 đại biểu chưa có đợt" in client.get(hall.url("/warnings")).text
    client.post(hall.url("/waves/units"), data={"units": list(hall.units.values()), "action": first})
    assert client.post(hall.url("/releases"), data={"version": version(hall), "note": ""}).status_code == 302


@pytest.fixture
def waves(hall: Small) -> dict[str, int]:
    """Lê Thị Thuý comes the day after, the other four on the day itself."""
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        first, second = make_wave(conference, "Đợt 1"), make_wave(conference, "Đợt 2")
        db.session.get_one(StudySession, hall.sessions[0]).wave_id = first.id
        for name, id in hall.attendees.items():
            db.session.get_one(Attendee, id).wave_id = second.id if name == LATER else first.id
        ids = {"first": first.id, "second": second.id}
    ids["later"] = second_day(hall, ids["second"])
    return ids


def in_calendar(hall: Small, name: str) -> list[tuple[Any, Any]]:
    feed = attendee_feed(hall.attendees[name], 1, organizer=None, at=local("08:00"))
    return [(event.starts_at, event.ends_at) for event in feed.events]


def test_the_own_calendar_holds_the_days_of_the_own_wave(hall: Small, waves: Any) -> None:
    entries = {name: in_calendar(hall, name) for name in hall.attendees}
    assert entries.pop(LATER) == [(local("08:00", THE_DAY + DAY), local("11:30", THE_DAY + DAY))]
    assert set(map(tuple, entries.values())) == {((local("07:30"), local("11:30")),)}


def test_who_is_sent_instead_of_somebody_comes_along_into_another_wave(people: Any, hall: Small, waves: Any) -> None:
    """And who is sent to one session of several has that one alone in the calendar."""
    client, name = people["organizer"], "Trần Thị Hoà"
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        afternoon = make_study_session(
            conference, DayPart.AFTERNOON, on=THE_DAY + DAY, doors="13:15", starts="14:00", ends="17:00"
        )
        afternoon.wave_id = waves["second"]
    for of, who, session in ((name, "Lê Văn Tám", ""), (LATER, "Lê Văn Chín", str(waves["later"]))):
        sent = {"substitute_name": who, "substitute_phone": "0912 000 222", "substitute_session": session}
        assert client.post(hall.person(of, "/substitutes"), data=sent).status_code == 303
        attendee = db.session.scalars(db.select(Attendee).order_by(Attendee.id.desc())).first()
        hall.attendees[who] = attendee.id
    assert in_calendar(hall, "Lê Văn Tám") == [(local("07:30"), local("11:30"))]
    assert in_calendar(hall, "Lê Văn Chín") == [(local("08:00", THE_DAY + DAY), local("11:30", THE_DAY + DAY))]
    answer = client.post(hall.person(name, "/wave"), data={"wave": waves["second"]}, follow_redirects=True)
    assert "Đã xếp 1 người vào Đợt 2." in answer.text
    db.session.expire_all()
    moved = [(local("08:00", THE_DAY + DAY), local("17:00", THE_DAY + DAY))]
    assert in_calendar(hall, "Lê Văn Tám") == in_calendar(hall, name) == moved
    assert db.session.get_one(Attendee, hall.attendees["Lê Văn Tám"]).calendar_sequence == 1


def test_reminders_of_the_day_come_before_ones_own_day(hall: Small, waves: Any) -> None:
    found = about_the_day(db.session.get_one(Conference, hall.conference_id))
    people = [(one.anchor, sorted(row.attendee_id for row in db.session.execute(one.people))) for one in found]
    written_to = sorted(hall.attendees[name] for name in ("Dương Văn An", "Đặng Hữu Phước"))
    assert people == [(THE_DAY, written_to), (THE_DAY + DAY, [hall.attendees[LATER]])]


def test_what_is_handed_on_says_when_each_wave_begins_and_whose_wave_it_is(
    people: Any, hall: Small, waves: Any
) -> None:
    client = people["organizer"]
    page = client.post(hall.url("/call/hand-over/messages"), data={"unit": hall.units["ha_tinh"]}).text
    assert "bắt đầu Đợt 1: 07:30 Thứ Năm, 06/12/2018; Đợt 2: 08:00 Thứ Sáu, 07/12/2018." in page
    document = PdfDocument(BytesIO(client.post(hall.url("/call/hand-over.pdf"), data={}).data))
    words = " ".join("".join(page.get_textpage().get_text_range() for page in document).split())
    document.close()
    assert "Đô Lương, Nghệ An, Đợt 2" in words
    assert "Yên Thành, Nghệ An, Đợt 1" in words


def test_a_quota_is_one_for_all_waves_and_pages_say_so(people: Any, sign_in: Any, hall: Small, waves: Any) -> None:
    with transaction():
        db.session.add(Quota(conference_id=hall.conference_id, unit_id=hall.units["ha_tinh"], places=4))
    said = "Chỉ tiêu của đơn vị tính chung cho mọi đợt."
    assert all(said in people["organizer"].get(hall.url(page)).text for page in ("/quotas", "/waves"))
    home = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["ha_tinh"]).get(hall.url("/unit")).text
    assert said in home
    assert f"unit={hall.units['ha_tinh']}&amp;wave={waves['second']}" in home
    assert "dự Đợt 2" in home


def test_a_later_wave_has_as_many_working_days_to_write(hall: Small, waves: Any) -> None:
    conference = db.session.get_one(Conference, hall.conference_id)
    with transaction():
        by = Actor(ActorKind.ACCOUNT, make_account(Role.ORGANIZER).id)
        task = managing.make_task(conference=conference, plan=managing.plan_for(conference, PARTS), by=by, at=AT)
        given = managing.give_waves_their_time(conference=conference, task=task, reason="Đợt sau", by=by, at=AT)
    (extension,) = given
    assert extension.wave_id == waves["second"]
    assert working_days_between(THE_DAY, task.due_at.date(), []) == working_days_between(
        THE_DAY + DAY, extension.until.date(), []
    )
    assert extension.until.time() == task.due_at.time()


def test_seats_are_taken_anew_in_each_wave_and_a_proposal_fills_them(people: Any, hall: Small) -> None:
    """Ninety people of six units, sixty seats, two waves: everybody sits, no unit is torn, none too many at once."""
    client = people["organizer"]
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        home = db.session.get_one(Site, hall.sites["yen_thanh"])
        for number in range(90):
            if number % 15 == 0:
                unit = make_unit(f"Công đoàn cơ sở {number}", province="Nghệ An")
            make_attendee(conference, person=make_person(unit=unit), site=home, number=500 + number)
        joined = db.session.query(Hall).filter_by(site_id=hall.sites["do_luong"]).one()
        joined.capacity = 2
        waves = [make_wave(conference, "Đợt 1").id, make_wave(conference, "Đợt 2").id]
        db.session.get_one(StudySession, hall.sessions[0]).wave_id = waves[0]
    second_day(hall, waves[1])
    assert "95 đại biểu chưa có đợt." in client.get(hall.url("/seating")).text
    client.post(hall.url("/seating/propose"), data={"scope": "unseated", "reach": "province", "whole_up_to": "30"})
    run_all()
    proposal = db.session.scalars(db.select(SeatingProposal)).one()
    assert "Đợt 2" in client.get(hall.url(f"/seating/{proposal.id}")).text
    done = client.post(hall.url(f"/seating/{proposal.id}/accept"), data={"all": "1"}, follow_redirects=True)
    assert "Đã chuyển" in done.text
    assert db.session.scalars(db.select(SeatingMove).filter_by(to_site_id=None)).all() == []
    db.session.expire_all()
    sat = db.session.query(Attendee).all()
    assert {one.wave_id for one in sat} <= set(waves)
    spread: dict[int, set[int | None]] = {}
    for one in sat:
        spread.setdefault(one.unit_id, set()).add(one.wave_id)
    assert all(len(found) == 1 for unit_id, found in spread.items() if unit_id not in hall.units.values())
    at_once = called_by_site(hall.conference_id)
    crowd = dict(db.session.execute(db.select(at_once.c.site_id, at_once.c.at_once)).all())
    assert crowd[hall.sites["yen_thanh"]] <= 60
    assert crowd.get(hall.sites["do_luong"], 0) <= 2
