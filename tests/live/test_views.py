"""Who may look at the boards, and that their figures are those of the doors."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from conference.checkin.models import Attendance, Device
from conference.checkin.rules import Method
from conference.foundation.db import db, transaction
from tests import factories as make
from tests.factories import local


@pytest.fixture
def day(app, clock):
    """Two sites with three and one people called; two are in at the first."""
    clock.stop_at(local("07:45"))
    with app.app_context(), transaction():
        conference = make.make_conference()
        unit = make.make_unit(parent=None)
        session = make.make_study_session(conference)
        sites = [make.make_site(name, host_unit=unit, province="Nghệ An") for name in ("Yên Thành", "Diễn Châu")]
        for site in sites:
            make.join(conference, site)
        called = [
            make.make_attendee(conference, site=site, unit=unit, full_name=name)
            for site, name in ((sites[0], "Lê An"), (sites[0], "Đỗ Bình"), (sites[0], "Ngô Chi"), (sites[1], "Hồ Dũng"))
        ]
        device = Device(
            token_hash="x",
            conference_id=conference.id,
            site_id=sites[0].id,
            label="Cửa chính",
            enrolled_at=local("07:00"),
            expires_at=local("23:00"),
        )
        db.session.add(device)
        db.session.flush()
        for minute, attendee in enumerate(called[:2]):
            count_in(attendee, session, sites[0], device, minute)
        return {"session": session.id, "sites": [site.id for site in sites]}


def count_in(attendee, session, site, device, minute):
    moment = local("07:30") + timedelta(minutes=minute)
    db.session.add(
        Attendance(
            attendee_id=attendee.id,
            study_session_id=session.id,
            site_id=site.id,
            first=uuid4(),
            first_at=moment,
            device_id=device.id,
            method=Method.CAMERA,
            flagged=False,
            duplicates=0,
            last_seen_at=moment,
        )
    )


@pytest.mark.parametrize(
    ("role", "status"),
    [("organizer", 200), ("leader", 200), ("admin", 200), ("site_host", 403), ("grader", 403), ("nobody", 302)],
)
def test_only_those_who_lead_the_conference_watch_it(people, day, role, status):
    pages = ("", "board", "board?projector=1", "board/table")
    assert [people[role].get(f"/conferences/NQ12/{page}").status_code for page in pages] == [status] * len(pages)
    for_a_script = {302: 401}.get(status, status)  # a page to sign in at would be taken for figures
    assert people[role].get("/conferences/NQ12/board.json").status_code == for_a_script


def test_the_whole_picture_is_what_the_doors_counted(people, day):
    picture = people["organizer"].get("/conferences/NQ12/board.json").json
    assert {key: picture[key] for key in ("session", "present", "summoned", "sites", "states")} == {
        "session": day["session"],
        "present": 2,
        "summoned": 4,
        "sites": [[day["sites"][0], 2], [day["sites"][1], 0]],
        "states": {str(day["sites"][0]): "live", str(day["sites"][1]): "not_open"},
    }


def test_the_first_screen_says_the_situation_and_what_needs_a_person(people, day):
    page = people["organizer"].get("/conferences/NQ12/").text
    assert "Đang đón đại biểu ở 2 điểm cầu" in page
    assert "1 điểm cầu chưa mở điểm danh" in page
    assert "50,00%" in page


def test_a_conference_without_sessions_has_a_first_screen_and_no_board(people, app):
    with app.app_context(), transaction():
        make.make_conference("TRONG")
    assert people["organizer"].get("/conferences/TRONG/").status_code == 200
    assert people["organizer"].get("/conferences/TRONG/board").status_code == 404


@pytest.mark.parametrize("page", ["", "board", "board/table"])
def test_more_sites_ask_no_more_of_the_database(people, day, app, count_queries, page):
    people["organizer"].get(f"/conferences/NQ12/{page}")
    with count_queries() as with_two:
        people["organizer"].get(f"/conferences/NQ12/{page}")
    with app.app_context(), transaction():
        conference = db.session.get_one(make.Conference, 1)
        unit = make.make_unit("Liên đoàn Lao động huyện Đô Lương")
        for n in range(6):
            site = make.make_site(f"Điểm {n}", host_unit=unit, province=f"Tỉnh {n}")
            make.join(conference, site)
            make.make_attendee(conference, site=site, unit=unit, full_name=f"Nguyễn Văn {n}")
    with count_queries() as with_eight:
        people["organizer"].get(f"/conferences/NQ12/{page}")
    assert len(with_eight) == len(with_two)
