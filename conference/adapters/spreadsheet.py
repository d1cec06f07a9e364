"""Reads .xlsx, .xls, .ods and .csv into plain rows, and writes .xlsx in which text is text.

Files from outside pass ``sheet_bounds`` first; nothing is evaluated, fetched or run.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from python_calamine import CalamineError, CalamineWorkbook

from conference.adapters.sheet_bounds import MAX_ROWS, FileKind, kind_of
from conference.foundation.errors import DomainError
from conference.foundation.legacy_text import Encoding, converter, decode_text_file, recognise
from conference.foundation.sheets import Cell, Sheet, Table, Workbook

_READER = Path(__file__).with_name("sheet_reader.py")
_READER_SECONDS = 20
_MOMENTS: dict[str, Callable[[Any], Cell]] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "h": time.fromisoformat,
    "s": lambda seconds: timedelta(seconds=seconds),
}
_TELLING_ROWS = 100  # of a sheet are enough to tell its encoding
_DELIMITERS = ";,\t|"


def check_file(name: str, content: bytes) -> FileKind:
    """Refuse what we would not read, without reading it: for the moment of upload."""
    return kind_of(name, content)


def read_workbook(name: str, content: bytes, encoding: Encoding | None = None) -> Workbook:
    """The sheets of one file. ``encoding`` overrules what is recognised; the result says which one was used.

    Raises DomainError: sheet_empty, sheet_too_large, sheet_wrong_type, sheet_renamed, sheet_binary,
    sheet_macros, sheet_password, sheet_bomb, sheet_too_many_rows, sheet_damaged, sheet_encoding.
    """
    kind = kind_of(name, content)
    if kind is FileKind.CSV:
        sheets, used = _read_csv(name, content, encoding)
    elif kind is FileKind.XLSX:
        sheets, used = _read_book(name, content), Encoding.UNICODE
    else:
        sheets, used = _read_apart(name, content), Encoding.UNICODE
    if not any(row for sheet in sheets for row in sheet.rows):
        raise DomainError("sheet_empty", file=name)
    return _decoded(Workbook(name, sheets, used), encoding)


def read_workbook_file(path: Path, encoding: Encoding | None = None) -> Workbook:
    """The same for a file on disk."""
    return read_workbook(path.name, path.read_bytes(), encoding)


def _read_book(name: str, content: bytes) -> list[Sheet]:
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
            return [
                Sheet(
                    title,
                    cast("list[list[Cell]]", book.get_sheet_by_name(title).to_python(skip_empty_area=False)),
                )
                for title in book.sheet_names
            ]
    except (CalamineError, ValueError, OSError) as error:
        raise DomainError("sheet_damaged", file=name) from error


def _read_apart(name: str, content: bytes) -> list[Sheet]:
    """Read in a process of its own what may bring down its reader; ``sheet_reader`` says why."""
    try:
        answer = subprocess.run(  # noqa: S603 (our own program; the file is its input, not its name)
            [sys.executable, "-I", str(_READER)],
            input=content,
            capture_output=True,
            timeout=_READER_SECONDS,
            check=True,
        )
        sheets = json.loads(answer.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise DomainError("sheet_damaged", file=name) from error
    return [Sheet(title, [[_untagged(cell) for cell in row] for row in rows]) for title, rows in sheets]


def _untagged(cell: Any) -> Cell:
    plain: Cell = cell
    if isinstance(cell, list):
        kind, value = cell
        plain = _MOMENTS[kind](value)
    return plain


def _read_csv(name: str, content: bytes, encoding: Encoding | None) -> tuple[list[Sheet], Encoding]:
    try:
        text, used = decode_text_file(content, encoding)
    except UnicodeDecodeError as error:
        raise DomainError("sheet_encoding", file=name, encoding=str(encoding or "")) from error
    if "\0" in text:
        raise DomainError("sheet_wrong_type", file=name)
    sample = [line for line in text.splitlines()[:50] if line.strip()]
    delimiter = max(_DELIMITERS, key=lambda sign: sum(min(line.count(sign), 40) for line in sample))
    try:
        rows: list[list[Cell]] = []
        for row in csv.reader(StringIO(text), delimiter=delimiter):
            rows.append(cast("list[Cell]", row))
            if len(rows) > MAX_ROWS:
                raise DomainError("sheet_too_many_rows", file=name, rows=MAX_ROWS)
    except csv.Error as error:
        raise DomainError("sheet_damaged", file=name) from error
    return [Sheet("", rows)], used


def _decoded(book: Workbook, chosen: Encoding | None) -> Workbook:
    """Turn cells of an old encoding into Unicode, and say so in the workbook."""
    old = chosen or recognise(
        cell for sheet in book.sheets for row in sheet.rows[:_TELLING_ROWS] for cell in row if isinstance(cell, str)
    )
    convert = converter(old)
    if convert is None:
        return book
    for sheet in book.sheets:
        sheet.name = convert(sheet.name)
        sheet.rows = [[convert(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows]
    book.encoding = old
    return book


def write_workbook(target: BinaryIO | Path, tables: list[Table]) -> None:
    """Write tables as sheets, a row at a time. A text that begins with = + - @ stays the text it is."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": "dd/mm/yyyy",
    }
    import xlsxwriter  # here: it would add a tenth to the time that every start takes

    book = xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options)
    head_format = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1})
    formats = {
        datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        date: book.add_format({"num_format": "dd/mm/yyyy"}),
        time: book.add_format({"num_format": "hh:mm"}),
        timedelta: book.add_format({"num_format": "[h]:mm"}),
    }
    for table in tables:
        sheet = book.add_worksheet(_sheet_name(table.name))
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(table.widths):
            sheet.set_column(column, column, width)
        for column in table.hidden:
            sheet.set_column(column, column, None, None, {"hidden": True})
        if table.is_hidden:
            sheet.very_hidden()
        for column, title in enumerate(table.head):
            sheet.write_string(0, column, title, head_format)
        for index, row in enumerate(table.rows, start=1):
            _write_row(sheet, index, row, formats)
    book.close()


def _write_row(sheet: Any, index: int, row: Any, formats: dict[type, Any]) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            if cell:
                sheet.write_string(index, column, cell)
        elif isinstance(cell, bool):
            sheet.write_boolean(index, column, cell)
        elif isinstance(cell, int | float):
            sheet.write_number(index, column, cell)
        elif cell is not None:
            sheet.write_datetime(index, column, cell, formats[type(cell)])


def _sheet_name(name: str) -> str:
    """Excel takes 31 characters and none of []:*?/\\ in the name of a sheet."""
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in name).strip("' ")[:31] or "Sheet"
