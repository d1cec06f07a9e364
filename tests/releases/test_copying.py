"""A past conference as a start: its programme on other days, its sites and quotas, people only when wanted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from conference.directory.models import Unit
from conference.foundation import jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.planning.queries import programme_of, waves_of
from conference.registry.models import Attendee
from conference.registry.naming.models import Quota
from conference.releases.copying import moved
from conference.sites.models import ConferenceSite, GuestUnit
from conference.sites.rehearsals.actions import RehearsalFacts, call_off, plan_rehearsal
from conference.sites.rehearsals.queries import rehearsals_of, sites_named
from tests.factories import THE_DAY, local, make_wave, seat_guests
from tests.registry.hall import Hall, build

EVE = THE_DAY - timedelta(days=1)
BEGIN, END = datetime(2018, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 the strategy adds the zone
FORM = {"code": "nq13", "title": "Hội nghị chuyên đề năm sau", "starts_on": "05/12/2019"}


def copied() -> Conference:
    return db.session.scalars(select(Conference).where(Conference.code == "NQ13")).one()


def prepare() -> Hall:
    """The small hall with a guest unit, a quota, somebody withdrawn and a walk-in; the morning is a wave's."""
    hall = build()
    with transaction():
        joined = db.session.scalars(
            select(ConferenceSite).where(ConferenceSite.site_id == hall.sites["yen_thanh"])
        ).one()
        seat_guests(joined, db.session.get_one(Unit, hall.units["ha_tinh"]), quota=7)
        db.session.add(Quota(conference_id=hall.conference_id, unit_id=hall.units["do_luong"], places=4))
        db.session.get_one(Attendee, hall.attendees["Lê Thị Thuý"]).withdrawn_at = local("07:00")
        db.session.get_one(Attendee, hall.attendees["Trần Thị Hoà"]).is_walk_in = True
        conference = db.session.get_one(Conference, hall.conference_id)
        conference.modules_off = ["grading"]
        wave = make_wave(conference, "Đợt 1")
        db.session.get_one(StudySession, hall.sessions[0]).wave_id = wave.id
        db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).wave_id = wave.id
        place = frozenset({joined.id})
        for title, sites in (("Tổng duyệt", None), ("Thử đường truyền", place), ("Duyệt bỏ", None)):
            facts = RehearsalFacts(title, local("14:00", EVE), local("16:00", EVE), "Quét thử", sites)
            planned = plan_rehearsal(conference=conference, facts=facts, by=SYSTEM, at=local("08:00", EVE))
        call_off(rehearsal=planned, version=planned.version, by=SYSTEM, at=local("09:00", EVE))
    db.session.expunge_all()
    return hall


def test_a_preview_writes_nothing_and_the_copy_is_a_draft_on_other_days(people, db_session):
    hall = prepare()
    client = people["organizer"]
    assert f'href="{hall.url("/copy")}"' in client.get("/conferences/new").text
    page = client.post(hall.url("/copy"), data=FORM)
    assert page.status_code == 200
    for words in ("Thứ Năm, 05/12/2019", "08:00–11:30", "Thứ Tư, 04/12/2019", "14:00–16:00", "Chép cả 3 đại biểu"):
        assert words in page.text
    assert db.session.scalar(select(func.count()).select_from(Conference)) == 1
    answer = client.post(hall.url("/copy"), data=FORM | {"step": "copy"})
    assert answer.location == "/conferences/NQ13/plan"
    copy = copied()
    assert (copy.state, copy.starts_on, copy.ends_on, copy.version, copy.release_number) == (
        ConferenceState.DRAFT,
        date(2019, 12, 5),
        date(2019, 12, 5),
        1,
        0,
    )
    (morning,) = programme_of(copy.id)
    assert [(one.id, one.title) for one in waves_of(copy.id)] == [(morning.wave_id, "Đợt 1")]
    assert (morning.doors_open_at, morning.starts_at) == (
        local("07:15", date(2019, 12, 5)),
        local("08:00", date(2019, 12, 5)),
    )
    assert [(topic.title, topic.presenter and topic.presenter.name) for topic in morning.topics] == [
        ("Đón tiếp", None),
        ("Tư duy mới và những vấn đề lớn của Nghị quyết", "Nguyễn Thị Ánh"),
    ]
    assert copy.modules_off == ["grading"]
    sites = db.session.scalars(select(ConferenceSite).where(ConferenceSite.conference_id == copy.id)).all()
    (yen_thanh,) = [one.id for one in sites if one.site_id == hall.sites["yen_thanh"]]
    eve = date(2019, 12, 4)
    assert [
        (one.title, one.starts_at, one.ends_at, one.tasks, one.is_for_all, sites_named(one.id))
        for one in rehearsals_of(copy.id)
    ] == [
        ("Tổng duyệt", local("14:00", eve), local("16:00", eve), "Quét thử", True, frozenset()),
        ("Thử đường truyền", local("14:00", eve), local("16:00", eve), "Quét thử", False, {yen_thanh}),
    ]
    assert {one.site_id for one in sites} == {hall.sites["yen_thanh"], hall.sites["do_luong"]}
    assert all(one.hall_id and one.manager_name == "Trần Thị Bích" for one in sites)
    guest = db.session.scalars(
        select(GuestUnit).where(GuestUnit.conference_site_id.in_([one.id for one in sites]))
    ).one()
    assert (guest.unit_id, guest.quota) == (hall.units["ha_tinh"], 7)
    quota = db.session.scalars(select(Quota).where(Quota.conference_id == copy.id)).one()
    assert (quota.unit_id, quota.places) == (hall.units["do_luong"], 4)
    assert db.session.scalars(select(Attendee).where(Attendee.conference_id == copy.id)).all() == []


def test_people_come_over_when_wanted_with_tickets_of_their_own(people, db_session):
    hall = prepare()
    people["organizer"].post(hall.url("/copy"), data=FORM | {"step": "copy", "with_people": "1"})
    jobs.run_all()
    copies = db.session.scalars(select(Attendee).where(Attendee.conference_id == copied().id)).all()
    names = ("Dương Văn An", "Đặng Hữu Phước", "Nguyễn Thị Ánh")
    originals = {id: db.session.get_one(Attendee, hall.attendees[name]) for id, name in enumerate(names)}
    assert {(one.person_id, one.site_id, one.unit_id, one.number) for one in copies} == {
        (one.person_id, one.site_id, one.unit_id, one.number) for one in originals.values()
    }
    (wave,) = waves_of(copied().id)
    assert {one.wave_id: one.number for one in copies if one.wave_id} == {wave.id: 1}
    tickets = {one.ticket for one in copies}
    assert len(tickets) == len(copies)
    assert None not in tickets
    assert not tickets & {one.ticket for one in originals.values()}


def test_a_code_that_is_taken_or_a_day_that_is_none_gets_a_sentence(people, db_session):
    hall = prepare()
    client = people["organizer"]
    taken = client.post(hall.url("/copy"), data=FORM | {"code": "nq12", "step": "copy"})
    assert (taken.status_code, "Mã NQ12 đã có hội nghị dùng" in taken.text) == (409, True)
    wrong = client.post(hall.url("/copy"), data=FORM | {"starts_on": "31/02/2019", "step": "copy"})
    assert (wrong.status_code, "Hội nghị chuyên đề năm sau" in wrong.text) == (422, True)
    assert db.session.scalar(select(func.count()).select_from(Conference)) == 1


@given(
    st.datetimes(BEGIN, END, timezones=st.just(UTC)),
    st.integers(-800, 800),
    st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Paris", "America/New_York"]),
)
def test_the_hour_of_the_clock_stays_whatever_clocks_do_between(moment, days, zone):
    after = moved(moment, timedelta(days=days), zone)
    before = moment.astimezone(ZoneInfo(zone))
    assert after.replace(tzinfo=None) == before.replace(tzinfo=None) + timedelta(days=days)
