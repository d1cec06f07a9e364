"""Sheets in and out: what stands in them, what is refused, and that text stays text."""

from __future__ import annotations

import io
import random
import resource
import struct
import time
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from conference.adapters import sheet_bounds
from conference.adapters.spreadsheet import check_file, read_workbook, read_workbook_file, write_workbook
from conference.foundation.errors import DomainError
from conference.foundation.legacy_text import Encoding
from conference.foundation.sheets import Table

DATA = Path(__file__).parent / "sheets"
REFERENCE = Path(__file__).parents[2] / "conference" / "demo" / "reference"


def book(rows: list[list[object]], **options: object) -> bytes:
    content = io.BytesIO()
    made = xlsxwriter.Workbook(content, {"in_memory": True, **options})
    sheet = made.add_worksheet("Danh sách")
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    made.close()
    return content.getvalue()


def changed(content: bytes, changes: dict[str, bytes | None]) -> bytes:
    """The same archive with parts replaced, added, or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, part in changes.items():
            if part is not None:
                new.writestr(name, part)
    return out.getvalue()


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(DomainError) as refused:
        read_workbook(name, content)
    assert refused.value.facts["file"] == name
    return refused.value.code


GOOD = book([["Họ và tên", "Năm sinh"], ["Trần Thị Ánh", 1971]])
SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
FOOT = b"</sheetData></worksheet>"


def cells(*references: str) -> bytes:
    rows = b"".join(
        b'<row r="%s"><c r="%s" t="str"><v>x</v></c></row>'
        % (ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").encode(), ref.encode())
        for ref in references
    )
    return HEAD + rows + FOOT


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "sheet_empty"),
        ("a.xlsx", book([]), "sheet_empty"),
        ("a.csv", b"  \r\n ", "sheet_empty"),
        ("a.xlsx", b"%PDF-1.7 ...", "sheet_wrong_type"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "sheet_wrong_type"),
        ("a.csv", b"<html><body>x", "sheet_wrong_type"),
        ("a.csv", b"MZ\x90\x00\x03", "sheet_wrong_type"),
        ("a.csv", GOOD, "sheet_renamed"),
        ("a.xls", GOOD, "sheet_renamed"),
        ("a.xlsm", GOOD, "sheet_macros"),
        ("a.xlsx", changed(GOOD, {"xl/vbaProject.bin": b"x"}), "sheet_macros"),
        ("a.xlsx", changed(GOOD, {"xl/workbook.xml": None, "xl/workbook.bin": b"x"}), "sheet_binary"),
        ("a.xlsx", changed(GOOD, {"xl/workbook.xml": None}), "sheet_wrong_type"),
        ("a.xlsx", GOOD[:-400], "sheet_damaged"),
        ("a.xlsx", GOOD[:200] + b"\xff" * 300 + GOOD[500:], "sheet_damaged"),
        ("a.xlsx", changed(GOOD, {SHEET: HEAD + b"<row><c"}), "sheet_damaged"),
        ("a.xlsx", changed(GOOD, {"../../etc/passwd": b"x"}), "sheet_damaged"),
        ("a.xlsx", changed(GOOD, {SHEET: HEAD + b"<a>" * 30_000 + FOOT}), "sheet_bomb"),
        ("a.xlsx", changed(GOOD, {SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]>' + HEAD + FOOT}), "sheet_bomb"),
        ("a.xlsx", changed(GOOD, {SHEET: (HEAD + FOOT).decode().encode("utf-16")}), "sheet_bomb"),
        ("a.xlsx", changed(GOOD, {f"xl/extra{at}.xml": b"x" for at in range(2_001)}), "sheet_bomb"),
        ("a.xlsx", changed(GOOD, {"xl/sharedStrings.xml": b" " * (41 << 20)}), "sheet_bomb"),
        ("a.xlsx", changed(GOOD, {SHEET: cells("A1", "XFD1048576")}), "sheet_too_many_rows"),
        ("a.xlsx", changed(GOOD, {SHEET: cells("A1", "A1048576")}), "sheet_too_many_rows"),
        ("a.xlsx", changed(GOOD, {SHEET: cells("A1", "XFD200")}), "sheet_too_many_rows"),
        ("a.csv", b"a;b\n" * 60_001, "sheet_too_many_rows"),
        ("a.csv", b"x" * (sheet_bounds.MAX_FILE_BYTES + 1), "sheet_too_large"),
        ("khoa.xlsx", (DATA / "password.xlsx").read_bytes(), "sheet_password"),
        ("a.doc", (DATA / "not-a-book.ole").read_bytes(), "sheet_wrong_type"),
        ("a.xls", (DATA / "far-corner.xls").read_bytes(), "sheet_too_many_rows"),
    ],
)
def test_what_we_would_not_read_is_refused_with_a_code_of_its_own(name, content, code):
    """F23: Entities, depth, entries, shared strings, rows and renamed types."""
    assert refusal(name, content) == code


def test_a_bomb_costs_neither_time_nor_memory(tmp_path, sized):
    """F23: Ten megabytes that unpack to ten gigabytes."""
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(changed(GOOD, {SHEET: None}))
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(SHEET, "w", force_zip64=True) as part,
    ):
        part.write(HEAD + b'<row r="1"><c r="A1"><v>1</v></c></row>')
        for _mebibyte in range(sized(120, 10_240)):
            part.write(b" " * (1 << 20))
        part.write(FOOT)
    bomb = path.read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    assert refusal("bomb.xlsx", bomb) == "sheet_bomb"
    assert time.perf_counter() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


REPEATED = HEAD + b"".join(
    b'<row r="%d"><c r="A%d" t="s"><v>1</v></c><c r="B%d" t="s"><v>0</v></c></row>' % (at, at, at)
    for at in range(1, 9_001)
) + FOOT  # fmt: skip


def strings(*texts: bytes) -> bytes:
    return b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</sst>' % b"".join(
        b"<si><t>%s</t></si>" % text for text in texts
    )


@pytest.mark.parametrize(
    ("sheet", "texts"),
    [
        (REPEATED, strings(b"x", b"y" * 32_000)),
        (REPEATED.replace(b't="s"', b"t = 's'"), strings(b"x", b"y" * 32_000)),
        (  # the table begins with an empty string, which shifts the numbers of those that follow
            REPEATED.replace(b"<v>0</v>", b"<v>1</v>"),
            strings(b"y" * 32_000, b"x").replace(b"<si>", b"<si/><si>", 1),
        ),
    ],
)
def test_one_long_string_in_thousands_of_cells_is_refused(sheet, texts):
    """F23: Some kilobytes that a reader lays out as hundreds of megabytes, a copy for each cell."""
    content = changed(GOOD, {SHEET: sheet, "xl/sharedStrings.xml": texts})
    assert len(content) < 200_000
    assert refusal("a.xlsx", content) == "sheet_bomb"


def test_one_long_note_beside_thousands_of_short_cells_is_read():
    sheet = REPEATED.replace(b"<v>1</v>", b"<v>0</v>", 8_999)
    content = changed(GOOD, {SHEET: sheet, "xl/sharedStrings.xml": strings(b"x", b"y" * 32_000)})
    rows = read_workbook("a.xlsx", content).sheets[0].rows
    assert (len(rows), sum(len(str(cell)) for row in rows for cell in row)) == (9_000, 17_999 + 32_000)


def test_a_million_empty_rows_are_refused_quickly():
    """F23: Rows of nothing."""
    rows = b"".join(b'<row r="%d" ht="15"/>' % at for at in range(1, 1_000_001))
    started = time.perf_counter()
    assert refusal("rows.xlsx", changed(GOOD, {SHEET: HEAD + rows + FOOT})) == "sheet_empty"
    assert time.perf_counter() - started < 5


def test_old_workbooks_are_read():
    (sheet,) = read_workbook_file(DATA / "old.xls").sheets
    assert sheet.rows[0][:2] == ["Họ và tên", "Năm sinh"]
    assert sheet.rows[1][:2] == ["Trần Thị Ánh", 1971.0]


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="DS">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)
WORD = '<table:table-cell office:value-type="string"{repeat}><text:p>Trần Thị Ánh</text:p></table:table-cell>'


def ods(rows: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return content.getvalue()


def test_open_documents_are_read_with_their_empty_end():
    empty = '<table:table-cell table:number-columns-repeated="1024"/>'
    end = f'<table:table-row table:number-rows-repeated="1048574">{empty}</table:table-row>'
    row = f"<table:table-row>{WORD.format(repeat='')}</table:table-row>"
    assert [list(each) for each in read_workbook("a.ods", ods(row + end)).sheets[0].rows] == [["Trần Thị Ánh"]]


WIDE = WORD.format(repeat=' table:number-columns-repeated="16384"')


@pytest.mark.parametrize(
    "rows",
    [
        f'<table:table-row table:number-rows-repeated="1048576">{WORD.format(repeat="")}</table:table-row>',
        f'<table:table-row table:number-rows-repeated="5000">{WIDE}</table:table-row>',
        f"<table:table-row>{WIDE}</table:table-row>" * 100,
    ],
)
def test_an_open_document_that_repeats_itself_is_refused(rows):
    assert refusal("a.ods", ods(rows)) == "sheet_too_many_rows"


def test_one_long_text_repeated_in_an_open_document_is_refused():
    """F23: A hundred million letters, which come as one line."""
    cell = WORD.format(repeat=' table:number-columns-repeated="1000"').replace("Ánh", "Ánh" * 700)
    assert refusal("a.ods", ods(f"<table:table-row>{cell}</table:table-row>" * 50)) == "sheet_damaged"


def test_a_file_that_hangs_its_reader_ends_in_a_refusal():
    assert refusal("a.ods", (DATA / "hangs.ods").read_bytes()) == "sheet_damaged"


@pytest.mark.parametrize("entry", [0, 0xFFFFFFFF])
def test_a_table_of_sectors_that_leads_back_to_itself_ends_in_a_refusal(entry):
    """F23: Whether it names a sector at each turn, and fills the memory, or none, and never ends."""
    content = bytearray((DATA / "old.xls").read_bytes())
    struct.pack_into("<I", content, 44, 0xFFFFFFF0)  # so many tables there are to be
    struct.pack_into("<I", content, 68, 3)  # the first of those that name further ones
    struct.pack_into("<128I", content, 4 * 512, *[entry] * 127, 3)
    assert refusal("a.xls", bytes(content)) == "sheet_damaged"


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The same bytes with some changed, lost or added."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 10)):
        at = chance.randrange(len(found))
        kind = chance.random()
        if kind < 0.7:
            found[at] = chance.randrange(256)
        elif kind < 0.85:
            del found[at : min(at + chance.randint(1, 50), len(found) - 1)]
        else:
            found[at:at] = chance.randbytes(chance.randint(1, 30))
    return bytes(found)


@pytest.mark.parametrize(("name", "quick", "full"), [("a.xlsx", 150, 5_000), ("a.xls", 8, 300), ("a.csv", 100, 2_000)])
def test_damaged_files_are_read_or_refused_and_bring_nothing_down(name, quick, full, sized):
    chance = random.Random(name)
    whole = {"a.xlsx": GOOD, "a.xls": (DATA / "old.xls").read_bytes(), "a.csv": "Họ và tên;Sinh\nÁnh;1971".encode()}[
        name
    ]
    for _ in range(sized(quick, full)):
        content = damaged(whole, chance)
        if name == "a.xlsx" and chance.random() < 0.7:
            part = chance.choice((SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"))
            inner = zipfile.ZipFile(io.BytesIO(GOOD)).read(part)
            content = changed(GOOD, {part: damaged(inner, chance)})
        try:
            read_workbook(name, content)
        except DomainError as refused:
            assert refused.code.startswith("sheet_")  # noqa: PT017 (either answer is right)


def test_a_column_that_is_formatted_to_the_end_is_no_bomb():
    content = changed(
        GOOD, {SHEET: cells("A1", "B2").replace(b"</sheetData>", b'<row r="3"><c r="XFD3" s="1"/></row></sheetData>')}
    )
    assert read_workbook("a.xlsx", content).sheets[0].rows[0][0] == "x"


def test_the_delimiter_of_a_text_file_is_found():
    for sign in ";,\t|":
        text = sign.join(("Họ và tên", "Ngày sinh")) + "\r\n" + sign.join(("Trần Ánh", "03/11/1964"))
        read = read_workbook("a.csv", text.encode("utf-8-sig"))
        assert (read.sheets[0].rows, read.encoding) == (
            [["Họ và tên", "Ngày sinh"], ["Trần Ánh", "03/11/1964"]],
            Encoding.UTF_8,
        )


def test_the_reference_files_read_as_a_second_reader_reads_them():
    for path in sorted(REFERENCE.glob("dai-bieu/lien-doan-lao-dong-tinh-b*.xlsx"))[:4]:
        ours = read_workbook_file(path)
        theirs = openpyxl.load_workbook(path, data_only=True)
        assert [sheet.name for sheet in ours.sheets] == theirs.sheetnames
        for sheet in ours.sheets:
            rows = [
                ["" if cell is None else cell for cell in row] for row in theirs[sheet.name].iter_rows(values_only=True)
            ]
            assert len(rows) == len(sheet.rows)
            for mine, other in zip(sheet.rows, rows, strict=True):
                for left, right in zip(mine, other, strict=True):
                    assert left == (right.date() if hasattr(right, "date") else right) or str(right).isspace()


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="=+-@\t"), max_size=40).map(
    lambda text: text.replace("\r", "")
)


def written(rows: list[list[object]]) -> bytes:
    content = io.BytesIO()
    write_workbook(content, [Table("Đại biểu", ["Một", "Hai"], rows)])
    return content.getvalue()


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_text_goes_out_and_comes_back_as_it_was(pairs):
    content = written([["", ""], *map(list, pairs), ["cuối", "cùng"]])
    (sheet,) = read_workbook("a.xlsx", content, Encoding.UNICODE).sheets
    assert [tuple(row) for row in sheet.rows[2:-1]] == pairs


@pytest.mark.parametrize("text", ["=1+1", "+84912345678", "-5", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', "0912"])
def test_what_looks_like_a_formula_is_text(text):
    """F22: In the written file, and when it comes back."""
    content = written([[text, 1]])
    cell = openpyxl.load_workbook(io.BytesIO(content)).active["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert read_workbook("a.xlsx", content).sheets[0].rows[1][0] == text


def test_numbers_and_dates_keep_their_type():
    row = read_workbook("a.xlsx", written([[date(1964, 11, 3), 1972]])).sheets[0].rows[1]
    assert list(row) == [date(1964, 11, 3), 1972.0]


def test_checking_alone_refuses_the_same():
    with pytest.raises(DomainError, match="sheet_macros"):
        check_file("a.xlsm", GOOD)
