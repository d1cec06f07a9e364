"""A list that was exported, edited and brought back: exactly the edits are found, and nothing is taken for one."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from random import Random

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.directory.models import Person
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.sheets import Sheet
from conference.foundation.text import fold
from conference.planning.models import Conference
from conference.registry import queries as people_queries
from conference.registry.imports import queries
from conference.registry.imports.actions import apply_import
from conference.registry.imports.comparison import Comparison, compare
from conference.registry.imports.marks import FIELDS, exported_in, marks_of, numbers_sheet, settle_marked
from conference.registry.models import Attendee, Substitute, SubstituteState
from conference.registry.recognition import Recognition, recognise
from conference.registry.rules import Reach
from conference.registry.tickets import key_ring
from tests.conftest import SECRET
from tests.factories import LONG_AGO, make_attendee, make_conference, make_person, make_site, make_unit, make_wave
from tests.registry.hall import Hall, build
from tests.registry.reading import reference

WHOLE = Reach(is_whole=True, sees_contacts=True, may_change=True)
NAME, BIRTH, POSITION, UNIT, SITE, PHONE = 1, 2, 4, 5, 6, 8


def exported(conference_id: int, code: str, most: int = 99_999) -> openpyxl.Workbook:
    everybody = people_queries.people(conference_id, WHOLE).where(Attendee.number <= most)
    target = BytesIO()
    table = people_queries.people_table(everybody, conference_id, WHOLE)
    write_workbook(target, [table, people_queries.exported_table(everybody, code)])
    return openpyxl.load_workbook(target)


def read_back(book: openpyxl.Workbook, conference_id: int) -> Recognition:
    target = BytesIO()
    book.save(target)
    return recognise(
        [read_workbook("dai-bieu.xlsx", target.getvalue())],
        known_units=queries.known_units(),
        known_sites=queries.known_sites(conference_id),
        known_people=lambda: queries.known_people(conference_id),
    )


def edits(comparison: Comparison) -> list[tuple[str, str, object]]:
    return sorted(
        (match.standing.person_code, change.field, change.after)
        for match in comparison.changed
        for change in match.settled.updates
    )


def rows_by_name(book: openpyxl.Workbook) -> dict[str, list[openpyxl.cell.Cell]]:
    return {row[NAME].value: list(row) for row in book.worksheets[0].iter_rows(min_row=2)}


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


# ---- the promise


def test_of_a_whole_conference_exactly_the_edits_are_found(sqlite_app, sized):
    """D1: 24,814 exported, 500 rows edited with a spreadsheet library, imported: 500 differences."""
    with sqlite_app.app_context():
        recognition = reference()
        with transaction():
            conference, _batch, _comparison = apply_import(
                recognition, conference_code="NQ12", ring=key_ring(SECRET), by=SYSTEM, at=LONG_AGO
            )
            conference_id = conference.id
        size = sized(900, 24_814)
        book = exported(conference_id, "NQ12", size)
        sheet = book.worksheets[0]
        luck, count = Random(12), sized(60, 500)
        numbers = luck.sample(range(2, 2 + size), count)
        for place, number in enumerate(numbers):
            _edit(sheet[number], place)
        comparison = compare(read_back(book, conference_id), conference_id)
        assert len(edits(comparison)) == len(comparison.changed) == count
        assert (comparison.new, comparison.kept, comparison.missing) == ([], [], [])
        assert comparison.recognition.rejects == []


def _edit(row: tuple[openpyxl.cell.Cell, ...], place: int) -> None:
    """One field of a row, each kind in turn."""
    kind = place % 4
    if kind == 0:
        row[NAME].value = f"{row[NAME].value} Sửa"
    elif kind == 1:
        row[POSITION].value = f"Chức vụ mới {place}"
    elif kind == 2:
        row[PHONE].value = f"09{place:08}"
    else:
        row[BIRTH].value = date(1950 + place % 20, 1 + place % 12, 1 + place % 28)


# ---- what is an edit, and what is none


def test_a_list_that_comes_back_as_it_went_says_nothing(hall):
    comparison = compare(read_back(exported(hall.conference_id, "NQ12"), hall.conference_id), hall.conference_id)
    assert (edits(comparison), comparison.new, comparison.missing, comparison.kept) == ([], [], [], [])
    assert comparison.unchanged == 5


def test_edits_removed_rows_emptied_cells_and_new_people_are_told_apart(hall):
    book = exported(hall.conference_id, "NQ12")
    rows = rows_by_name(book)
    rows["Dương Văn An"][NAME].value = "Dương Văn Ân"
    rows["Đặng Hữu Phước"][PHONE].value = None
    rows["Nguyễn Thị Ánh"][SITE].value = "LĐLĐ huyện Yên Thành, Nghệ An"
    sheet = book.worksheets[0]
    sheet.append([None, "Hồ Thị Mới", "01/02/1980", "Nữ", "Ủy viên", rows["Dương Văn An"][UNIT].value, "Yên Thành"])
    copied = [cell.value for cell in rows["Trần Thị Hoà"]]
    copied[NAME], copied[BIRTH] = "Hồ Văn Chép", "05/06/1981"
    sheet.append(copied)
    sheet.delete_rows(rows["Lê Thị Thuý"][NAME].row)
    comparison = compare(read_back(book, hall.conference_id), hall.conference_id)
    codes = dict(db.session.execute(select(Attendee.number, Person.code).join(Person)).all())
    site = next(entry.code for entry in queries.known_sites(hall.conference_id) if "Yên Thành" in entry.name)
    assert edits(comparison) == sorted([(codes[1], "name", "Dương Văn Ân"), (codes[3], "site", site)])
    assert [called.first.full_name for called in comparison.new] == ["Hồ Thị Mới", "Hồ Văn Chép"]
    assert [standing.current["name"] for standing in comparison.missing] == ["Lê Thị Thuý"]
    kept = [
        (match.standing.person_code, change.field, change.after)
        for match in comparison.kept
        for change in match.settled.kept
    ]
    assert kept == [(codes[2], "phone", "")]


def test_who_may_follow_online_goes_out_with_the_list_and_an_edit_of_it_comes_back(hall):
    book = exported(hall.conference_id, hall.code)
    first, second = list(rows_by_name(book))[:2]
    plain_head = [cell.value for cell in book.worksheets[0][1]]
    assert "Được theo dõi trực tuyến" not in plain_head
    with transaction():
        allowed = update(Attendee).where(Attendee.id == hall.attendees[first])
        db.session.execute(allowed.values(may_follow_online=True))
    book = exported(hall.conference_id, hall.code)
    place = [cell.value for cell in book.worksheets[0][1]].index("Được theo dõi trực tuyến")
    rows = rows_by_name(book)
    assert (rows[first][place].value, rows[second][place].value) == ("Có", "Không")
    assert edits(compare(read_back(book, hall.conference_id), hall.conference_id)) == []
    rows[first][place].value, rows[second][place].value = "Không", "Có"
    found = compare(read_back(book, hall.conference_id), hall.conference_id)
    assert sorted(edit[1:] for edit in edits(found)) == [("online", "no"), ("online", "yes")]
    book.worksheets[0].delete_cols(place + 1)
    found = compare(read_back(book, hall.conference_id), hall.conference_id)
    assert (edits(found), found.kept) == ([], [])


def test_the_wave_goes_out_with_the_list_and_an_edit_of_it_comes_back(hall):
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        waves = [make_wave(conference, title).id for title in ("Đợt 1", "Đợt 2")]
        db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).wave_id = waves[0]
    book = exported(hall.conference_id, hall.code)
    place = [cell.value for cell in book.worksheets[0][1]].index("Đợt")
    rows = rows_by_name(book)
    assert {name: row[place].value or "" for name, row in rows.items() if row[place].value} == {"Dương Văn An": "Đợt 1"}
    assert edits(compare(read_back(book, hall.conference_id), hall.conference_id)) == []
    for name, title in (("Dương Văn An", "đợt 2"), ("Trần Thị Hoà", "Đợt 1"), ("Lê Thị Thuý", "Đợt 9")):
        rows[name][place].value = title
    found = compare(read_back(book, hall.conference_id), hall.conference_id)
    assert sorted(edit[1:] for edit in edits(found)) == [("wave", "Đợt 1"), ("wave", "Đợt 2")]
    assert [change.after for match in found.kept for change in match.settled.kept] == ["Đợt 9"]
    with transaction():
        instead = {"full_name": "Nguyễn Thị Ánh", "state": SubstituteState.APPROVED, "requested_at": LONG_AGO}
        ids = {"attendee_id": hall.attendees["Trần Thị Hoà"], "substitute_id": hall.attendees["Nguyễn Thị Ánh"]}
        db.session.add(Substitute(**ids, **instead))
        recognition = read_back(book, hall.conference_id)
        apply_import(recognition, conference_code="NQ12", ring=key_ring(SECRET), by=SYSTEM, at=LONG_AGO)
    db.session.expire_all()
    found = {name: db.session.get_one(Attendee, id).wave_id for name, id in hall.attendees.items()}
    assert [found[name] for name in ("Dương Văn An", "Trần Thị Hoà", "Nguyễn Thị Ánh")] == [
        waves[1],
        waves[0],
        waves[0],
    ]


def test_what_was_edited_on_screen_meanwhile_stands_and_what_was_not_is_taken(hall):
    book = exported(hall.conference_id, "NQ12")
    with transaction():
        mine = Person.id == db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).person_id
        changed = {"full_name": "Dương Văn Anh", "name_folded": fold("Dương Văn Anh")}
        db.session.execute(update(Person).where(mine).values(**changed))
    row = rows_by_name(book)["Dương Văn An"]
    row[NAME].value = "Dương Văn Ân"
    row[PHONE].value = "0912 345 777"
    comparison = compare(read_back(book, hall.conference_id), hall.conference_id)
    assert [(field, after) for _code, field, after in edits(comparison)] == [("phone", "0912345777")]
    assert [change.field for match in comparison.kept for change in match.settled.kept] == ["name"]


def test_a_round_trip_is_applied_and_a_later_list_of_a_unit_does_not_undo_it(hall):
    book = exported(hall.conference_id, "NQ12")
    rows_by_name(book)["Dương Văn An"][POSITION].value = "Trưởng ban"
    with transaction():
        recognition = read_back(book, hall.conference_id)
        apply_import(recognition, conference_code="NQ12", ring=key_ring(SECRET), by=SYSTEM, at=LONG_AGO)
    db.session.expire_all()
    assert db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).position == "Trưởng ban"
    again = compare(read_back(exported(hall.conference_id, "NQ12"), hall.conference_id), hall.conference_id)
    assert (edits(again), again.unchanged) == ([], 5)


NASTY = ("=1+1 Hà", "+84 Văn", "-Thị Ý", "@Đỗ Ạ", '=HYPERLINK("x") Tô', "'Lê Q", "Đặng  Ðức", "Nguyễn Ánh")


def test_names_that_look_like_formulas_and_names_that_several_bear_come_back_as_they_were(sqlite_app):
    """F22: Through an exported list."""
    with sqlite_app.app_context():
        with transaction():
            host = make_unit("Tổng Liên đoàn Lao động Việt Nam")
            places = []
            for province in ("Tiền Giang", "Bến Tre"):
                above = make_unit(f"Liên đoàn Lao động tỉnh {province}", parent=host)
                unit = make_unit("Liên đoàn Lao động huyện Châu Thành", parent=above)
                places.append((unit, make_site("Điểm cầu huyện Châu Thành", host_unit=unit, code=fold(province)[:4])))
            conference = make_conference(host_unit=host)
            for number, name in enumerate(NASTY, start=1):
                unit, site = places[number % 2]
                person = make_person(name, unit=unit, position=name)
                make_attendee(conference, person=person, site=site, number=number, position=name)
            same = make_person("Trần Thị Hoà", unit=places[0][0], phone="0912345678")
            twin = make_person("Trần Thị Hoà", unit=places[1][0], phone="0912345678")
            for number, person in ((90, same), (91, twin)):
                make_attendee(conference, person=person, site=places[0][1], number=number)
            conference_id = conference.id
        comparison = compare(read_back(exported(conference_id, "NQ12"), conference_id), conference_id)
        assert (edits(comparison), comparison.new, comparison.missing) == ([], [], [])
        assert (comparison.unchanged, comparison.recognition.rejects) == (len(NASTY) + 2, [])


# ---- rules

TEXTS = st.text("ABcđ ẢàÝ", max_size=4)
VALUES = st.fixed_dictionaries(
    {field: st.lists(TEXTS, max_size=2) if field == "categories" else TEXTS for field in FIELDS}
)


@given(VALUES, VALUES, VALUES)
def test_of_then_now_and_the_sheet_an_edit_of_one_side_stands(then, now, sheet):
    settled = settle_marked(now, sheet, marks_of(then))
    updated = {change.field for change in settled.updates}
    told = {change.field for change in settled.kept}
    assert not updated & told

    def same(field, one, other):
        return marks_of({**then, field: one[field]}) == marks_of({**then, field: other[field]})

    for field in FIELDS:
        if same(field, sheet, then) or same(field, sheet, now):
            assert field not in updated | told
        else:
            assert field in updated | told
        if field in updated:
            assert same(field, now, then)
    assert settle_marked(now, now, marks_of(then)).updates == []


@given(st.sets(st.integers(1, 40_000), max_size=300))
def test_the_numbers_of_who_was_exported_come_back(numbers):
    assert exported_in(Sheet("x", numbers_sheet("NQ12", numbers))) == ("NQ12", frozenset(numbers))
