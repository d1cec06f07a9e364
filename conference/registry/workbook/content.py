"""The workbook's sheets: what stands in them, in which columns, and reading them back in whatever order they come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from conference.foundation.errors import DomainError
from conference.foundation.sheets import Cell, Table, Workbook, cell_text
from conference.registry.lists.quotas import read_quotas
from conference.registry.lists.rejects import Why as Refusal
from conference.registry.lists.units import UnitIndex
from conference.registry.workbook.cells import NUMBERS
from conference.registry.workbook.rules import FIELDS, Key, Kind, Rejected, Row, Sent, Values, Why

BASE = "Bản gốc"
"""A hidden sheet with every cell as it was exported: so that an edit can be told from what changed on the screen."""

SHEETS = {
    Kind.UNIT: "Đơn vị",
    Kind.SITE: "Điểm cầu",
    Kind.BLOCK: "Sơ đồ ghế",
    Kind.PIN: "Chỗ dành riêng",
    Kind.GUEST: "Đơn vị ghép",
    Kind.QUOTA: "Chỉ tiêu",
    Kind.HALF: "Buổi",
    Kind.TOPIC: "Chương trình",
}
KEYS = {
    Kind.UNIT: ("Mã đơn vị",),
    Kind.SITE: ("Mã điểm cầu",),
    Kind.BLOCK: ("Mã điểm cầu", "Khu"),
    Kind.PIN: ("Mã điểm cầu", "Chỗ"),
    Kind.GUEST: ("Mã điểm cầu", "Mã đơn vị"),
    Kind.QUOTA: ("Mã đơn vị", "Thành phần"),
    Kind.HALF: ("Ngày", "Buổi"),
    Kind.TOPIC: ("Mã mục",),
}
IN_CAPITALS = (Kind.BLOCK, Kind.PIN)
"""Their second key: the name of a khu, a row or a seat."""

TO_READ = {
    Kind.BLOCK: "Tên điểm cầu",
    Kind.PIN: "Tên điểm cầu",
    Kind.GUEST: "Điểm cầu và đơn vị",
    Kind.QUOTA: "Tên đơn vị",
}
"""A column that helps people find the row; what is written there is not read."""

HEADS = {
    "name": "Tên",
    "short_name": "Tên gọn",
    "province": "Tỉnh, thành phố",
    "level": "Cấp",
    "host": "Mã đơn vị chủ trì",
    "kind": "Loại",
    "parent": "Mã đơn vị cấp trên",
    "address": "Địa chỉ",
    "hall": "Hội trường",
    "capacity": "Số ghế",
    "manager_name": "Phụ trách",
    "manager_phone": "Điện thoại",
    "manager_email": "Thư điện tử",
    "technician_name": "Cán bộ kỹ thuật",
    "technician_phone": "Điện thoại kỹ thuật",
    "room_url": "Đường dẫn phòng họp",
    "rows": "Số dãy",
    "seats_per_row": "Ghế mỗi dãy",
    "number": "Số thẻ",
    "note": "Dành cho",
    "quota": "Số chỗ",
    "places": "Chỉ tiêu",
    "day": "Ngày",
    "part": "Buổi",
    "title": "Tên mục",
    "presenter": "Báo cáo viên",
    "starts": "Bắt đầu",
    "ends": "Kết thúc",
    "wave": "Đợt",
}


def tables_of(rows: Sequence[Row]) -> list[Table]:
    """One sheet a kind, and the hidden one with what was exported."""
    return [*(_table(kind, [row for row in rows if row.kind is kind]) for kind in Kind), _base_table(rows)]


def _table(kind: Kind, rows: Sequence[Row]) -> Table:
    helps = [TO_READ[kind]] if kind in TO_READ else []
    heads = [*KEYS[kind], *helps, *(HEADS[name] for name in FIELDS[kind])]
    written = [
        [
            *row.key.split("|"),
            *([row.label] * len(helps)),
            *(_cell(name, row.values[name]) for name in FIELDS[kind]),
        ]
        for row in rows
    ]
    widths = [14] * len(KEYS[kind]) + [36] * len(helps) + [8 if name in NUMBERS else 24 for name in FIELDS[kind]]
    return Table(SHEETS[kind], heads, written, widths)


def _cell(name: str, value: str) -> Cell:
    return int(value) if value and name in NUMBERS else value


def _base_table(rows: Sequence[Row]) -> Table:
    written = [[kind.value, "", *FIELDS[kind]] for kind in Kind]
    written += [[row.kind.value, row.key, *(row.values[name] for name in FIELDS[row.kind])] for row in rows]
    return Table(BASE, ["Trang", "Mã", "Giá trị khi xuất"], written, is_hidden=True)


@dataclass(frozen=True)
class Content:
    """The rows of a file, what was exported, and rows that could not be read at all."""

    sent: list[Sent]
    base: Mapping[Key, Values]
    rejected: list[Rejected]


def read(book: Workbook, units: UnitIndex) -> Content:
    """What a workbook says, or a list of quotas. Raises ``workbook_unknown`` when the file is neither."""
    by_name = {sheet.name.strip().casefold(): sheet for sheet in book.sheets}
    sent: list[Sent] = []
    found = False
    missing: DomainError | None = None
    for kind, title in SHEETS.items():
        sheet = by_name.get(title.casefold())
        if sheet is None or not sheet.rows:
            continue
        columns = {cell_text(cell): place for place, cell in enumerate(sheet.rows[0]) if cell_text(cell)}
        if not all(key in columns for key in KEYS[kind]):
            missing = DomainError("workbook_without_key", sheet=title, column=", ".join(KEYS[kind]))
            continue
        found = True
        sent += _rows(kind, sheet.name, sheet.rows, columns)
    if not found or missing is not None:
        return _quotas(book, units, missing or DomainError("workbook_unknown"))
    base_sheet = by_name.get(BASE.casefold())
    return Content(sent, _base(base_sheet.rows) if base_sheet is not None else {}, [])


def _quotas(book: Workbook, units: UnitIndex, otherwise: DomainError) -> Content:
    """A list that organizers hand over: it says nothing of the quotas that it does not name."""
    lists = [found for sheet in book.sheets if (found := read_quotas(book.name, sheet, units)) is not None]
    if not lists:
        raise otherwise
    sent = [
        Sent(Kind.QUOTA, f"{row.unit}|{row.category}", {"places": row.places}, row.sheet, row.row)
        for rows, _rejects in lists
        for row in rows
    ]
    rejected = [
        Rejected(one.sheet, one.row, QUOTA_WHYS[one.why], "", one.subject)
        for _rows, rejects in lists
        for one in rejects
    ]
    return Content(sent, {}, rejected)


QUOTA_WHYS = {Refusal.UNKNOWN_UNIT: Why.UNKNOWN_UNIT, Refusal.AMBIGUOUS_UNIT: Why.AMBIGUOUS_UNIT}


def _rows(kind: Kind, sheet: str, rows: Sequence[Sequence[Cell]], columns: Mapping[str, int]) -> Iterator[Sent]:
    def text(row: Sequence[Cell], head: str) -> str:
        place = columns[head]
        return _text(head, row[place]) if place < len(row) else ""

    for number, row in enumerate(rows[1:], start=2):
        if not any(cell_text(cell) for cell in row):
            continue
        keys = [text(row, head) for head in KEYS[kind]]
        if kind in IN_CAPITALS:
            keys[1] = keys[1].upper()
        values = {name: text(row, HEADS[name]) for name in FIELDS[kind] if HEADS[name] in columns}
        yield Sent(kind, "|".join(keys), values, sheet, number)


def _text(head: str, cell: Cell) -> str:
    """A cell as it would be typed: a day as 05/12/2018 and an hour as 08:15, whatever a spreadsheet made of it."""
    if head == HEADS["day"]:
        return _day(cell)
    if isinstance(cell, datetime | time):
        return cell.strftime("%H:%M")
    if isinstance(cell, timedelta):
        minutes = int(cell.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    said = cell_text(cell)
    if head in (HEADS["starts"], HEADS["ends"]) and (found := TYPED_HOUR.fullmatch(said)):
        return f"{int(found[1]):02}:{found[2] or '00'}"
    return said.lower() if head == HEADS["part"] else said


TYPED_HOUR = re.compile(r"([0-9]{1,2}) ?[:hHgG.] ?([0-9]{2})?")
TYPED_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


def _day(cell: Cell) -> str:
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    said = cell_text(cell)
    found = TYPED_DAY.fullmatch(said)
    return f"{int(found[1]):02}/{int(found[2]):02}/{found[3]}" if found else said


def _base(rows: Sequence[Sequence[Cell]]) -> dict[Key, Values]:
    """What was exported. Each kind's first row names its columns, so that a file of an older release is understood."""
    kinds = {kind.value: kind for kind in Kind}
    fields: dict[Kind, list[str]] = {}
    found: dict[Key, Values] = {}
    for row in rows[1:]:
        kind = kinds.get(cell_text(row[0])) if len(row) > 1 else None
        if kind is None:
            continue
        key, cells = cell_text(row[1]), [cell_text(cell) for cell in row[2:]]
        if not key:
            fields[kind] = [name for name in cells if name]
        elif kind in fields:
            cells += [""] * (len(fields[kind]) - len(cells))
            found[kind, key] = dict(zip(fields[kind], cells, strict=False))
    return found
