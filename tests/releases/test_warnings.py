"""One list of everything that needs a look: each fault that was planted is named, with the step that mends it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from conference.directory.models import Unit
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, ConferenceState, Presenter, StudySession
from conference.registry.models import Attendee
from conference.registry.naming.models import Quota
from conference.sites.models import ConferenceSite, Site
from tests.factories import (
    join,
    make_conference,
    make_person,
    make_study_session,
    make_topic,
    make_unit,
    make_wave,
)
from tests.registry.hall import Hall, build


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def page_of(people, hall: Hall) -> str:
    answer = people["organizer"].get(hall.url("/warnings"))
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def listed(people, address: str) -> list[str]:
    """The names of a list of people."""
    return re.findall(r'class="cell-title"><a [^>]+>([^<]+)<', people["organizer"].get(address).text)


def host_of_both(hall: Hall) -> None:
    """The factories name one host for every site: give each its own."""
    for number, joined in enumerate(db.session.query(ConferenceSite).order_by(ConferenceSite.id)):
        joined.manager_phone = f"0912 000 00{number}"


def test_a_host_of_two_sites_is_named_with_both(people, hall):
    page = page_of(people, hall)
    assert "Một phụ trách ở 2 điểm cầu cùng lúc" in page
    assert "Trần Thị Bích: LĐLĐ huyện Yên Thành, Nghệ An, LĐLĐ huyện Đô Lương, Nghệ An." in page
    with transaction():
        host_of_both(hall)
    assert "Một phụ trách ở" not in page_of(people, hall)


def test_what_another_conference_of_the_same_hours_has_too_is_named(sign_in, people, hall):
    with transaction():
        host_of_both(hall)
        other = make_conference(
            "KHAC", title="Hội nghị khác", host_unit=db.session.get_one(Unit, hall.units["ha_tinh"])
        )
        session = make_study_session(other, starts="09:00", ends="10:00", doors="08:45")
        presenter = db.session.query(Presenter).one()
        make_topic(session, "Chuyên đề khác", starts="09:30", ends="10:00", presenter=presenter)
        yen_thanh = db.session.get_one(Site, hall.sites["yen_thanh"])
        join(other, yen_thanh, hall=None, manager_phone="0999")
        join(other, db.session.get_one(Site, hall.sites["elsewhere"]), manager_phone="0912 000 001")
        person_id = db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).person_id
        db.session.add(
            Attendee(
                conference_id=other.id,
                number=1,
                person_id=person_id,
                unit_id=hall.units["yen_thanh"],
                site_id=yen_thanh.id,
            )
        )
    page = page_of(people, hall)
    for words in (
        "Điểm cầu dự hai hội nghị cùng lúc",
        "LĐLĐ huyện Yên Thành, Nghệ An cũng có trong “Hội nghị khác”",
        "Phụ trách ở hai hội nghị cùng lúc",
        "1 người được triệu tập hai hội nghị cùng lúc",
        "Nguyễn Thị Ánh chỉ có 15 phút giữa",
    ):
        assert words in page
    (step,) = re.findall(r'href="([^"]*people\?lack=\d+)"', page)
    assert listed(people, step) == ["Dương Văn An"]
    of_this_one = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, hall.conference_id).get(hall.url("/warnings")).text
    assert "Nguyễn Thị Ánh chỉ có 15 phút giữa" in of_this_one and "Hội nghị khác" not in of_this_one
    at_item = people["organizer"].get(hall.url("/plan")).text
    assert "Báo cáo viên chỉ có 15 phút để đi từ hội nghị khác" in at_item
    with transaction():  # who comes on another day than the other conference is called to both in peace
        conference = db.session.get_one(Conference, hall.conference_id)
        conference.ends_on = conference.starts_on + timedelta(days=1)
        wave = make_wave(conference, "Đợt 2")
        make_study_session(conference, on=conference.ends_on, wave=wave)
        db.session.get_one(StudySession, hall.sessions[0]).wave_id = make_wave(conference, "Đợt 1").id
        db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).wave_id = wave.id
    assert "được triệu tập hai hội nghị cùng lúc" not in page_of(people, hall)
    assert listed(people, step) == []
    with transaction():
        db.session.query(Conference).filter_by(code="KHAC").one().state = ConferenceState.CALLED_OFF
    page = page_of(people, hall)
    assert not [words for words in ("dự hai hội nghị", "ở hai hội nghị", "chỉ có 15 phút") if words in page]


def test_gaps_in_the_lists_are_named(people, hall):
    with transaction():
        host_of_both(hall)
        unit = db.session.get_one(Unit, hall.units["yen_thanh"])
        twin = make_person("Duong Van An", unit=unit, birth_date=date(1970, 4, 1))
        conference = make_attendee_of(hall, twin)
        db.session.add(Quota(conference_id=conference, unit_id=hall.units["do_luong"], places=9))
        stranger = make_unit("Công đoàn Dầu khí Việt Nam")
        db.session.add(Quota(conference_id=conference, unit_id=stranger.id, places=1))
        db.session.get_one(Attendee, hall.attendees["Lê Thị Thuý"]).site_id = hall.sites["elsewhere"]
    page = page_of(people, hall)
    for words in (
        "1 đại biểu chưa có điểm cầu",
        "1 người có thể được triệu tập hai lần",
        "chỗ trong chỉ tiêu chưa có người",
        "1 đơn vị có chỉ tiêu mà chưa có điểm cầu",
        "Công đoàn Dầu khí Việt Nam",
        "2 điểm cầu chưa có máy điểm danh",
    ):
        assert words in page
    assert listed(people, hall.url("/people?lack=site")) == ["Lê Thị Thuý"]
    for step in ("/people?lack=site", "/doubles", "/quotas?lack=missing"):
        assert f'href="{hall.url(step)}"' in page
    assert "Duong Van An" in people["organizer"].get(hall.url("/doubles")).text


def make_attendee_of(hall: Hall, person) -> int:
    conference = db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).conference_id
    db.session.add(
        Attendee(
            conference_id=conference,
            number=90,
            person_id=person.id,
            unit_id=person.unit_id,
            site_id=hall.sites["yen_thanh"],
        )
    )
    db.session.flush()
    return conference


def test_the_list_asks_as_often_whatever_the_size(people, hall, app):
    def asked() -> int:
        count = 0

        def note(*_args) -> None:
            nonlocal count
            count += 1

        event.listen(db.engine, "before_cursor_execute", note)
        page_of(people, hall)
        event.remove(db.engine, "before_cursor_execute", note)
        return count

    page_of(people, hall)  # signs in
    first = asked()
    with transaction():
        unit = db.session.get_one(Unit, hall.units["yen_thanh"])
        conference = db.session.query(ConferenceSite).first().conference_id
        for number in range(20):
            person = make_person(f"Nguyễn Văn Số {number}", unit=unit)
            db.session.add(
                Attendee(
                    conference_id=conference,
                    number=200 + number,
                    person_id=person.id,
                    unit_id=unit.id,
                    site_id=hall.sites["yen_thanh"],
                )
            )
    assert asked() == first


def test_every_step_of_the_list_leads_somewhere(people, hall):
    page = people["organizer"].get(hall.url("/warnings")).text
    steps = re.findall(r'class="faults__step" href="([^"]+)"', page)
    assert steps
    assert {people["organizer"].get(step.replace("&amp;", "&")).status_code for step in steps} == {200}
