"""The organizer's workbook: exported and sent back unchanged it changes nothing; each edit is one difference."""

from __future__ import annotations

from datetime import time, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import func, select

from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.directory.models import Unit, UnitKind
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.sheets import Table
from conference.foundation.text import fold
from conference.planning.models import DayPart, Presenter, StudySession, Topic
from conference.registry.lists.units import UnitIndex
from conference.registry.models import Category
from conference.registry.naming.models import Quota
from conference.registry.seats.models import SeatPin
from conference.registry.workbook.cells import LEVEL_WORDS, NUMBERS
from conference.registry.workbook.comparison import compare
from conference.registry.workbook.content import BASE, SHEETS, read, tables_of
from conference.registry.workbook.rules import FIELDS, Kind, Known, Row, Sent, Why
from conference.sites.models import ConferenceSite, GuestUnit, Hall, HallBlock, Site
from tests.factories import (
    hall_of,
    join,
    local,
    make_attendee,
    make_conference,
    make_presenter,
    make_site,
    make_study_session,
    make_topic,
    make_unit,
    make_wave,
    seat_guests,
)

on_sqlite_alone = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

# ---- rules: any table, any edits

words = st.text("aâđê =+-@'0123456789", min_size=1, max_size=6).map(lambda text: " ".join(text.split())).filter(bool)
WAVES = frozenset({"Đợt 1", "Đợt 2"})
KNOWN = Known(
    {"U1"},
    {"S1"},
    {"S1": "U1"},
    plans={"S1": {"A": (1, 9)}},
    halves={"20/12/2018|sáng"},
    waves=frozenset(map(fold, WAVES)),
)
GOOD = {"level": st.sampled_from(sorted(LEVEL_WORDS)), "host": st.just("U1"), "manager_phone": st.just("0912 345 678")}
GOOD |= {"technician_phone": st.just("0912 345 678"), "manager_email": st.just("a@b.vn")}
GOOD |= {"room_url": st.just("https://hop.vn/1"), "starts": st.just("08:00"), "ends": st.just("09:00")}
GOOD |= {"kind": st.just("Khác"), "parent": st.just("U1"), "day": st.just("20/12/2018"), "part": st.just("sáng")}
GOOD |= {"number": st.just("7"), "wave": st.sampled_from(["", *sorted(WAVES)])}
KEYS = {
    Kind.BLOCK: "K{0}|X{0}",
    Kind.PIN: "S1|A1-{0}",
    Kind.GUEST: "K{0}|X{0}",
    Kind.QUOTA: "K{0}|Ủy viên {0}",
    Kind.HALF: "{0:02}/12/2018|chiều",
    Kind.TOPIC: "{0}",
}


def cell_of(name: str) -> st.SearchStrategy[str]:
    return GOOD[name] if name in GOOD else st.integers(1, 200).map(str) if name in NUMBERS else words


@st.composite
def rows(draw) -> list[Row]:
    kinds = draw(st.lists(st.sampled_from(Kind), max_size=6))
    found = []
    for number, kind in enumerate(kinds, start=1):
        key = KEYS.get(kind, "K{0}").format(number)
        found.append(Row(kind, key, "dòng", {name: draw(cell_of(name)) for name in FIELDS[kind]}))
    return found


def as_file(found: list[Row], *, with_base: bool = True) -> bytes:
    made = BytesIO()
    write_workbook(made, [table for table in tables_of(found) if with_base or table.name != BASE])
    return made.getvalue()


def read_file(data: bytes):
    content = read(read_workbook("so.xlsx", data), UnitIndex([]))
    return content.sent, content.base


@given(rows(), st.booleans())
def test_what_was_exported_and_is_sent_back_differs_in_nothing(found, with_base):
    now = {(row.kind, row.key): row for row in found}
    sent, base = read_file(as_file(found, with_base=with_base))
    differences = compare(now, base, sent, KNOWN)
    assert (differences.changes, differences.new, differences.missing, differences.rejected) == ([], [], [], [])
    assert differences.unchanged == len(found)


@given(rows(), st.data())
def test_each_edited_cell_is_one_difference_and_screen_edits_stand(found, data):
    now = {(row.kind, row.key): row for row in found}
    sent, base = read_file(as_file(found))
    free = [(row, name) for row in found for name in FIELDS[row.kind] if name not in GOOD]
    edited = data.draw(st.lists(st.sampled_from(free), unique_by=lambda e: (e[0].key, e[1]))) if free else []
    on_screen = data.draw(st.lists(st.sampled_from(free), unique_by=lambda e: (e[0].key, e[1]))) if free else []

    def other(name: str, value: str, by: int) -> str:
        return str((int(value) + by) % 200 + 1) if name in NUMBERS else f"{value} {by}"

    file_says = {(row.key, name): other(name, row.values[name], 1) for row, name in edited}
    screen_says = {(row.key, name): other(name, row.values[name], 2) for row, name in on_screen}
    sent = [
        Sent(
            row.kind,
            row.key,
            {name: file_says.get((row.key, name), value) for name, value in row.values.items()},
            row.sheet,
            row.row,
        )
        for row in sent
    ]
    now = {
        key: Row(
            row.kind,
            row.key,
            row.label,
            {name: screen_says.get((row.key, name), value) for name, value in row.values.items()},
        )
        for key, row in now.items()
    }
    found_now = compare(now, base, sent, KNOWN)
    assert {(change.key, change.field): change.is_conflict for change in found_now.changes} == {
        place: place in screen_says for place in file_says
    }
    assert found_now.rejected == []


@given(rows())
def test_a_row_that_is_missing_or_there_twice_is_told_and_never_taken_away(found):
    now = {(row.kind, row.key): row for row in found}
    sent, base = read_file(as_file(found))
    if not sent:
        return
    differences = compare(now, base, [*sent[1:], *sent[1:2]], KNOWN)
    kept = [row.key for row in differences.missing]
    still = {row.kind for row in sent[1:]}
    assert kept == ([sent[0].key] if sent[0].kind in still else [])
    assert [one.why for one in differences.rejected] == ([Why.SAME_KEY] if len(sent) > 1 else [])


# ---- on the screen


@pytest.fixture
def country(db_session):
    root = make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL, code="TLD")
    yen_thanh = make_unit("Liên đoàn Lao động huyện Yên Thành", parent=root, code="0123")
    education = make_unit("Công đoàn Giáo dục", parent=root, code="GD")
    conference = make_conference("NQ12", host_unit=root)
    site = make_site("=Huyện Yên Thành", host_unit=yen_thanh, seats=60, code="NA-01")
    joined = join(conference, site)
    db_session.add(HallBlock(hall_id=hall_of(site).id, position=1, name="A", rows=3, seats_per_row=20))
    db_session.add(SeatPin(conference_site_id=joined.id, place="A1-1", note="Đoàn Chủ tịch"))
    db_session.add(Quota(conference_id=conference.id, unit_id=yen_thanh.id, category_id=None, places=12))
    seat_guests(joined, education, 5)
    attendee = make_attendee(conference, site=site, unit=yen_thanh, full_name="Lê Thị Hoa", number=4)
    topic = make_topic(make_study_session(conference), presenter=make_presenter())
    outside = make_site("Huyện Quế Phong", host_unit=root, seats=None, code="NA-02")
    db_session.commit()
    return SimpleNamespace(
        conference=conference,
        site=site,
        joined=joined,
        topic=topic,
        outside=outside,
        attendee=attendee.id,
        unit=education,
    )


def exported(client: Any) -> dict[str, list[list[Any]]]:
    answer = client.get("/conferences/NQ12/workbook.xlsx")
    return {sheet.name: [list(row) for row in sheet.rows] for sheet in read_workbook("so.xlsx", answer.data).sheets}


def send(client: Any, sheets: dict[str, list[list[Any]]]) -> Any:
    made = BytesIO()
    write_workbook(made, [Table(name, rows[0], rows[1:]) for name, rows in sheets.items()])
    made.seek(0)
    return client.post("/conferences/NQ12/workbook", data={"file": (made, "so.xlsx")})


def set_cell(sheets: dict[str, list[list[Any]]], kind: Kind, row: int, head: str, value: Any) -> None:
    sheet = sheets[SHEETS[kind]]
    sheet[row][sheet[0].index(head)] = value


def test_a_workbook_comes_back_changed_nothing_more_and_nothing_less(people, country, db_session):
    client = people["organizer"]
    sheets = exported(client)
    assert sheets["Điểm cầu"][1][1] == "=Huyện Yên Thành"
    assert "Tệp không khác gì hội nghị" in client.get(send(client, sheets).headers["Location"]).text
    for kind, head, value in (
        (Kind.UNIT, "Tên gọn", "LĐLĐ Yên Thành"),
        (Kind.SITE, "Số ghế", 80),
        (Kind.SITE, "Điện thoại", ""),
        (Kind.BLOCK, "Số dãy", 4.0),
        (Kind.GUEST, "Số chỗ", 7),
        (Kind.TOPIC, "Bắt đầu", "08:30"),
        (Kind.TOPIC, "Báo cáo viên", "Hồ Sỹ Quyền"),
        (Kind.PIN, "Dành cho", "Khách mời"),
        (Kind.QUOTA, "Chỉ tiêu", 15),
    ):
        row = next(n for n, cells in enumerate(sheets[SHEETS[kind]]) if n and cells[0] in ("0123", "NA-01", "1"))
        set_cell(sheets, kind, row, head, value)
    sheets["Sơ đồ ghế"].append(["NA-01", "B", "", 2, 10])
    sheets["Điểm cầu"].append(["NA-02", "Huyện Quế Phong", "Cấp huyện", "", "TLD", "", "Nhà văn hóa", 45])
    address = send(client, sheets).headers["Location"]
    page = client.get(address).text
    assert ("11 chỗ khác với hội nghị" in page, "Đưa vào 11 chỗ" in page) == (True, True)
    assert client.post(f"{address}/apply").status_code == 303
    db_session.expire_all()
    assert db_session.scalars(select(Unit.short_name).where(Unit.code == "0123")).one() == "LĐLĐ Yên Thành"
    assert db_session.scalars(select(Hall.capacity).order_by(Hall.id)).all() == [80, 45]
    assert db_session.get(ConferenceSite, country.joined.id).manager_phone == ""
    assert db_session.execute(select(HallBlock.name, HallBlock.rows).order_by(HallBlock.position)).all() == [
        ("A", 4),
        ("B", 2),
    ]
    assert db_session.scalars(select(GuestUnit.quota)).one() == 7
    assert (db_session.scalars(select(SeatPin.note)).one(), db_session.scalars(select(Quota.places)).one()) == (
        "Khách mời",
        15,
    )
    topic, presenter = db_session.execute(select(Topic, Presenter).join(Presenter)).one()
    assert (topic.starts_at.strftime("%H:%M"), presenter.name) == ("01:30", "Hồ Sỹ Quyền")
    assert db_session.scalar(select(ConferenceSite.hall_id).where(ConferenceSite.site_id == country.outside.id))
    assert db_session.scalars(select(Site.name).where(Site.id == country.site.id)).one() == "=Huyện Yên Thành"
    again = exported(client)
    assert "Tệp không khác gì hội nghị" in client.get(send(client, again).headers["Location"]).text
    assert client.get(address).status_code == 404


def test_what_is_new_comes_in_with_all_that_hangs_on_it_and_once_only(people, country, db_session):
    """Edited as people do in a spreadsheet, with real days and hours in its cells."""
    client = people["organizer"]
    book = load_workbook(BytesIO(client.get("/conferences/NQ12/workbook.xlsx").data))
    day = country.conference.starts_on
    for kind, row in (
        (Kind.UNIT, ["0124-1", "Công đoàn xã Đô Thành", "", "Xã, phường", "0124", ""]),
        (Kind.UNIT, ["0124", "Liên đoàn Lao động huyện Diễn Châu", "", "Cấp huyện", "TLD", "Nghệ An"]),
        (Kind.SITE, ["NA-03", "Huyện Diễn Châu", "Cấp huyện", "Nghệ An", "0124", "", "Nhà văn hóa", 40]),
        (Kind.BLOCK, ["NA-03", "a", "", 2, 20]),
        (Kind.PIN, ["NA-03", "A1", "", "", "Ban Thường vụ"]),
        (Kind.PIN, ["NA-01", "a2-5", "", 4, ""]),
        (Kind.GUEST, ["NA-03", "GD", "", 3]),
        (Kind.QUOTA, ["0124", "Ủy viên Ban Chấp hành", "", 9]),
        (Kind.HALF, [day, "Tối", time(19, 0), time(21, 0)]),
        (Kind.TOPIC, ["", day, "tối", "Chuyên đề", "Thảo luận ở tổ", "Hồ Sỹ Quyền", time(19, 0), "19h45"]),
    ):
        book[SHEETS[kind]].append(row)
    book[SHEETS[Kind.QUOTA]].cell(row=2, column=4).value = 0
    made = BytesIO()
    book.save(made)
    address = client.post("/conferences/NQ12/workbook", data={"file": (BytesIO(made.getvalue()), "so.xlsx")}).location
    page = client.get(address).text
    assert "11 chỗ khác với hội nghị" in page
    assert "Thành phần mới: Ủy viên Ban Chấp hành" in page
    assert client.post(f"{address}/apply").status_code == 303
    db_session.expire_all()
    above, below = db_session.scalars(select(Unit).where(Unit.code.in_(("0124", "0124-1"))).order_by(Unit.code))
    assert (below.parent_id, below.path, below.province) == (above.id, f"{above.path}{below.id}/", "Nghệ An")
    assert db_session.scalars(select(Site.host_unit_id).where(Site.code == "NA-03")).one() == above.id
    pins = db_session.execute(select(SeatPin.place, SeatPin.attendee_id, SeatPin.note).order_by(SeatPin.place)).all()
    assert pins == [("A1", None, "Ban Thường vụ"), ("A1-1", None, "Đoàn Chủ tịch"), ("A2-5", country.attendee, "")]
    quotas = select(Unit.code, Category.name, Quota.places).join(Unit, Unit.id == Quota.unit_id).join(Category)
    assert db_session.execute(quotas).all() == [("0124", "Ủy viên Ban Chấp hành", 9)]
    evening = select(StudySession, Topic).join(Topic).where(StudySession.part == DayPart.EVENING)
    half, topic = db_session.execute(evening).one()
    assert (half.starts_at, topic.ends_at - topic.starts_at) == (topic.starts_at, timedelta(minutes=45))
    again = client.post("/conferences/NQ12/workbook", data={"file": (BytesIO(made.getvalue()), "so.xlsx")}).location
    assert "Tệp không khác gì hội nghị" in client.get(again).text


@on_sqlite_alone
def test_seats_change_owners_and_nobody_gets_two(people, country, db_session):
    client = people["organizer"]
    other = make_attendee(
        country.conference, site=country.site, unit=country.unit, full_name="Trần Thị Ánh", number=5
    ).id
    for place, who in (("A2-1", country.attendee), ("A2-2", other)):
        db_session.add(SeatPin(conference_site_id=country.joined.id, place=place, attendee_id=who))
    db_session.commit()
    sheets = exported(client)
    set_cell(sheets, Kind.PIN, 2, "Số thẻ", 5)
    twice = client.get(send(client, sheets).location).text
    assert "Đại biểu này được dành hai chỗ" in twice
    assert "Tệp không khác gì hội nghị" in twice
    set_cell(sheets, Kind.PIN, 3, "Số thẻ", 4)
    client.post(f"{send(client, sheets).location}/apply")
    db_session.expire_all()
    owners = select(SeatPin.place, SeatPin.attendee_id).where(SeatPin.place.startswith("A2")).order_by(SeatPin.place)
    assert db_session.execute(owners).all() == [("A2-1", other), ("A2-2", country.attendee)]


def test_a_zero_or_an_emptied_seat_takes_away_after_the_preview_has_said_so(people, country, db_session):
    client = people["organizer"]
    db_session.add(SeatPin(conference_site_id=country.joined.id, place="A2-1", attendee_id=country.attendee, note="Cờ"))
    db_session.commit()
    sheets = exported(client)
    set_cell(sheets, Kind.GUEST, 1, "Số chỗ", 0)
    set_cell(sheets, Kind.PIN, 1, "Dành cho", "")
    set_cell(sheets, Kind.PIN, 2, "Số thẻ", "")  # still kept for the flag
    address = send(client, sheets).location
    assert "Đưa vào thì bỏ 2 dòng: " in client.get(address).text
    assert db_session.scalar(select(func.count()).select_from(SeatPin)) == 2
    client.post(f"{address}/apply")
    db_session.expire_all()
    assert db_session.execute(select(SeatPin.place, SeatPin.attendee_id, SeatPin.note)).all() == [("A2-1", None, "Cờ")]
    assert db_session.scalar(select(func.count()).select_from(GuestUnit)) == 0
    again = client.get(send(client, sheets).location).text
    assert "Tệp không khác gì hội nghị" in again
    assert "Sửa thế nào" not in again


@on_sqlite_alone
def test_who_organises_one_conference_does_not_change_the_units_of_all(sign_in, country):
    client = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, country.conference.id)
    sheets = exported(client)
    set_cell(sheets, Kind.UNIT, 1, "Tên", "Tên khác")
    set_cell(sheets, Kind.BLOCK, 1, "Số dãy", 9)
    page = client.get(send(client, sheets).location).text
    assert ("1 chỗ khác với hội nghị" in page, "Người phụ trách toàn hệ thống mới sửa được" in page) == (True, True)


@on_sqlite_alone
def test_what_both_sides_edited_is_taken_only_when_a_person_says_so(people, country, db_session):
    client = people["organizer"]
    sheets = exported(client)
    set_cell(sheets, Kind.SITE, 1, "Phụ trách", "Lê Quang Dũng")
    country.joined.manager_name, country.joined.manager_phone = "Phan Thị Thương", "0900 000 000"
    db_session.commit()
    address = send(client, sheets).headers["Location"]
    page = client.get(address).text
    assert "1 chỗ khác với hội nghị" in page
    assert 'name="take" value="site|NA-01|manager_name"' in page
    client.post(f"{address}/apply")
    db_session.expire_all()
    assert db_session.get(ConferenceSite, country.joined.id).manager_name == "Phan Thị Thương"
    address = send(client, sheets).headers["Location"]
    client.post(f"{address}/apply", data={"take": "site|NA-01|manager_name"})
    db_session.expire_all()
    joined = db_session.get(ConferenceSite, country.joined.id)
    assert (joined.manager_name, joined.manager_phone) == ("Lê Quang Dũng", "0900 000 000")


@pytest.mark.parametrize(
    ("kind", "head", "value", "told"),
    [
        (Kind.SITE, "Số ghế", "nhiều", "Ghi số nguyên dương"),
        (Kind.SITE, "Số ghế", "", "không được để trống"),
        (Kind.SITE, "Cấp", "Cấp cao", "một trong bốn cấp"),
        (Kind.SITE, "Mã đơn vị chủ trì", "XX", "Không có đơn vị mang mã hay tên này"),
        (Kind.SITE, "Điện thoại", "12", "số điện thoại 10 số"),
        (Kind.SITE, "Đường dẫn phòng họp", "javascript:1", "Ghi đường dẫn như"),
        (Kind.TOPIC, "Kết thúc", "07:00", "trước giờ kết thúc"),
        (Kind.TOPIC, "Bắt đầu", "25:00", "Ghi giờ như 08:15"),
        (Kind.UNIT, "Mã đơn vị", "GD 2", "Ghi mã bằng chữ và số"),
        (Kind.UNIT, "Mã đơn vị cấp trên", "GD", "ở trang đơn vị, để giữ lịch sử"),
        (Kind.TOPIC, "Mã mục", "99", "Mục mới thì để trống ô mã"),
        (Kind.TOPIC, "Buổi", "tối", "Chương trình chưa có buổi này"),
        (Kind.TOPIC, "Loại", "Ăn trưa", "một trong năm loại"),
        (Kind.PIN, "Chỗ", "Z1", "Sơ đồ không có chỗ này"),
        (Kind.PIN, "Số thẻ", 99, "Không có đại biểu mang số thẻ này"),
        (Kind.QUOTA, "Mã đơn vị", "XX", "Không có đơn vị mang mã hay tên này"),
        (Kind.HALF, "Ngày", "30/02/2018", "Ghi ngày như"),
        (Kind.HALF, "Ngày", "05/01/2030", "nằm ngoài hội nghị"),
        (Kind.HALF, "Đợt", "Đợt 9", "chưa có đợt mang tên này"),
        (Kind.GUEST, "Mã đơn vị", "0123", "chủ trì điểm cầu nên không cần ghép"),
    ],
)
@on_sqlite_alone
def test_a_row_with_a_fault_is_named_with_its_place_and_the_others_go_on(people, country, kind, head, value, told):
    client = people["organizer"]
    sheets = exported(client)
    set_cell(sheets, kind, 1, head, value)
    set_cell(sheets, Kind.BLOCK, 1, "Số dãy", 9)
    page = client.get(send(client, sheets).headers["Location"]).text
    assert "1 chỗ khác với hội nghị" in page
    assert f"Trang “{SHEETS[kind]}”, dòng 2" in page
    assert told in page


def test_a_session_goes_to_another_wave_by_the_sheet_until_its_doors_have_opened(people, country, db_session, clock):
    client = people["organizer"]
    clock.stop_at(local("07:00"))
    wave = make_wave(country.conference, "Đợt 1").id
    db_session.commit()
    sheets = exported(client)
    assert sheets["Buổi"][1][sheets["Buổi"][0].index("Đợt")] == ""
    set_cell(sheets, Kind.HALF, 1, "Đợt", "đợt 1")
    address = send(client, sheets).headers["Location"]
    assert client.post(f"{address}/apply").status_code == 303
    db_session.expire_all()
    half = db_session.scalars(select(StudySession)).one()
    assert (half.wave_id, half.starts_at) == (wave, local("08:00"))
    sheets = exported(client)
    set_cell(sheets, Kind.HALF, 1, "Đợt", "")
    address = send(client, sheets).headers["Location"]
    clock.stop_at(local("07:30"))
    assert "đã mở điểm danh nên không chuyển đợt nữa" in client.get(address).text
    client.post(f"{address}/apply")
    clock.stop_at(local("07:00"))
    assert client.post(f"{send(client, sheets).headers['Location']}/apply").status_code == 303
    db_session.expire_all()
    assert db_session.scalars(select(StudySession.wave_id)).one() is None


@on_sqlite_alone
def test_files_that_are_no_workbook_are_refused_in_words(people, country):
    client = people["organizer"]

    def answer(name: str, data: bytes) -> tuple[int, str]:
        got = client.post("/conferences/NQ12/workbook", data={"file": (BytesIO(data), name)})
        return got.status_code, got.text

    assert send(client, {"Khác": [["a"], ["b"]]}).status_code == 422
    without_key = send(client, {"Điểm cầu": [["Tên"], ["Huyện Yên Thành"]]})
    assert (without_key.status_code, "thiếu cột Mã điểm cầu" in without_key.text) == (422, True)
    assert answer("so.xlsx", b"not a sheet")[0] >= 400
    assert client.post("/conferences/NQ12/workbook", data={}).status_code == 422
    assert people["leader"].get("/conferences/NQ12/workbook.xlsx").status_code == 403


# ---- quotas as organizers hand them over


def quota_file(client: Any, *rows: list[Any]) -> Any:
    made = BytesIO()
    write_workbook(made, [Table("Phân bổ", [str(cell or "") for cell in rows[0]], rows[1:])])
    return client.post("/conferences/NQ12/workbook", data={"file": (BytesIO(made.getvalue()), "phan-bo.xlsx")})


def test_a_table_of_units_by_categories_becomes_quotas_and_a_second_time_nothing(people, country, db_session):
    client = people["organizer"]
    table = [
        ["BẢNG PHÂN BỔ CHỈ TIÊU"],
        ["TT", "Đơn vị", "Tổng số", "Trong đó", None, "Ghi chú"],
        [None, None, None, "Ủy viên BCH", "Cán bộ chuyên trách", None],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        ["I", "Khối huyện"],
        [1, "LĐLĐ huyện Yên Thành", 14, "10", 4, ""],
        [2, "Công đoàn Giáo dục", 1200, "1.200", "-", ""],
        [3, "Công đoàn Không Có", 3, 3, 0, ""],
        [4, "GD", 7, None, "bảy", ""],
        [None, "Tổng cộng", 1217, 1213, 4, ""],
    ]
    address = quota_file(client, *table).location
    page = client.get(address).text
    assert "3 chỗ khác với hội nghị" in page
    assert ("Trang “Phân bổ”, dòng 8" in page, "Không có đơn vị mang mã hay tên này" in page) == (True, True)
    assert ("Trang “Phân bổ”, dòng 9" in page, "bảy" in page) == (True, True)
    done = client.post(f"{address}/apply")
    assert done.location.endswith("/quotas")
    rows = select(Unit.code, Category.name, Quota.places).join(Unit, Unit.id == Quota.unit_id)
    assert sorted(db_session.execute(rows.outerjoin(Category)).all(), key=str) == [
        ("0123", "Cán bộ chuyên trách", 4),
        ("0123", "Ủy viên BCH", 10),
        ("0123", None, 12),
        ("GD", "Ủy viên BCH", 1200),
    ]
    assert "Tệp không khác gì hội nghị" in client.get(quota_file(client, *table).location).text


@on_sqlite_alone
@pytest.mark.parametrize(
    ("table", "found"),
    [
        ([["Mã đơn vị", "Thành phần", "Số lượng"], ["GD", "Khách mời", 5], ["GD", "", 2]], "2 chỗ khác"),
        ([["Đơn vị", "Chỉ tiêu"], ["Công đoàn Giáo dục", 9], ["Cộng", 9]], "1 chỗ khác"),
        ([["STT", "Tên đơn vị", "Nữ ủy viên", "Ghi chú"], [1, "Công đoàn Giáo dục", 0, 5]], "Tệp không khác"),
    ],
)
def test_lists_of_quotas_are_known_by_their_heads(people, country, table, found):
    client = people["organizer"]
    assert found in client.get(quota_file(client, *table).location).text
