"""Lists in the habits people have: which kind, which column, who, where, and what comes back."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, time

import openpyxl
import pytest

from conference.adapters.spreadsheet import read_workbook_file
from conference.foundation.legacy_text import Encoding
from conference.foundation.sheets import Sheet, Workbook
from conference.foundation.text import fold
from conference.registry.imports.files import files_in
from conference.registry.lists.columns import Column, ListKind, column_named
from conference.registry.lists.layout import ColumnMapping
from conference.registry.lists.rejects import Why
from conference.registry.lists.units import Ambiguous, UnitIndex
from conference.registry.recognition import recognise
from tests.registry.reading import HEAD, REFERENCE, SITES, TITLE, UNITS, book, read, reference, row


def only(*books):
    found = read(*books)
    assert found.rejects == []
    (called,) = found.people
    return called.first


# ---- the reference conference


def test_the_reference_conference_gives_exactly_its_figures():
    found = reference()
    sizes = Counter(called.site for called in found.people)
    assert {
        "rows": found.row_count,
        "people": len(found.people),
        "repeated": found.repeated,
        "by_headquarters": sum(len({r.sender for r in c.rows}) > 1 for c in found.people if len(c.rows) > 1),
        "conflicts": len(found.conflicts),
        "shared_phones": found.phones_in_common,
        "rejects": Counter(reject.why for reject in found.rejects),
        "sites": (len(sizes), min(sizes.values()), max(sizes.values()), sizes["HN"]),
        "units": len(found.units),
        "listed_sites": len(found.sites),
        "unknown_units": sum(sheet.unknown_units for sheet in found.sheets),
        "kinds": Counter(sheet.kind for sheet in found.sheets),
    } == {
        "rows": 25_031,
        "people": 24_814,
        "repeated": 217,
        "by_headquarters": 160,
        "conflicts": 12,
        "shared_phones": 40,
        "rejects": {Why.NO_NAME: 15, Why.UNKNOWN_SITE: 6},
        "sites": (364, 15, 1_700, 1_700),
        "units": 795,
        "listed_sites": 364,
        "unknown_units": 0,
        "kinds": {
            ListKind.UNITS: 1,
            ListKind.SITES: 1,
            ListKind.PROGRAMME: 1,
            ListKind.DELEGATES: sum(sheet.kind is ListKind.DELEGATES for sheet in found.sheets),
        },
    }


def test_the_own_units_list_stands_over_headquarters():
    for called in reference().conflicts:
        assert called.first.sender != "TLD"
        assert {r.sender for r in called.rows[1:]} == {"TLD"}
        assert called.other_sites == ("HN",)


def test_a_repeated_person_keeps_every_category():
    found = reference()
    several = [called for called in found.people if len(called.rows) > 1]
    for called in several:
        assert set(called.categories) == {name for r in called.rows for name in r.categories}
    assert max(len(called.categories) for called in several) > 1


def test_every_birth_is_a_person_of_working_age_and_every_sex_is_known():
    found = reference()
    years = [called.first.birth_year for called in found.people]
    assert min(years) >= 1950
    assert max(years) <= 2000
    assert {called.first.sex for called in found.people} == {"male", "female"}


def test_no_unit_lies_outside_its_senders_subtree_but_headquarters_guests():
    found = reference()
    for called in found.people:
        for each in called.rows:
            assert found.unit_index.is_below(each.unit, each.sender)


def test_names_are_kept_as_they_were_typed():
    typed = set()
    for path in sorted(REFERENCE.glob("dai-bieu/*tinh-a*.xlsx")):
        sheet = openpyxl.load_workbook(path).active
        typed |= {cell for (cell,) in sheet.iter_rows(min_col=2, max_col=2, values_only=True) if cell}
    kept = {r.full_name for called in reference().people for r in called.rows if "tinh-a" in r.file}
    assert kept
    assert kept <= {" ".join(name.split()) for name in typed}


def test_the_order_of_files_and_rows_changes_nobody():
    paths = files_in(REFERENCE)
    random.Random(7).shuffle(paths)
    found = recognise(read_workbook_file(path) for path in paths)
    assert (found.row_count, len(found.people), len(found.conflicts), len(found.rejects)) == (25_031, 24_814, 12, 21)
    key = lambda called: (called.first.full_name, called.first.unit, called.site, called.first.phone_digits or "")  # noqa: E731
    assert Counter(map(key, found.people)) == Counter(map(key, reference().people))


def test_the_workbook_in_the_old_encoding_says_so():
    encodings = {sheet.file: sheet.encoding for sheet in reference().sheets}
    assert Counter(encodings.values())[Encoding.TCVN3] == 1
    old = next(name for name, encoding in encodings.items() if encoding is Encoding.TCVN3)
    names = [r.full_name for called in reference().people for r in called.rows if r.file == old]
    assert len(names) > 800
    assert all(sign.isalpha() or sign in " '" for name in names for sign in name)


def test_the_programme_has_two_half_days_and_five_topics():
    programme = reference().programme
    assert programme.held_on == date(2018, 12, 6)
    assert [(item.part, item.starts) for item in programme.items if item.kind == "reception"] == [
        ("morning", time(7, 30)),
        ("afternoon", time(13, 30)),
    ]
    assert Counter(item.kind for item in programme.items) == {"reception": 2, "opening": 1, "topic": 5, "closing": 1}


# ---- one habit at a time


@pytest.mark.parametrize(
    "spelling",
    [
        "H83-02",
        "h83-02",
        "Điểm cầu LĐLĐ huyện Thạnh Phú, Bến Tre",
        "ĐC LĐLĐ huyện Thạnh Phú, Bến Tre",
        "LĐLĐ huyện Thạnh Phú, Bến Tre",
        "Liên đoàn Lao động huyện Thạnh Phú, Bến Tre",
        "ĐIỂM CẦU LĐLĐ HUYỆN THẠNH PHÚ",
        "huyện Thạnh Phú",
        "Thạnh Phú",
    ],
)
def test_a_site_is_known_in_any_spelling(spelling):
    assert only(book(HEAD, row(1, "Trần Văn Út", site=spelling))).site == "H83-02"


@pytest.mark.parametrize("name", ["H83-02 LĐLĐ huyện Thạnh Phú, Bế", "LĐLĐ huyện Thạnh Phú, Bến T", "Thạnh Phú"])
def test_a_sheet_may_be_named_after_its_site(name):
    head, line = HEAD[:7] + HEAD[8:], row(1, "Trần Văn Út")
    assert only(book(head, line[:7] + line[8:], sheet=name)).site == "H83-02"


def test_a_name_that_several_units_bear_is_the_senders_own():
    line = row(1, "Trần Văn Út", unit="LĐLĐ huyện Châu Thành", site="Châu Thành")
    assert (only(book(HEAD, line)).unit, only(book(HEAD, line)).site) == ("LD83-01", "H83-01")
    tien_giang = [["LIÊN ĐOÀN LAO ĐỘNG TỈNH TIỀN GIANG"]]
    assert only(book(HEAD, line, title=tien_giang)).unit == "LD82-01"


def test_without_a_title_the_units_listed_tell_the_sender():
    lines = [
        row(1, "Trần Văn Út"),
        row(2, "Trần Thị Ánh", unit="Liên đoàn Lao động huyện Châu Thành"),
    ]
    found = read(book(HEAD, *lines, title=[]))
    assert [called.first.unit for called in found.people] == ["LD83-02", "LD83-01"] or [
        called.first.unit for called in found.people
    ] == ["LD83-02", "LD83-02"]


def test_headquarters_guest_from_an_ambiguous_unit_is_found_by_the_site():
    guest = row(1, "Trần Văn Út", unit="Liên đoàn Lao động huyện Châu Thành", site="T82")
    title = [["TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"], ["CƠ QUAN TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"]]
    assert only(book(HEAD, guest, title=title)).unit == "LD82-01"


def test_a_unit_that_nobody_knows_is_listed_under_its_sender():
    found = read(book(HEAD, row(1, "Trần Văn Út", unit="CĐCS Công ty May 10")))
    assert (found.people[0].first.unit, found.sheets[0].unknown_units) == ("LD83", 1)


def test_birth_years_under_two_sexes_tell_the_sex():
    rows = [
        ["STT", "Họ và tên", "Năm sinh", "", "Chức vụ", "Điểm cầu"],
        ["", "", "Nam", "Nữ", "", ""],
        [1.0, "Trần Văn Út", 1971.0, "", "Chủ tịch", "T83"],
        [2.0, "Trần Thị Ánh", "", 1985.0, "Chủ tịch", "T83"],
    ]
    people = [called.first for called in read(book(*rows)).people]
    assert [(person.sex, person.birth_year, person.birth_date) for person in people] == [
        ("male", 1971, None),
        ("female", 1985, None),
    ]


def test_a_mark_under_a_sex_is_no_birth_year():
    rows = [
        ["Họ và tên", "Giới tính", "", "Ngày sinh", "Điểm cầu"],
        ["", "Nam", "Nữ", "", ""],
        ["Trần Văn Út", "x", "", "1.2.1971", "T83"],
        ["Trần Thị Ánh", "", "x", "2.2.1971", "T83"],
    ]
    people = [called.first for called in read(book(*rows)).people]
    assert [(person.sex, person.birth_date) for person in people] == [
        ("male", date(1971, 2, 1)),
        ("female", date(1971, 2, 2)),
    ]


def test_a_name_may_stand_in_two_columns():
    rows = [["Họ và tên đệm", "Tên", "Chức vụ", "Điểm cầu"], ["Trần  Thị ", "Ánh", "Chủ tịch", "T83"]]
    assert only(book(*rows)).full_name == "Trần Thị Ánh"
    spanned = [["Họ và tên", "", "Chức vụ", "Điểm cầu"], ["", "Tên", "", ""], ["Trần Thị", "Ánh", "Chủ tịch", "T83"]]
    assert only(book(*spanned)).full_name == "Trần Thị Ánh"


def test_totals_signatures_repeated_heads_and_spare_numbers_are_nobody():
    rows = [
        HEAD,
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)"],
        row(1, "Cộng Hòa Tổng"),
        ["Cộng:", "1 đồng chí", "", "", "", "", "", "", ""],
        HEAD,
        row(2, "Tống Văn Cộng", "4/5/1970"),
        [3, "", "", "", "", "", "", "", ""],
        ["", "", "", "", "", "", "", "", ""],
        ["", "Tổng số: 2 đồng chí", "", "", "", "", "", "", ""],
        ["", "", "", "", "", "", "TM. BAN THƯỜNG VỤ", "", ""],
        ["", "", "", "", "", "", "CHỦ TỊCH", "", ""],
        ["", "", "", "", "", "", "Nguyễn Văn A", "", ""],
    ]
    found = read(book(*rows))
    assert ([called.first.full_name for called in found.people], found.rejects) == (
        ["Cộng Hòa Tổng", "Tống Văn Cộng"],
        [],
    )


def test_rows_that_cannot_be_used_come_back_with_place_and_reason():
    found = read(
        book(
            HEAD,
            row(1, ""),
            row(2, "Trần Văn Út", site="Điểm cầu Sao Mai"),
            row(3, "Trần Văn Ba", site="Điểm cầu Thạnh Phu"),
            row(4, "Trần Văn Tư", site=""),
            row(5, "Trần Văn Năm"),
            name="ben-tre.xlsx",
            sheet="DS",
        )
    )
    assert [(r.file, r.sheet, r.row, r.why, r.nearest) for r in found.rejects] == [
        ("ben-tre.xlsx", "DS", 6, Why.NO_NAME, ""),
        ("ben-tre.xlsx", "DS", 7, Why.UNKNOWN_SITE, ""),
        ("ben-tre.xlsx", "DS", 9, Why.NO_SITE, ""),
    ]
    assert [called.first.full_name for called in found.people] == ["Trần Văn Ba", "Trần Văn Năm"]


def test_a_misspelt_site_comes_back_with_the_nearest():
    found = read(book(HEAD, row(1, "Trần Văn Út", site="Điểm cầu huyện Thạn Phú")))
    assert found.rejects[0].nearest == "Điểm cầu LĐLĐ huyện Thạnh Phú, Bến Tre"


# ---- who is one person


@pytest.mark.parametrize(
    ("first", "second", "people"),
    [
        (row(1, "Trần Thị Ánh", "1/2/1971"), row(2, "TRẦN THỊ ÁNH", "01-02-1971"), 1),
        (row(1, "Trần Thị Ánh", 1971.0, "0912345678"), row(2, "Tran Thi Anh", "", 912345678.0), 1),
        (row(1, "Trần Thị Hoà", "1/2/1971"), row(2, "Trần Thị Hòa", "1/2/1971"), 1),
        (row(1, "Trần Thị Ánh", 1971.0), row(2, "Trần Thị Ánh", 1971.0), 2),
        (row(1, "Trần Thị Ánh", "", "0912345678"), row(2, "Lê Văn Út", "", "0912345678"), 2),
        (row(1, "Trần Thị Ánh", "1/2/1971"), row(2, "Trần Thị Ánh", "1/3/1971"), 2),
        (row(1, "Trần Thị Ánh"), row(2, "Trần Thị Ân"), 2),
    ],
)
def test_one_person_is_one_name_with_one_birth_date_or_one_phone(first, second, people):
    assert len(read(book(HEAD, first, second)).people) == people


def test_three_rows_may_be_one_person_by_way_of_the_second():
    found = read(
        book(
            HEAD,
            row(1, "Trần Thị Ánh", "1/2/1971", category="Ủy viên BCH"),
            row(2, "Trần Thị Ánh", "1/2/1971", "0912345678", category="Chuyên trách; Ủy viên BCH"),
            row(3, "Trần Thị Ánh", 1971.0, "0912.345.678", category="Nữ công"),
        )
    )
    (called,) = found.people
    assert (len(called.rows), called.categories, called.first.phone_digits) == (
        3,
        ("Ủy viên BCH", "Chuyên trách", "Nữ công"),
        "0912345678",
    )


# ---- shapes that nobody has seen


def test_a_list_without_a_head_asks_and_shows_what_it_guesses():
    found = read(book(row(1, "Trần Thị Ánh"), row(2, "Lê Văn Út"), row(3, "Bùi Thị Tư"), title=[]))
    (sheet,) = found.sheets
    assert (sheet.needs_mapping, found.people, len(sheet.samples)) == (True, [], 3)
    assert {position: column for position, column in sheet.columns.items() if position in (1, 2, 3)} == {
        1: Column.FULL_NAME,
        2: Column.BIRTH,
        3: Column.SEX,
    }


def test_what_a_person_said_about_a_shape_is_remembered_for_its_sender():
    odd = book(["A", "B", "C"], ["T83", "x", "Trần Thị Ánh"], ["T83", "x", "Lê Văn Út"])
    asked = read(odd).sheets[0]
    assert (asked.needs_mapping, asked.sender) == (True, "LD83")
    mapping = ColumnMapping(ListKind.DELEGATES, asked.first_row + 1, {0: Column.SITE, 2: Column.FULL_NAME})
    found = read(odd, mappings={asked.fingerprint: {"LD83": mapping}})
    assert [called.first.full_name for called in found.people] == ["Trần Thị Ánh", "Lê Văn Út"]
    assert read(odd, mappings={asked.fingerprint: {"LD24": mapping}}).sheets[0].needs_mapping
    untitled = book(["A", "B", "C"], ["T83", "x", "Trần Thị Ánh"], ["T83", "x", "Lê Văn Út"], title=[])
    look = read(untitled).sheets[0]
    again = ColumnMapping(ListKind.DELEGATES, look.first_row + 1, {0: Column.SITE, 2: Column.FULL_NAME})
    assert not read(untitled, mappings={look.fingerprint: {"LD83": again}}).sheets[0].needs_mapping


def test_a_column_without_a_known_head_is_recognised_by_what_it_holds():
    rows = [["Họ và tên", "Chức vụ", "Điểm cầu", "Liên lạc"]]
    rows += [[f"Trần Văn {name}", "Chủ tịch", "T83", f"09123456{at:02}"] for at, name in enumerate(("Út", "Ba", "Tư"))]
    found = read(book(*rows))
    assert found.sheets[0].by_content == {Column.PHONE}
    assert found.people[0].first.phone_digits == "0912345600"


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("Họ và tên", Column.FULL_NAME),
        ("HỌ TÊN (*)", Column.FULL_NAME),
        ("Ngày, tháng, năm sinh", Column.BIRTH),
        ("Số ĐT liên hệ", Column.PHONE),
        ("Nơi công tác", Column.UNIT),
        ("C.vụ", Column.POSITION),
        ("Đ.thoại", Column.PHONE),
        ("Điểm cầu dự", Column.SITE),
        ("Ghi chú 2", Column.NOTE),
        ("Ký nhận", Column.IGNORED),
        ("Số căn cước", Column.IGNORED),
        ("Một cột lạ", None),
        ("", None),
    ],
)
def test_head_cells_are_known_by_many_names(head, column):
    assert column_named(head, ListKind.DELEGATES) is column


# ---- units


def test_units_know_what_lies_below_them():
    index = UnitIndex(UNITS)
    assert index.is_below("LD83-01", "LD83")
    assert index.is_below("LD83", "LD83")
    assert not index.is_below("LD83", "LD83-01")
    assert not index.is_below("LD82-01", "LD83")
    assert index.common_ancestor(["LD83-01", "LD83-02"]) == "LD83"
    assert index.common_ancestor(["LD83-01", "LD82"]) == "TLD"
    assert index.find("LĐLĐ huyện Châu Thành, Bến Tre", "LD82") == "LD83-01"
    assert index.find("LĐLĐ H. Châu Thành", None) == Ambiguous(("LD82-01", "LD83-01"))


def test_units_may_name_their_parent_and_come_in_any_order():
    sheet = Sheet(
        "",
        [
            ["Mã", "Tên đơn vị", "Đơn vị cấp trên"],
            ["B", "Liên đoàn Lao động huyện B", "LĐLĐ tỉnh A"],
            ["A", "Liên đoàn Lao động tỉnh A", ""],
            ["A", "Liên đoàn Lao động tỉnh A2", ""],
            ["", "Liên đoàn Lao động huyện C", "A"],
        ],
    )
    found = recognise([Workbook("u.xlsx", [sheet])])
    assert [(unit.code, unit.parent_code) for unit in found.units] == [("B", "A"), ("A", None)]
    assert [(reject.row, reject.why) for reject in found.rejects] == [(4, Why.SAME_CODE), (5, Why.NO_CODE)]


def test_sites_need_a_host_that_exists():
    sheet = Sheet(
        "",
        [
            ["Mã", "Tên điểm cầu", "Đơn vị chủ trì", "Sức chứa"],
            ["S1", "Điểm cầu Một", "Liên đoàn Lao động tỉnh Bến Tre", "1.200"],
            ["S2", "Điểm cầu Hai", "LĐLĐ tỉnh Không Có", 10.0],
        ],
    )
    found = read(Workbook("s.xlsx", [sheet]))
    assert [(site.code, site.host_code, site.capacity) for site in found.sites] == [("S1", "LD83", 1200)]
    assert [(reject.row, reject.why) for reject in found.rejects] == [(3, Why.UNKNOWN_HOST)]


def test_a_programme_reads_times_in_many_forms():
    rows = [
        ["Thời gian", "Nội dung", "Người trình bày"],
        ["7h30 - 8h00", "Đón tiếp đại biểu", ""],
        ["08:00 - 09:00", "Chuyên đề 1", "Đ/c A"],
        [0.5625, "Chuyên đề 2", ""],
        ["14 giờ 30", "Bế mạc", ""],
        ["25:99", "Không đọc được", ""],
    ]
    found = recognise([Workbook("p.xlsx", [Sheet("", [["CHƯƠNG TRÌNH ngày 06/12/2018"], [], *rows])])])
    assert [(i.part, i.kind, i.starts, i.ends) for i in found.programme.items] == [
        ("morning", "reception", time(7, 30), time(8, 0)),
        ("morning", "topic", time(8, 0), time(9, 0)),
        ("afternoon", "topic", time(13, 30), time(14, 30)),
        ("afternoon", "closing", time(14, 30), time(15, 0)),
    ]
    assert [reject.why for reject in found.rejects] == [Why.BAD_TIME]


def test_recognising_knows_nothing_of_file_names():
    renamed = [read_workbook_file(path) for path in files_in(REFERENCE)[:6]]
    for at, each in enumerate(renamed):
        each.name = f"{at}"
    known = {"known_units": reference().units, "known_sites": reference().sites}
    again = recognise(renamed, **known)
    plain = recognise([read_workbook_file(path) for path in files_in(REFERENCE)[:6]], **known)
    assert [fold(c.first.full_name) + c.site for c in again.people] == [
        fold(c.first.full_name) + c.site for c in plain.people
    ]


def test_titles_are_not_needed_in_full():
    assert TITLE[1] == ["LIÊN ĐOÀN LAO ĐỘNG TỈNH BẾN TRE"]
    assert SITES[0].code == "HN"
    assert only(book(HEAD, row(1, "Trần Văn Út"), title=[["LĐLĐ tỉnh Bến Tre"]])).sender == "LD83"
