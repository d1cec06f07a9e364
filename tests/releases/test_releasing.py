"""A release reaches exactly the people concerned, once, and moves the entry that stands in their calendars."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import icalendar
import pytest
import vobject
from flask import Flask
from sqlalchemy import select, update

from conference.foundation import jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.planning.models import Conference, DayPart, PlanRelease, StudySession, Topic
from conference.reflections.receipts import signer
from conference.registry.feeds import Feed, FeedKind, feed_token
from conference.registry.links import link_token
from conference.registry.models import Attendee, Leave, ReleasedSeat
from conference.registry.tickets import key_ring
from conference.reports.verifying import verify
from conference.sites.models import ConferenceSite, Hall, Site
from conference.sites.rehearsals.actions import RehearsalFacts, plan_rehearsal
from tests.conftest import SECRET
from tests.factories import (
    LONG_AGO,
    THE_DAY,
    join,
    local,
    make_attendee,
    make_conference,
    make_person,
    make_presenter,
    make_site,
    make_study_session,
    make_topic,
    make_unit,
    make_wave,
)
from tests.people import prove_origin

BASE = "/conferences/NQ12"


@pytest.fixture
def app(make_app: Callable[..., Flask], database_url: str, smtp_server: Any, clock: Any) -> Iterator[Flask]:
    clock.stop_at(local("08:00") - timedelta(days=5))
    made = make_app(database_url=database_url, smtp_url=smtp_server.url, mail_per_minute=1_000_000)
    with made.app_context():
        yield made


@dataclass
class World:
    """Sites 0 to 3; people by site, the first of each without an address."""

    sites: list[int]
    people: dict[int, list[int]]
    topic: int
    session: int


def build(each: int, at_b: int | None = None) -> World:
    """``each`` people at each site, at the second ``at_b``."""
    with transaction():
        unit = make_unit("Liên đoàn Lao động tỉnh Nghệ An")
        conference = make_conference(host_unit=unit)
        morning = make_study_session(conference)
        make_topic(morning, "Khai mạc", starts="08:00", ends="08:15", kind="opening")
        topic = make_topic(morning, starts="08:30", ends="09:30", presenter=make_presenter(), position=2)
        sites = [make_site(f"Điểm cầu LĐLĐ huyện {name}", host_unit=unit, seats=9_999) for name in "ABCD"]
        for site in sites:
            join(conference, site)
        people: dict[int, list[int]] = {}
        for place, site in enumerate(sites):
            for number in range(at_b if at_b and place == 1 else each):
                email = f"n{place}.{number}@truong.example" if number else None
                person = make_person(f"Nguyễn Văn Số {number}", unit=unit, email=email)
                people.setdefault(place, []).append(make_attendee(conference, person=person, site=site).id)
        world = World([site.id for site in sites], people, topic.id, morning.id)
    db.session.expunge_all()
    return world


def version() -> int:
    return db.session.scalars(select(Conference.version)).one()


def release(client: Any) -> Any:
    answer = client.post(f"{BASE}/releases", data={"version": str(version()), "note": "Theo công văn 12"})
    assert answer.status_code == 302, answer.get_data(as_text=True)[-3000:]
    return answer


def letters(kind: MailKind, number: int) -> list[OutboxMail]:
    return list(
        db.session.scalars(
            select(OutboxMail)
            .where(OutboxMail.kind == kind, OutboxMail.occasion == f"plan-{number}")
            .order_by(OutboxMail.attendee_id)
            .execution_options(populate_existing=True)
        )
    )


def calendar_in(message: Any) -> str:
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return str(part.get_content())


def read_twice(text: str) -> tuple[str, str, int, Any, str]:
    """(method, uid, sequence, begin, place), as two parsers that know nothing of each other read them."""
    first, second = vobject.readOne(text), icalendar.Calendar.from_ical(text)
    event = second.walk("VEVENT")[0]
    one = (
        first.method.value,
        first.vevent.uid.value,
        int(first.vevent.sequence.value),
        first.vevent.dtstart.value.timestamp(),
        first.vevent.location.value,
    )
    other = (
        str(second["METHOD"]),
        str(event["UID"]),
        int(event["SEQUENCE"]),
        event["DTSTART"].dt.timestamp(),
        str(event["LOCATION"]),
    )
    assert one == other
    assert str(second.walk("VTIMEZONE")[0]["TZID"]) == event["DTSTART"].params["TZID"] == "Asia/Ho_Chi_Minh"
    return one


def change_plan(world: World, moved: int) -> None:
    """A hall changes at A, so many people of B move to C, one is withdrawn and one new at D."""
    with transaction():
        hall = Hall(site_id=world.sites[0], name="Nhà văn hóa huyện", capacity=9_999)
        db.session.add(hall)
        db.session.flush()
        db.session.execute(
            update(ConferenceSite).where(ConferenceSite.site_id == world.sites[0]).values(hall_id=hall.id)
        )
        db.session.execute(
            update(Attendee)
            .where(Attendee.id.in_(world.people[1][:moved]))
            .values(site_id=world.sites[2], calendar_sequence=Attendee.calendar_sequence + 1)
        )


def test_release_two_reaches_exactly_those_concerned_once_and_their_calendars_move(
    app, people, smtp_server, clock, sized
):
    """P1: One letter a change, read by two parsers."""
    moved, each = sized(12, 300), 12
    world = build(each=each, at_b=moved + 10)
    client = people["organizer"]
    release(client)
    client.post(f"{BASE}/call/summons")
    jobs.run_all()
    before = {envelope.rcpt_tos[0]: read_twice(calendar_in(message)) for envelope, message in sent(smtp_server)}
    assert len(before) == 3 * (each - 1) + moved + 9
    smtp_server.forget()
    clock.move(hours=1)
    change_plan(world, moved)
    page = client.get(f"{BASE}/releases").text
    assert "Kế hoạch khác bản 1 ở 2 chỗ" in page
    assert "Nhà văn hóa huyện" in page
    assert f"{each + moved} trên {3 * each + moved + 10} người có điều phải biết" in page
    release(client)
    written = letters(MailKind.CHANGE, 2)
    assert {mail.state for mail in written} == {MailState.HELD}
    jobs.run_all()
    assert smtp_server.envelopes == []  # nothing leaves before somebody presses send
    for _press in range(2):
        client.post(f"{BASE}/releases/2/send")
        jobs.run_all()
    expected = {f"n0.{number}@truong.example" for number in range(1, each)}
    expected |= {f"n1.{number}@truong.example" for number in range(1, moved)}
    received = [envelope.rcpt_tos[0] for envelope in smtp_server.envelopes]
    assert sorted(received) == sorted(expected)  # each once, and nobody else
    for envelope, message in sent(smtp_server):
        address = envelope.rcpt_tos[0]
        method, uid, sequence, _begin, place = read_twice(calendar_in(message))
        was = before[address]
        assert (method, uid) == ("REQUEST", was[1])
        assert sequence > was[2]
        assert place != was[4]
    (to_moved,) = smtp_server.messages_to("n1.1@truong.example")
    assert "Điểm cầu: trước là LĐLĐ huyện B, nay là LĐLĐ huyện C." in to_moved.get_body(("plain",)).get_content()
    (to_stayed,) = smtp_server.messages_to("n0.1@truong.example")
    assert "trước là Hội trường lớn, nay là Nhà văn hóa huyện." in to_stayed.get_body(("plain",)).get_content()


def sent(smtp_server: Any) -> list[tuple[Any, Any]]:
    return list(zip(smtp_server.envelopes, smtp_server.messages, strict=True))


def test_programme_changes_concern_everybody_and_each_is_named(app, people, smtp_server, clock):
    world = build(each=2)
    client = people["organizer"]
    release(client)
    client.post(f"{BASE}/call/summons")
    jobs.run_all()
    smtp_server.forget()
    with transaction():
        topic = db.session.get_one(Topic, world.topic)
        topic.starts_at, topic.ends_at = local("09:00"), local("10:00")
        topic.presenter_id = make_presenter("Hồ Sỹ Quyền", "Trưởng ban").id
    page = client.get(f"{BASE}/releases").text
    for words in ("08:30–09:30", "09:00–10:00", "Nguyễn Thị Ánh, Phó Chủ tịch", "Hồ Sỹ Quyền, Trưởng ban"):
        assert words in page
    release(client)
    client.post(f"{BASE}/releases/2/send")
    jobs.run_all()
    assert len(smtp_server.envelopes) == 4
    (message,) = smtp_server.messages_to("n0.1@truong.example")
    text = message.get_body(("plain",)).get_content()
    assert "trước là 08:30–09:30, nay là 09:00–10:00." in text
    assert "trước là Nguyễn Thị Ánh, Phó Chủ tịch, nay là Hồ Sỹ Quyền, Trưởng ban." in text
    assert "nay là" in client.get(f"{BASE}/releases/2").text


def test_a_change_of_wave_moves_the_entry_and_another_waves_hours_concern_its_people_alone(app, people, smtp_server):
    world = build(each=3)
    with transaction():
        conference = db.session.scalars(select(Conference)).one()
        conference.ends_on = conference.starts_on + timedelta(days=1)
        first, second = make_wave(conference, "Đợt 1"), make_wave(conference, "Đợt 2")
        db.session.get_one(StudySession, world.session).wave_id = first.id
        later = make_study_session(conference, on=conference.ends_on, wave=second)
        make_topic(later)
        for place, ids in world.people.items():
            wave = first if place < 2 else second
            db.session.execute(update(Attendee).where(Attendee.id.in_(ids)).values(wave_id=wave.id))
        second_id, later_id = second.id, later.id
    client = people["organizer"]
    release(client)
    client.post(f"{BASE}/call/summons")
    jobs.run_all()
    before = {envelope.rcpt_tos[0]: read_twice(calendar_in(message)) for envelope, message in sent(smtp_server)}
    day = timedelta(days=1).total_seconds()
    assert before["n3.1@truong.example"][3] == before["n0.1@truong.example"][3] + day
    smtp_server.forget()
    number = db.session.get_one(Attendee, world.people[0][1]).number
    client.post(f"{BASE}/people/{number}/wave", data={"wave": second_id})
    with transaction():
        db.session.get_one(StudySession, later_id).ends_at = local("11:45", local("08:00").date() + timedelta(days=1))
    page = client.get(f"{BASE}/releases").text
    assert "Đổi đợt" in page
    assert "7 trên 12 người có điều phải biết" in page
    release(client)
    client.post(f"{BASE}/releases/2/send")
    jobs.run_all()
    received = {envelope.rcpt_tos[0]: read_twice(calendar_in(message)) for envelope, message in sent(smtp_server)}
    assert set(received) == {
        "n0.1@truong.example",
        *(f"n{place}.{one}@truong.example" for place in (2, 3) for one in (1, 2)),
    }
    method, uid, sequence, begins, place = received["n0.1@truong.example"]
    was = before["n0.1@truong.example"]
    assert (method, uid, begins, place) == ("REQUEST", was[1], was[3] + day, was[4])
    assert sequence > was[2]
    (message,) = smtp_server.messages_to("n0.1@truong.example")
    said = "Đợt: trước là Đợt 1, từ 08:00 ngày 06/12/2018, nay là Đợt 2, từ 08:00 ngày 07/12/2018."
    assert said in message.get_body(("plain",)).get_content()
    assert [
        part.differences
        for part in verify(signer=signer(SECRET), ring=key_ring(SECRET), read=lambda name: None)
        if part.differences
    ] == []


def test_what_goes_back_before_anybody_was_told_is_told_to_nobody(app, people, smtp_server):
    """The letters of release 2 never left; release 3 is what they were told by release 1."""
    world = build(each=3)
    client = people["organizer"]
    release(client)
    client.post(f"{BASE}/call/summons")
    jobs.run_all()
    smtp_server.forget()
    for ends, expected in (("09:45", 8), ("09:30", 0)):
        with transaction():
            db.session.get_one(Topic, world.topic).ends_at = local(ends)
        release(client)
        assert len(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CHANGE)).all()) == expected
    client.post(f"{BASE}/releases/3/send")
    jobs.run_all()
    assert smtp_server.envelopes == []


def test_who_is_new_gets_the_summons_and_who_is_out_a_withdrawal(app, people, smtp_server):
    world = build(each=3)
    client = people["organizer"]
    release(client)
    client.post(f"{BASE}/call/summons")
    jobs.run_all()
    smtp_server.forget()
    number = db.session.get_one(Attendee, world.people[3][1]).number
    client.post(f"{BASE}/people/{number}/withdraw", data={"reason": "left_office"})
    with transaction():
        conference = db.session.scalars(select(Conference)).one()
        unit = make_unit("Liên đoàn Lao động huyện D")
        person = make_person("Lê Thị Thuý", unit=unit, email="moi@truong.example")
        make_attendee(conference, person=person, site=db.session.get_one(Site, world.sites[3]))
    release(client)
    client.post(f"{BASE}/releases/2/send")
    jobs.run_all()
    received = {envelope.rcpt_tos[0]: read_twice(calendar_in(message)) for envelope, message in sent(smtp_server)}
    assert set(received) == {"moi@truong.example", "n3.1@truong.example"}
    assert received["n3.1@truong.example"][0] == "CANCEL"
    assert received["moi@truong.example"][0] == "REQUEST"
    client.post(f"{BASE}/people/{number}/call-again")
    smtp_server.forget()
    release(client)
    client.post(f"{BASE}/releases/3/send")
    jobs.run_all()
    ((again, message),) = sent(smtp_server)
    method, uid, sequence, *_rest = read_twice(calendar_in(message))
    assert (again.rcpt_tos, method, uid) == (["n3.1@truong.example"], "REQUEST", received["n3.1@truong.example"][1])
    assert sequence > received["n3.1@truong.example"][2]


def test_a_letter_written_out_before_a_release_does_not_leave_after_it(app, people, smtp_server):
    """The summons waits in the outbox while release 2 comes: it leaves once, and tells release 2."""
    world = build(each=2)
    client = people["organizer"]
    release(client)
    client.post(f"{BASE}/call/summons")
    with transaction():
        db.session.get_one(Topic, world.topic).title = "Chuyên đề mới"
    release(client)
    jobs.run_all()
    assert len(smtp_server.envelopes) == 4
    assert all("Chuyên đề mới" in message.get_body(("plain",)).get_content() for message in smtp_server.messages)
    assert {mail.told_release for mail in db.session.scalars(select(OutboxMail))} == {2}
    assert letters(MailKind.CHANGE, 2) == []


def test_people_read_the_released_plan_and_doors_the_working_one(app, people, clock):
    world = build(each=2)
    client = people["organizer"]
    release(client)
    attendee = db.session.get_one(Attendee, world.people[1][1])
    token = link_token(SECRET, attendee.id, attendee.link_issue)
    conference_id = attendee.conference_id
    feed = f"/calendar/{feed_token(SECRET, Feed(FeedKind.ATTENDEE, attendee.id))}.ics"
    whole = f"/calendar/{feed_token(SECRET, Feed(FeedKind.CONFERENCE, conference_id))}.ics"
    own = app.test_client()
    own.get(f"/p/{token}")
    change_plan(world, 2)
    with transaction():
        db.session.get_one(StudySession, world.session).ends_at = local("12:00")
    for expected, elsewhere, ends in (("huyện B", "huyện C", "11:30"), ("huyện C", "huyện B", "12:00")):
        page = own.get("/my/").text
        assert expected in page
        assert elsewhere not in page
        event = vobject.readOne(own.get(feed).text).vevent
        assert expected in event.location.value
        assert event.dtend.value == local(ends)
        assert vobject.readOne(own.get(whole).text).vevent.dtend.value == local(ends)
        release(client)


def test_two_organizers_release_once_and_a_release_never_changes(app, people):
    build(each=1)
    client = people["organizer"]
    stale = str(version())
    release(client)
    answer = client.post(f"{BASE}/releases", data={"version": stale})
    assert answer.status_code == 409
    assert db.session.scalars(select(PlanRelease.number)).all() == [1]


def test_a_plan_with_faults_is_not_released(app, people):
    world = build(each=1)
    with transaction():
        topic = db.session.get_one(Topic, world.topic)
        topic.starts_at = local("08:10")
    client = people["organizer"]
    answer = client.post(f"{BASE}/releases", data={"version": str(version())})
    assert answer.status_code == 409
    assert db.session.scalars(select(PlanRelease)).all() == []
    assert "phải sửa trước khi phát hành" in client.get(f"{BASE}/releases").text


def test_every_number_of_a_difference_leads_to_so_many_people(app, people):
    world = build(each=5)
    client = people["organizer"]
    release(client)
    change_plan(world, 3)
    with transaction():
        db.session.get_one(Attendee, world.people[3][0]).site_id = world.sites[2]
    page = client.get(f"{BASE}/releases").text
    ways = re.findall(r'<a class="figure num" href="([^"]+)">(\d+)</a>', page)
    assert [int(count) for _way, count in ways] == [5, 3, 1]
    for way, count in ways:
        shown = client.get(way.replace("&amp;", "&")).text
        assert f'<h1 class="page-head__title">{count} người' in shown
        assert shown.count("/people/") >= int(count)
    everyone = client.get(f"{BASE}/releases/people?before=1").text
    assert "9 người" in everyone


def test_a_release_that_was_touched_is_found(app, people):
    world = build(each=2)
    release(people["organizer"])
    seats = ReleasedSeat.__table__
    whole = list(verify(signer=signer(SECRET), ring=key_ring(SECRET), read=lambda name: None))
    assert {part.name: part.differences for part in whole}["plan releases"] == []
    with transaction():
        db.session.execute(
            seats.update().where(seats.c.attendee_id == world.people[0][0]).values(site_id=world.sites[1])
        )
    touched = {part.name: part for part in verify(signer=signer(SECRET), ring=key_ring(SECRET), read=lambda name: None)}
    assert touched["plan releases"].checked == 1
    assert touched["plan releases"].differences == ["NQ12: release 1 of the plan is not as it was given out"]


def test_every_change_moves_the_one_entry_in_letters_and_feeds(app, people, smtp_server):
    """The same UID with a higher SEQUENCE each time, as two parsers read it; feeds follow each release."""
    world = build(each=2)
    client = people["organizer"]
    with transaction():
        conference = db.session.scalars(select(Conference)).one()
        afternoon = make_study_session(conference, part=DayPart.AFTERNOON, starts="13:30", ends="16:30", doors="13:00")
        make_topic(afternoon, "Thảo luận", starts="13:30", ends="16:30", presenter=make_presenter("Hồ Sỹ Quyền"))
        afternoon_id = afternoon.id
        former = db.session.get_one(Topic, world.topic).presenter_id
        joined = db.session.scalars(select(ConferenceSite).where(ConferenceSite.site_id == world.sites[0])).one()
        whole, site = (FeedKind.CONFERENCE, conference.id), (FeedKind.SITE, joined.id)
    release(client)
    client.post(f"{BASE}/call/summons")
    jobs.run_all()
    told = [read_twice(calendar_in(smtp_server.messages_to("n0.1@truong.example")[0]))]

    def next_release() -> Any:
        smtp_server.forget()
        number = db.session.scalars(select(Conference.release_number)).one() + 1
        release(client)
        client.post(f"{BASE}/releases/{number}/send")
        jobs.run_all()
        (message,) = smtp_server.messages_to("n0.1@truong.example")
        text = calendar_in(message)
        told.append(read_twice(text))
        return vobject.readOne(text).vevent

    with transaction():
        db.session.get_one(Topic, world.topic).starts_at = local("08:45")
        db.session.get_one(Topic, world.topic).presenter_id = make_presenter("Lê Thị Thuý").id
    assert "08:45 " in next_release().description.value
    assert len(events_of(app, FeedKind.PRESENTER, former)) == 0
    assert len(events_of(app, *whole)) == len(events_of(app, *site)) == 2
    dropped = client.post(f"{BASE}/study-sessions/{afternoon_id}/remove", data={"version": str(version())})
    assert dropped.status_code == 302
    assert len(events_of(app, *whole)) == 2  # people read the released plan
    shorter = next_release()
    assert shorter.dtend.value == local("11:30")
    assert "Thảo luận" not in shorter.description.value
    assert len(events_of(app, *whole)) == len(events_of(app, *site)) == 1
    change_plan(world, 0)
    moved = next_release()
    assert "Nhà văn hóa huyện" in moved.location.value
    assert "Nhà văn hóa huyện" in events_of(app, *site)[0]["LOCATION"]
    assert {(method, uid) for method, uid, *_rest in told} == {("REQUEST", told[0][1])}
    sequences = [sequence for _method, _uid, sequence, *_rest in told]
    assert sequences == sorted(set(sequences))


def events_of(app, kind: FeedKind, id: int) -> list[Any]:
    """What a feed holds, as two parsers read it."""
    text = app.test_client().get(f"/calendar/{feed_token(SECRET, Feed(kind, id))}.ics").text
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    read = getattr(vobject.readOne(text), "vevent_list", [])
    assert [one.uid.value for one in read] == [str(one["UID"]) for one in events]
    return events


def test_a_conference_called_off_cancels_every_entry_once_and_held_after_all_opens_it_again(app, people, smtp_server):
    world = build(each=2)
    client = people["organizer"]
    with transaction():
        conference = db.session.scalars(select(Conference)).one()
        eve = local("14:00", THE_DAY - timedelta(days=1))
        facts = RehearsalFacts("Tổng duyệt", eve, eve + timedelta(hours=2), "", None)
        plan_rehearsal(conference=conference, facts=facts, by=SYSTEM, at=LONG_AGO)
        presenter = db.session.get_one(Topic, world.topic).presenter_id
        joined = db.session.scalars(select(ConferenceSite).where(ConferenceSite.site_id == world.sites[0])).one()
        feeds = ((FeedKind.CONFERENCE, conference.id), (FeedKind.SITE, joined.id), (FeedKind.PRESENTER, presenter))
    addresses = [f"n{place}.1@truong.example" for place in range(4)]

    def heard() -> dict[str, tuple[str, str, int, str]]:
        """Address -> method, UID, SEQUENCE and STATUS of the one letter since."""
        jobs.run_all()
        found = {}
        for address in addresses:
            (message,) = smtp_server.messages_to(address)
            method, uid, sequence, *_where = read_twice(calendar_in(message))
            status = vobject.readOne(calendar_in(message)).vevent.status.value
            found[address] = (method, uid, sequence, status)
        smtp_server.forget()
        return found

    def entries() -> dict[str, tuple[int, str]]:
        return {
            str(one["UID"]): (int(one["SEQUENCE"]), str(one["STATUS"]))
            for feed in feeds
            for one in events_of(app, *feed)
        }

    release(client)
    client.post(f"{BASE}/call/summons")
    invited, shown = heard(), entries()
    assert {status for _sequence, status in shown.values()} == {"CONFIRMED"}
    page = client.get(f"{BASE}/call-off").text
    assert "báo 8 người?" in page
    assert "viết cho 4 người và giữ lại" in page
    off = client.post(f"{BASE}/call-off", data={"version": str(version())})
    assert off.location == f"{BASE}/call-off"
    jobs.run_all()
    assert [message for address in addresses for message in smtp_server.messages_to(address)] == []
    assert "Gửi 4 thư báo hủy?" in client.get(off.location).text
    gone = entries()
    assert gone.keys() == shown.keys()
    assert all(gone[uid][1] == "CANCELLED" and gone[uid][0] > shown[uid][0] for uid in shown)
    own = prove_origin(app.test_client())
    attendee = db.session.get_one(Attendee, world.people[0][1])
    own.get(f"/p/{link_token(SECRET, attendee.id, attendee.link_issue)}")
    assert "Hội nghị đã hủy." in own.get("/my/").text
    number, somebody = attendee.number, {"substitute_name": "Lê Văn Tám", "substitute_phone": "0912 000 222"}
    for who, path, data in (
        (own, "/my/leave", {"reason": "Đi công tác"}),
        (own, "/my/reply", {"reply": "coming"}),
        (client, f"{BASE}/people/{number}/leave", {"reason": "Đi công tác"}),
        (client, f"{BASE}/people/{number}/reply", {"reply": "coming"}),
        (client, f"{BASE}/people/{number}/substitutes", somebody),
    ):
        answer = who.post(path, data=data)
        assert (answer.status_code, "nên việc này không cần nữa" in answer.text) == (409, True), path
    for path in ("call-off", "call/summons", "releases"):
        assert client.post(f"{BASE}/{path}", data={"version": str(version())}).status_code == 409
    for _press in range(2):
        client.post(f"{BASE}/call-off/send")
    told = heard()
    for address, (method, uid, sequence, status) in told.items():
        assert (method, uid, status) == ("CANCEL", invited[address][1], "CANCELLED")
        assert sequence > invited[address][2]

    again = client.post(f"{BASE}/call-off/undo", data={"version": str(version())})
    assert again.location == f"{BASE}/releases/2"
    client.post(f"{again.location}/send")
    for address, (method, uid, sequence, status) in heard().items():
        assert (method, uid, status) == ("REQUEST", invited[address][1], "CONFIRMED")
        assert sequence > told[address][2]
    back = entries()
    assert all(back[uid][1] == "CONFIRMED" and back[uid][0] > gone[uid][0] for uid in shown)


def test_what_has_not_left_goes_when_all_is_called_off_and_nobody_told_so_hears_nothing_of_it(people):
    world = build(each=2)
    client = people["organizer"]
    release(client)
    client.post(f"{BASE}/call/summons")
    client.post(f"{BASE}/outbox/all/hold")
    assert client.post(f"{BASE}/call-off", data={"version": str(version())}).status_code == 302
    kinds = select(OutboxMail.kind, OutboxMail.state)
    assert set(db.session.execute(kinds).all()) == {(MailKind.CALL_OFF, MailState.HELD)}
    assert client.post(f"{BASE}/call-off/undo", data={"version": str(version())}).status_code == 302
    assert db.session.execute(kinds).all() == []
    with transaction():
        db.session.get_one(StudySession, world.session).doors_open_at = LONG_AGO
    begun = client.post(f"{BASE}/call-off", data={"version": str(version())})
    assert (begun.status_code, "đã mở điểm danh nên không hủy cả được" in begun.text) == (409, True)


def test_a_session_in_which_somebody_asked_leave_is_not_taken_out(app, people):
    world = build(each=1)
    with transaction():
        leave = Leave(
            attendee_id=world.people[0][0], study_session_id=world.session, reason="Ốm", requested_at=LONG_AGO
        )
        db.session.add(leave)
    answer = people["organizer"].post(f"{BASE}/study-sessions/{world.session}/remove", data={"version": str(version())})
    assert answer.status_code == 409
    assert "không bỏ được" in answer.text
    assert db.session.get(StudySession, world.session) is not None
