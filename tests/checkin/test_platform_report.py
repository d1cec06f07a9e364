"""The platform's own list of participants: read in every form it comes in, matched without guessing."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.adapters.spreadsheet import read_workbook
from conference.checkin.online.platform.matching import Called, How, People, around
from conference.checkin.online.platform.sheet import Report, read_report
from conference.foundation.errors import DomainError
from conference.foundation.text import fold
from tests.factories import local

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2018, 12, 6)

ZOOM = """Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
811 2233 4455,Hội nghị học tập,12/06/2018 07:31:00 AM,12/06/2018 11:35:00 AM,bantochuc@congdoan.vn,244,3

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
"Đặng Hữu Phước - LĐLĐ Yên Thành",phuoc@congdoan.vn,12/06/2018 07:45:10 AM,12/06/2018 09:02:00 AM,77,Yes
"Đặng Hữu Phước - LĐLĐ Yên Thành",phuoc@congdoan.vn,12/06/2018 09:05:00 AM,12/06/2018 11:30:00 AM,145,Yes
Anh (Nguyễn Thị Ánh),,12/06/2018 07:59:59 AM,12/06/2018 12:01:00 PM,242,Yes
"""
ZOOM_VI = """Tên (Tên gốc),Email người dùng,Thời gian tham gia,Thời gian rời đi,Thời lượng (Phút),Khách
Hồ Sỹ Quyền,,06/12/2018 07:45:10 SA,06/12/2018 12:30:00 CH,285,Có
"""
TEAMS = """1. Summary
Meeting title\tHội nghị học tập
Attended participants\t2
Start time\t12/6/18, 7:30:02 AM

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Nguyễn Thị Ánh\t12/6/18, 7:58:41 AM\t12/6/18, 11:29:50 AM\t3h 20m 9s\tanh@congdoan.vn\tanh@congdoan.vn\tPresenter

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Nguyễn Thị Ánh\t12/6/18, 7:58:41 AM\t12/6/18, 9:00:00 AM\t1h 1m\tanh@congdoan.vn\tPresenter
Nguyễn Thị Ánh\t12/6/18, 9:10:00 AM\t12/6/18, 11:29:50 AM\t2h 19m\tanh@congdoan.vn\tPresenter
Trần Văn Ẩn (Khách)\t12/6/18, 8:20:00 AM\t12/6/18, 8:20:00 AM\t0s\t\tAttendee
"""
TEAMS_VI = """2. Người tham gia
Tên\tLần đầu tham gia\tLần cuối rời đi\tThời lượng trong cuộc họp\tEmail\tID người tham gia (UPN)\tVai trò
Nguyễn Thị Ánh\t6/12/18, 07:58:41\t6/12/18, 11:29:50\t3 giờ\tanh@congdoan.vn\tanh@congdoan.vn\tNgười dự
"""
TEAMS_OLD = """Full Name\tUser Action\tTimestamp
Nguyễn Thị Ánh\tJoined\t12/6/2018, 7:58:41 AM
Trần Văn Ẩn\tJoined before\t12/6/2018, 7:59:00 AM
Nguyễn Thị Ánh\tLeft\t12/6/2018, 9:00:00 AM
Trần Văn Ẩn\tLeft\t12/6/2018, 11:30:00 AM
Nguyễn Thị Ánh\tJoined\t12/6/2018, 9:05:00 AM
Nguyễn Thị Ánh\tLeft\t12/6/2018, 11:30:00 AM
"""


def read(text: str, encoding: str = "utf-8-sig", day: date = DAY) -> Report:
    return read_report(read_workbook("participants.csv", text.encode(encoding)), held_on=day, zone=ZONE)


def told(report: Report) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        (one.name, one.email, [(f"{stay.from_at:%H:%M:%S}", f"{stay.until_at:%H:%M:%S}") for stay in one.stays])
        for one in report.participants
    ]


def test_zoom_in_english_and_vietnamese():
    assert told(read(ZOOM)) == [
        (
            "Đặng Hữu Phước - LĐLĐ Yên Thành",
            "phuoc@congdoan.vn",
            [("07:45:10", "09:02:00"), ("09:05:00", "11:30:00")],
        ),
        ("Anh (Nguyễn Thị Ánh)", "", [("07:59:59", "12:01:00")]),
    ]
    found = read(ZOOM_VI)
    assert told(found) == [("Hồ Sỹ Quyền", "", [("07:45:10", "12:30:00")])]
    assert found.participants[0].stays[0].from_at == local("07:45").replace(second=10)


@pytest.mark.parametrize(
    ("written_in", "day", "hour"),
    [("UTC", "06", "00:45"), ("America/Los_Angeles", "05", "16:45"), ("Asia/Tokyo", "06", "09:45")],
)
def test_a_list_in_the_hours_of_another_zone_speaks_of_the_same_moments(written_in, day, hour):
    rows = f"Name,Join Time,Leave Time\nLê Thị Hoa,12/{day}/2018 {hour},12/{day}/2018 {hour[:3]}55\n"
    book = read_workbook("participants.csv", rows.encode())
    found = read_report(book, held_on=DAY, zone=ZONE, written_in=ZoneInfo(written_in))
    assert told(found) == [("Lê Thị Hoa", "", [("07:45:00", "07:55:00")])]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_teams_with_each_coming_and_going(encoding):
    assert told(read(TEAMS, encoding)) == [
        ("Nguyễn Thị Ánh", "anh@congdoan.vn", [("07:58:41", "09:00:00"), ("09:10:00", "11:29:50")]),
        ("Trần Văn Ẩn (Khách)", "", [("08:20:00", "08:20:00")]),
    ]


def test_teams_in_vietnamese_and_in_its_oldest_form():
    assert told(read(TEAMS_VI)) == [("Nguyễn Thị Ánh", "anh@congdoan.vn", [("07:58:41", "11:29:50")])]
    assert told(read(TEAMS_OLD)) == [
        ("Nguyễn Thị Ánh", "", [("07:58:41", "09:00:00"), ("09:05:00", "11:30:00")]),
        ("Trần Văn Ẩn", "", [("07:59:00", "11:30:00")]),
    ]


def test_what_cannot_be_read_is_counted_and_another_day_is_said():
    rows = "Name,Join Time,Leave Time\n,12/06/2018 08:00,12/06/2018 09:00\nLê Thị Hoa,lúc tám giờ,\n"
    found = read(rows + "Lê Thị Hoa,12/06/2018 09:00,12/06/2018 08:00\nLê Thị Hoa,12/06/2018 08:00,\n")
    assert (found.unreadable, told(found)) == (3, [("Lê Thị Hoa", "", [("08:00:00", "08:00:00")])])
    with pytest.raises(DomainError, match="report_other_day"):
        read(ZOOM, day=date(2018, 12, 7))
    with pytest.raises(DomainError, match="report_no_table"):
        read("STT,Họ và tên,Ngày sinh\n1,Lê Thị Hoa,03/11/1964\n")


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    code = "report_read"
    try:
        book = read_workbook("x.csv", text.encode("utf-8", "ignore"))
        read_report(book, held_on=DAY, zone=ZONE)
    except DomainError as error:
        code = error.code
    assert code.startswith(("report_", "sheet_"))


# ---- matching

PEOPLE = [
    ("Nguyễn Văn Anh", "anh.hn@congdoan.vn", "Liên đoàn Lao động thành phố Hà Nội", "Quận Ba Đình"),
    ("Nguyễn Văn Anh", "", "Liên đoàn Lao động tỉnh Nghệ An", "Huyện Yên Thành"),
    ("Nguyễn Văn Anh", "", "Liên đoàn Lao động tỉnh Nghệ An", "Huyện Đô Lương"),
    ("Trần Thị Thu Hà", "vanphong@congdoan.vn", "Công đoàn Dệt may Việt Nam", "Trung tâm"),
    ("Hồ Sỹ Quyền", "vanphong@congdoan.vn", "Công đoàn Dệt may Việt Nam", "Trung tâm"),
    ("Thu Hà", "", "Công đoàn Y tế Việt Nam", "Trung tâm"),
]


def people() -> People:
    return People(
        Called(number, fold(name), email, around(unit, site))
        for number, (name, email, unit, site) in enumerate(PEOPLE, 1)
    )


@pytest.mark.parametrize(
    ("name", "email", "how", "whom"),
    [
        ("iPhone của Anh", "ANH.HN@congdoan.vn", How.EMAIL, 1),
        ("Nguyễn Văn Anh - LĐLĐ Hà Nội", "", How.UNIT, 1),
        ("nguyen van anh_LDLD TP HN", "", How.UNIT, 1),
        ("Nghệ An - Yên Thành - Nguyễn Văn Anh", "", How.UNIT, 2),
        ("Nguyễn Văn Anh - Nghệ An", "", How.AMBIGUOUS, (2, 3)),
        ("Nguyễn Văn Anh", "", How.AMBIGUOUS, (1, 2, 3)),
        ("02. Hồ Sỹ Quyền (Guest)", "", How.NAME, 5),
        ("Quyền", "", How.UNMATCHED, None),
        ("Hồ Sỹ Quyền", "vanphong@congdoan.vn", How.NAME, 5),
        ("Văn phòng", "vanphong@congdoan.vn", How.AMBIGUOUS, (4, 5)),
        ("Trần Thị Thu Hà - Dệt may", "", How.NAME, 4),
        ("Thu Hà - Y tế", "", How.NAME, 6),
        ("Hồ Sỹ Quyền - Cao su", "", How.AMBIGUOUS, (5,)),  # the name fits, what stands beside it does not
        ("Lê Thị Hoa", "hoa@congdoan.vn", How.UNMATCHED, None),
        ("", "", How.UNMATCHED, None),
    ],
)
def test_who_a_participant_is(name, email, how, whom):
    found = people().match(name, email)
    assert (found.how, found.candidates if how is How.AMBIGUOUS else found.attendee) == (how, whom)


@given(st.sampled_from(PEOPLE), st.text(max_size=30), st.booleans())
def test_nobody_is_matched_to_whom_they_do_not_name(person, noise, first):
    name = f"{noise} {person[0]}" if first else f"{person[0]} {noise}"
    found = people().match(name, "")
    for number in filter(None, (found.attendee, *found.candidates)):
        assert set(fold(PEOPLE[number - 1][0]).split()) <= set(fold(name).replace("-", " ").split()) | set(
            "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in fold(name)).split()
        )
