"""The attendee's own page: the link that opens it, what it shows, and what can be asked there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.registry.feeds import Feed, FeedKind, feed_token, read_feed_token
from conference.registry.links import link_token
from conference.registry.models import Attendee, Leave
from conference.sites.models import ConferenceSite
from tests.conftest import SECRET
from tests.factories import local
from tests.people import prove_origin
from tests.registry.hall import Hall, build


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


@pytest.fixture
def phuoc(app, hall):
    """The browser of Đặng Hữu Phước, who opened the personal link."""
    visitor = prove_origin(app.test_client())
    visitor.get(f"/p/{link_token(SECRET, hall.attendees['Đặng Hữu Phước'], 1)}")
    return visitor


def test_the_link_is_exchanged_for_a_cookie_and_leaves_the_address_bar(app, hall) -> None:
    visitor = app.test_client()
    token = link_token(SECRET, hall.attendees["Đặng Hữu Phước"], 1)
    answer = visitor.get(f"/p/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    page = visitor.get("/my/")
    assert page.status_code == 200
    assert token not in page.text


def test_a_link_that_opens_nothing_gets_a_page_that_helps(app, hall) -> None:
    id = hall.attendees["Đặng Hữu Phước"]
    with transaction():
        db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).withdrawn_at = local("07:00")
    for token in (
        "nonsense",
        "1.1.",
        link_token(SECRET, id, 2),
        link_token("another secret" * 4, id, 1),
        link_token(SECRET, 999_999, 1),
        link_token(SECRET, hall.attendees["Dương Văn An"], 1),
    ):
        answer = app.test_client().get(f"/p/{token}")
        assert (token, answer.status_code) == (token, 404)
        assert "Đường dẫn này không mở được nữa" in answer.text


def test_the_page_says_when_where_and_whom_to_call(phuoc, hall, clock) -> None:
    clock.stop_at(local("07:00"))
    page = phuoc.get("/my/").text
    for text in (
        "Đặng Hữu Phước",
        "Điểm cầu LĐLĐ huyện Yên Thành, Nghệ An",
        "Hội trường lớn",
        "Buổi sáng 06/12/2018",
        "thứ Năm 06/12/2018",
        "07:30",
        "Tư duy mới và những vấn đề lớn của Nghị quyết",
        "Trần Thị Bích",
        'href="tel:0912345678"',
        "Thẻ đại biểu",
    ):
        assert text in page
    for step in ("Dự hội nghị", "Thu hoạch", "Kết quả", "Chứng nhận"):
        assert step in page


def test_the_ticket_is_drawn_on_white_and_can_be_kept_as_a_picture(phuoc, hall) -> None:
    page = phuoc.get("/my/").text
    picture = phuoc.get("/my/ticket.svg?download=1")
    assert picture.content_type == "image/svg+xml"
    assert "attachment" in picture.headers["Content-Disposition"]
    assert picture.text in page
    assert 'fill="#fff"' in picture.text
    assert re.search(r'viewBox="-4 -4 45 45"', picture.text)  # version 5 and a quiet zone of 4 modules around it


def test_the_page_is_light(phuoc) -> None:
    assert len(phuoc.get("/my/").data) < 40_000


def test_nobody_enters_without_the_link(app, people, hall) -> None:
    for path in ("/my/", "/my/ticket.svg", "/my/calendar.ics"):
        assert app.test_client().get(path).status_code == 401
        assert people["organizer"].get(path).status_code == 403


def test_leave_is_asked_until_a_day_before(phuoc, hall, clock) -> None:
    asked = {"study_session": str(hall.sessions[0]), "reason": "Đi công tác nước ngoài"}
    clock.stop_at(local("08:00") - timedelta(days=1, seconds=-1))
    assert phuoc.post("/my/leave", data=asked).status_code == 409
    assert "Đã quá giờ gửi đơn" in phuoc.get("/my/").text
    clock.stop_at(local("08:00") - timedelta(days=1))
    assert phuoc.post("/my/leave", data=asked).status_code == 302
    assert phuoc.post("/my/leave", data=asked).status_code == 302
    leave = db.session.query(Leave).one()
    assert (leave.attendee_id, leave.reason) == (hall.attendees["Đặng Hữu Phước"], "Đi công tác nước ngoài")
    assert "Chờ quyết định" in phuoc.get("/my/").text


@pytest.mark.parametrize(
    "asked",
    [{"study_session": "", "reason": ""}, {"study_session": "999", "reason": "Ốm"}, {"reason": "x" * 501}],
)
def test_a_request_that_can_t_be_read_is_said_and_kept(phuoc, hall, clock, asked) -> None:
    clock.stop_at(local("08:00") - timedelta(days=3))
    assert phuoc.post("/my/leave", data=asked).status_code == 422
    assert db.session.query(Leave).count() == 0


# ---- calendars


def read(answer):
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/calendar")
    return vobject.readOne(answer.text)


def test_the_summons_is_a_calendar_entry_with_one_identity_for_life(phuoc, people, hall) -> None:
    before = read(phuoc.get("/my/calendar.ics"))
    assert before.method.value == "REQUEST"
    assert before.vevent.dtstart.value == local("07:30")
    assert before.vevent.dtend.value == local("11:30")
    assert "Yên Thành" in before.vevent.location.value
    people["organizer"].post(hall.person("Đặng Hữu Phước", "/move"), data={"site": hall.sites["do_luong"]})
    after = read(phuoc.get("/my/calendar.ics"))
    assert after.vevent.uid.value == before.vevent.uid.value
    assert int(after.vevent.sequence.value) == int(before.vevent.sequence.value) + 1
    assert "Đô Lương" in after.vevent.location.value


def feed(app, kind: FeedKind, id: int, issue: int = 1):
    return app.test_client().get(f"/calendar/{feed_token(SECRET, Feed(kind, id, issue))}.ics")


def test_every_feed_can_be_read_by_another_program(app, hall) -> None:
    joined = db.session.query(ConferenceSite).filter_by(site_id=hall.sites["yen_thanh"]).one().id
    own = read(feed(app, FeedKind.ATTENDEE, hall.attendees["Đặng Hữu Phước"]))
    site = read(feed(app, FeedKind.SITE, joined))
    presenter = read(feed(app, FeedKind.PRESENTER, 1))
    whole = read(feed(app, FeedKind.CONFERENCE, hall.conference_id))
    assert [one.method.value for one in (own, site, presenter, whole)] == ["PUBLISH"] * 4
    assert len({one.vevent.uid.value for one in (own, site, presenter, whole)}) == 4
    assert presenter.vevent.summary.value == "Tư duy mới và những vấn đề lớn của Nghị quyết"
    assert "Yên Thành" in site.vevent.location.value
    for calendar in (site, presenter, whole):
        assert "Phước" not in calendar.serialize()


def test_a_feed_ends_with_the_personal_link_and_needs_a_true_token(app, people, hall) -> None:
    id = hall.attendees["Đặng Hữu Phước"]
    people["organizer"].post(hall.person("Đặng Hữu Phước", "/link/revoke"))
    assert feed(app, FeedKind.ATTENDEE, id, 1).status_code == 404
    assert feed(app, FeedKind.ATTENDEE, id, 2).status_code == 200
    assert app.test_client().get("/calendar/c1.1.AAAAAAAAAAAAAAAAAAAAAA.ics").status_code == 404
    with transaction():
        db.session.get_one(Conference, hall.conference_id).state = "draft"
    for kind in (FeedKind.ATTENDEE, FeedKind.CONFERENCE):
        target = id if kind is FeedKind.ATTENDEE else hall.conference_id
        assert feed(app, kind, target, 2 if kind is FeedKind.ATTENDEE else 1).status_code == 404


def test_renewing_ends_every_address_of_the_conference_and_no_own_calendar(app, people, hall) -> None:
    joined = db.session.query(ConferenceSite).filter_by(site_id=hall.sites["yen_thanh"]).one().id
    shared = [(FeedKind.SITE, joined), (FeedKind.PRESENTER, 1), (FeedKind.CONFERENCE, hall.conference_id)]
    own = (FeedKind.ATTENDEE, hall.attendees["Đặng Hữu Phước"])
    assert {feed(app, *one).status_code for one in [*shared, own]} == {200}
    assert people["leader"].post(hall.url("/calendars/renew")).status_code == 403
    page = people["organizer"].post(hall.url("/calendars/renew"), follow_redirects=True).text
    assert {feed(app, *one).status_code for one in shared} == {404}
    assert {feed(app, *one, 2).status_code for one in shared} == {200}
    assert feed(app, *own).status_code == 200
    assert feed_token(SECRET, Feed(FeedKind.CONFERENCE, hall.conference_id, 2)) in page


@given(
    st.sampled_from(FeedKind),
    st.integers(1, 2**40),
    st.integers(1, 2**16),
    st.integers(0, 200),
    st.characters(codec="ascii"),
)
def test_a_feed_s_token_says_what_was_put_in_and_no_change_of_it_is_taken(kind, id, issue, place, sign) -> None:
    feed = Feed(kind, id, issue)
    token = feed_token(SECRET, feed)
    assert read_feed_token(SECRET, token) == feed
    changed = token[: place % len(token)] + sign + token[place % len(token) + 1 :]
    assert changed == token or read_feed_token(SECRET, changed) is None
    assert read_feed_token(SECRET + "x", token) is None


def test_the_list_of_calendars_is_for_the_staff(people, hall) -> None:
    page = people["organizer"].get(hall.url("/calendars")).text
    for name in ("Nguyễn Thị Ánh", "Điểm cầu LĐLĐ huyện Đô Lương, Nghệ An"):
        assert name in page
    assert people["grader"].get(hall.url("/calendars")).status_code == 403


def test_the_command_writes_what_the_feed_gives(app, hall, clock) -> None:
    clock.stop_at(local("07:00"))
    written = app.test_cli_runner().invoke(args=["export-calendar", "NQ12"])
    assert written.exit_code == 0
    assert written.stdout_bytes == feed(app, FeedKind.CONFERENCE, hall.conference_id).data
    assert app.test_cli_runner().invoke(args=["export-calendar", "NONE"]).exit_code == 1
