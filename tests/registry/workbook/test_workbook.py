"""The organizer's workbook: exported and sent back unchanged it changes nothing; each edit is one difference."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.directory.models import Unit, UnitKind
from conference.foundation.sheets import Table
from conference.planning.models import Presenter, Topic
from conference.registry.workbook.content import BASE, SHEETS, read, tables_of
from conference.registry.workbook.rules import FIELDS, LEVEL_WORDS, NUMBERS, Kind, Known, Row, Sent, Why, compare
from conference.sites.models import ConferenceSite, GuestUnit, Hall, HallBlock, Site
from tests.factories import (
    hall_of,
    join,
    make_conference,
    make_presenter,
    make_site,
    make_study_session,
    make_topic,
    make_unit,
    seat_guests,
)

on_sqlite_alone = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

# ---- rules: any table, any edits

words = st.text("aâđê =+-@'0123456789", min_size=1, max_size=6).map(lambda text: " ".join(text.split())).filter(bool)
KNOWN = Known(frozenset({"U1"}), frozenset({"S1"}), frozenset({"S1"}), {"S1": "U1"})
GOOD = {"level": st.sampled_from(sorted(LEVEL_WORDS)), "host": st.just("U1"), "manager_phone": st.just("0912 345 678")}
GOOD |= {"technician_phone": st.just("0912 345 678"), "manager_email": st.just("a@b.vn")}
GOOD |= {"room_url": st.just("https://hop.vn/1"), "starts": st.just("08:00"), "ends": st.just("09:00")}


def cell_of(name: str) -> st.SearchStrategy[str]:
    return st.integers(1, 200).map(str) if name in NUMBERS else GOOD.get(name, words)


@st.composite
def rows(draw) -> list[Row]:
    kinds = draw(st.lists(st.sampled_from(Kind), max_size=6))
    found = []
    for number, kind in enumerate(kinds):
        key = f"K{number}|X{number}" if kind in (Kind.BLOCK, Kind.GUEST) else f"K{number}"
        found.append(Row(kind, key, "dòng", {name: draw(cell_of(name)) for name in FIELDS[kind]}))
    return found


def as_file(found: list[Row], *, with_base: bool = True) -> bytes:
    made = BytesIO()
    write_workbook(made, [table for table in tables_of(found) if with_base or table.name != BASE])
    return made.getvalue()


@given(rows(), st.booleans())
def test_what_was_exported_and_is_sent_back_differs_in_nothing(found, with_base):
    now = {(row.kind, row.key): row for row in found}
    sent, base = read(read_workbook("so.xlsx", as_file(found, with_base=with_base)))
    differences = compare(now, base, sent, KNOWN)
    assert (differences.changes, differences.new, differences.missing, differences.rejected) == ([], [], [], [])
    assert differences.unchanged == len(found)


@given(rows(), st.data())
def test_each_edited_cell_is_one_difference_and_screen_edits_stand(found, data):
    now = {(row.kind, row.key): row for row in found}
    sent, base = read(read_workbook("so.xlsx", as_file(found)))
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
    sent, base = read(read_workbook("so.xlsx", as_file(found)))
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
    seat_guests(joined, education, 5)
    topic = make_topic(make_study_session(conference), presenter=make_presenter())
    outside = make_site("Huyện Quế Phong", host_unit=root, seats=None, code="NA-02")
    db_session.commit()
    return SimpleNamespace(conference=conference, site=site, joined=joined, topic=topic, outside=outside)


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
    ):
        row = next(n for n, cells in enumerate(sheets[SHEETS[kind]]) if n and cells[0] in ("0123", "NA-01", "1"))
        set_cell(sheets, kind, row, head, value)
    sheets["Sơ đồ ghế"].append(["NA-01", "B", "", 2, 10])
    sheets["Điểm cầu"].append(["NA-02", "Huyện Quế Phong", "Cấp huyện", "", "TLD", "", "Nhà văn hóa", 45])
    address = send(client, sheets).headers["Location"]
    page = client.get(address).text
    assert "9 chỗ khác với hội nghị" in page
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
    topic, presenter = db_session.execute(select(Topic, Presenter).join(Presenter)).one()
    assert (topic.starts_at.strftime("%H:%M"), presenter.name) == ("01:30", "Hồ Sỹ Quyền")
    assert db_session.scalar(select(ConferenceSite.hall_id).where(ConferenceSite.site_id == country.outside.id))
    assert db_session.scalars(select(Site.name).where(Site.id == country.site.id)).one() == "=Huyện Yên Thành"
    again = exported(client)
    assert "Tệp không khác gì hội nghị" in client.get(send(client, again).headers["Location"]).text
    assert client.get(address).status_code == 404


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
        (Kind.SITE, "Mã đơn vị chủ trì", "XX", "Không có đơn vị mang mã này"),
        (Kind.SITE, "Điện thoại", "12", "số điện thoại 10 số"),
        (Kind.SITE, "Đường dẫn phòng họp", "javascript:1", "Ghi đường dẫn như"),
        (Kind.TOPIC, "Kết thúc", "07:00", "trước giờ kết thúc"),
        (Kind.TOPIC, "Bắt đầu", "25:00", "Ghi giờ như 08:15"),
        (Kind.UNIT, "Mã đơn vị", "MOI", "Mã này chưa có"),
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
