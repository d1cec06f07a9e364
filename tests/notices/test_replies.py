"""Answers to the summons: who gives them, what they count as, and that every figure leads to its people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.clock import now
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.foundation.paging import Ask
from conference.notices import replies
from conference.notices.models import Acceptance
from conference.notices.queries import how_many
from conference.notices.rules import Contact, Reply
from conference.registry import queries as registry
from conference.registry.links import link_token
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.rules import Reach
from tests.conftest import SECRET
from tests.factories import local
from tests.people import prove_origin
from tests.registry.hall import NAMES, Hall, build

EVERYBODY = Reach(is_whole=True, sees_contacts=True, may_change=True)


@pytest.fixture
def hall(db_session, clock) -> Hall:
    clock.stop_at(local("08:00") - timedelta(days=5))
    return build()


def opened(app, hall: Hall, name: str):
    client = prove_origin(app.test_client())
    client.get(f"/p/{link_token(SECRET, hall.attendees[name], 1)}")
    return client


def said(hall: Hall) -> dict[str, Reply]:
    return {name: replies.standing_of(hall.attendees[name]).reply for name, *_rest in NAMES}


def ask_leave(attendee_id: int, study_session_id: int | None = None, state: LeaveState = LeaveState.REQUESTED) -> None:
    with transaction():
        db.session.add(
            Leave(
                attendee_id=attendee_id,
                study_session_id=study_session_id,
                reason="Ốm",
                state=state,
                requested_at=now(),
            )
        )


def test_somebody_says_yes_on_their_own_page_and_takes_it_back(app, hall) -> None:
    client = opened(app, hall, "Đặng Hữu Phước")
    assert "Đồng chí có dự được không?" in client.get("/my/").text
    for _press in range(2):
        assert client.post("/my/reply", data={"reply": "coming"}).status_code == 302
    assert "Sẽ dự, báo lúc 08:00" in client.get("/my/").text
    assert said(hall)["Đặng Hữu Phước"] is Reply.COMING
    assert list(said(hall).values()).count(Reply.SILENT) == 4
    client.post("/my/reply", data={"reply": "silent"})
    assert said(hall)["Đặng Hữu Phước"] is Reply.SILENT
    actions = [entry.action for entry in db.session.query(JournalEntry).order_by(JournalEntry.id)]
    assert actions == ["notices.accept", "notices.take_back"]


def test_who_asks_to_stay_away_has_answered_and_one_session_is_not_the_whole(app, hall) -> None:
    phuoc, anh, thuy = (hall.attendees[name] for name in ("Đặng Hữu Phước", "Nguyễn Thị Ánh", "Lê Thị Thuý"))
    client = opened(app, hall, "Đặng Hữu Phước")
    client.post("/my/reply", data={"reply": "coming"})
    ask_leave(phuoc)
    ask_leave(anh, study_session_id=hall.sessions[0])
    ask_leave(thuy, state=LeaveState.REFUSED)
    assert said(hall) == {
        "Dương Văn An": Reply.SILENT,
        "Đặng Hữu Phước": Reply.LEAVE,
        "Nguyễn Thị Ánh": Reply.SILENT,
        "Trần Thị Hoà": Reply.SILENT,
        "Lê Thị Thuý": Reply.SILENT,
    }
    assert client.post("/my/reply", data={"reply": "coming"}).status_code == 409


def test_a_unit_notes_the_answers_of_its_own_people_alone(sign_in, hall) -> None:
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"])
    answers = {
        name: officer.post(hall.person(name, "/reply"), data={"reply": "coming"}).status_code for name, *_rest in NAMES
    }
    assert [name for name, status in answers.items() if status == 302] == ["Dương Văn An", "Đặng Hữu Phước"]
    assert set(answers.values()) == {302, 404}
    page = officer.get(hall.url("/call/ways")).text
    assert "Yên Thành" in page
    assert "Đô Lương" not in page


def test_nobody_is_asked_once_it_has_begun(app, people, hall, clock) -> None:
    clock.stop_at(local("08:00"))
    client = opened(app, hall, "Đặng Hữu Phước")
    assert "có dự được không" not in client.get("/my/").text
    assert client.post("/my/reply", data={"reply": "coming"}).status_code == 409
    assert people["organizer"].post(hall.person("Dương Văn An", "/reply"), data={"reply": "coming"}).status_code == 409
    assert db.session.query(Acceptance).count() == 0


def test_every_figure_by_unit_and_by_site_is_the_number_of_people_behind_it(app, hall) -> None:
    """The list's filters and the counted lines are two ways to the same people."""
    opened(app, hall, "Dương Văn An").post("/my/reply", data={"reply": "coming"})
    ask_leave(hall.attendees["Nguyễn Thị Ánh"])
    counted = replies.tally(hall.conference_id, EVERYBODY)
    further = app.extensions["people_filters"]

    def behind(**query: str) -> int:
        everybody = registry.people(hall.conference_id, EVERYBODY)
        return how_many(registry.narrowed(everybody, query, EVERYBODY, further))

    by_unit = counted.by_unit(Ask(), above=None, within=None).items
    by_site = counted.by_site(Ask()).items
    with app.test_request_context():
        for name, lines in (("unit", by_unit), ("site", by_site)):
            assert sum(line.called for line in lines) == len(NAMES)
            for line in lines:
                where = {"direct" if line.is_direct else name: str(line.id)}
                assert line.called == behind(**where)
                assert {one: line.counts[one] for one in Contact} == {
                    one: behind(contact=one.value, **where) for one in Contact
                }
                assert {one: line.counts[one] for one in Reply} == {
                    one: behind(reply=one.value, **where) for one in Reply
                }
    assert {one.value: counted.whole.counts[one] for one in (*Contact, *Reply)} == {
        "mail": 3, "phone_only": 1, "none": 1, "coming": 1, "leave": 1, "silent": 3,
    }  # fmt: skip


def test_the_page_asks_no_more_of_the_database_with_more_people(people, hall, count_queries) -> None:
    client = people["organizer"]
    client.get(hall.url("/call/ways"))
    with count_queries() as five:
        page = client.get(hall.url("/call/ways")).text
    assert "5 người chưa trả lời" in " ".join(page.split())
    with transaction():
        kept = db.session.scalars(select(Attendee).order_by(Attendee.id)).first()
        for attendee in db.session.scalars(select(Attendee).where(Attendee.id != kept.id)):
            attendee.withdrawn_at = now()
    with count_queries() as one:
        client.get(hall.url("/call/ways"))
    assert len(one) == len(five)
    with transaction():
        replies.accept(attendee=db.session.get_one(Attendee, kept.id), by=SYSTEM, at=now())
    assert "Mọi người đều đã trả lời" in client.get(hall.url("/call/ways"), query_string={"by": "site"}).text
