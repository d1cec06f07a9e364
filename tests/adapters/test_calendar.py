"""Calendar files, read back by a parser that is not the one that wrote them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from conference.adapters.calendar import write_calendar
from conference.foundation.calendar import Calendar, CalendarEvent, Mailbox, Method

EVENT = CalendarEvent(
    uid="nq12-45078@diem-cau",
    sequence=3,
    changed_at=datetime(2018, 12, 1, 2, 3, 4, 5, tzinfo=UTC),
    starts_at=datetime(2018, 12, 6, 0, 30, tzinfo=UTC),
    ends_at=datetime(2018, 12, 6, 10, 0, tzinfo=UTC),
    summary="Hội nghị học tập, quán triệt Nghị quyết Đại hội XII Công đoàn Việt Nam; toàn quốc",
    location="Hội trường huyện Yên Thành, Nghệ An",
    description="07:30 Đón tiếp\n08:00 Khai mạc",
    organizer=Mailbox("Ban Tổ chức", "khong-tra-loi@congdoan.example"),
    attendee=Mailbox('Đặng "Hữu" Phước', "phuoc@truong.example"),
)


@pytest.mark.parametrize(
    ("method", "status"), [(Method.REQUEST, "CONFIRMED"), (Method.CANCEL, "CANCELLED"), (Method.PUBLISH, "CONFIRMED")]
)
def test_another_reader_finds_what_was_written(method: Method, status: str) -> None:
    raw = write_calendar(Calendar("Hội nghị", "Asia/Ho_Chi_Minh", [EVENT], method))
    event = vobject.readOne(raw.decode()).vevent
    assert f"METHOD:{method}\r\n".encode() in raw
    assert event.uid.value == EVENT.uid
    assert event.sequence.value == "3"
    assert event.dtstamp.value == EVENT.changed_at.replace(microsecond=0)
    assert event.dtstart.value == EVENT.starts_at
    assert event.dtstart.value.utcoffset().total_seconds() == 7 * 3600
    assert event.dtend.value == EVENT.ends_at
    assert event.summary.value == EVENT.summary
    assert event.location.value == EVENT.location
    assert event.description.value == EVENT.description
    assert event.status.value == status
    assert event.organizer.value == "mailto:khong-tra-loi@congdoan.example"
    assert event.attendee.value == "mailto:phuoc@truong.example"


def test_the_same_facts_give_the_same_bytes() -> None:
    calendar = Calendar("Hội nghị", "Asia/Ho_Chi_Minh", [EVENT], Method.REQUEST)
    assert write_calendar(calendar) == write_calendar(calendar)


def test_the_zone_stands_once_and_no_line_is_longer_than_75_bytes() -> None:
    events = [replace(EVENT, uid=f"{number}@diem-cau") for number in range(5)]
    raw = write_calendar(Calendar("Hội nghị", "Asia/Ho_Chi_Minh", events))
    assert raw.count(b"BEGIN:VTIMEZONE") == 1
    assert raw.count(b"BEGIN:VEVENT") == 5
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=200))
def test_no_text_makes_a_property_of_its_own(text: str) -> None:
    nasty = f"{text}\r\nATTENDEE:mailto:thief@evil.example"
    event = replace(EVENT, attendee=None, summary=nasty, description=nasty, location=nasty)
    raw = write_calendar(Calendar("x", "Asia/Ho_Chi_Minh", [event], Method.REQUEST))
    assert not [line for line in raw.split(b"\r\n") if line.startswith(b"ATTENDEE")]
