"""The workbook's sheets: what stands in them, in which columns, and reading them back in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta

from conference.foundation.errors import DomainError
from conference.foundation.sheets import Cell, Table, Workbook
from conference.registry.lists.units import cell_text
from conference.registry.workbook.rules import FIELDS, NUMBERS, Key, Kind, Row, Sent, Values

BASE = "Bản gốc"
"""A hidden sheet with every cell as it was exported: so that an edit can be told from what changed on the screen."""

SHEETS = {
    Kind.UNIT: "Đơn vị",
    Kind.SITE: "Điểm cầu",
    Kind.BLOCK: "Sơ đồ ghế",
    Kind.GUEST: "Đơn vị ghép",
    Kind.TOPIC: "Chương trình",
}
KEYS = {
    Kind.UNIT: ("Mã đơn vị",),
    Kind.SITE: ("Mã điểm cầu",),
    Kind.BLOCK: ("Mã điểm cầu", "Khu"),
    Kind.GUEST: ("Mã điểm cầu", "Mã đơn vị"),
    Kind.TOPIC: ("Mã mục",),
}
TO_READ = {Kind.BLOCK: "Tên điểm cầu", Kind.GUEST: "Điểm cầu và đơn vị", Kind.TOPIC: "Buổi"}
"""A column that helps people find the row; what is written there is not read."""

HEADS = {
    "name": "Tên",
    "short_name": "Tên gọn",
    "province": "Tỉnh, thành phố",
    "level": "Cấp",
    "host": "Mã đơn vị chủ trì",
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
    "quota": "Số chỗ",
    "title": "Tên mục",
    "presenter": "Báo cáo viên",
    "starts": "Bắt đầu",
    "ends": "Kết thúc",
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
    written = [[row.kind.value, row.key, *(row.values[name] for name in FIELDS[row.kind])] for row in rows]
    return Table(BASE, ["Trang", "Mã", "Giá trị khi xuất"], written, is_hidden=True)


def read(book: Workbook) -> tuple[list[Sent], dict[Key, Values]]:
    """The rows of a file, and what was exported. Raises ``workbook_unknown`` when it has none of the sheets."""
    by_name = {sheet.name.strip().casefold(): sheet for sheet in book.sheets}
    sent: list[Sent] = []
    found = False
    for kind, title in SHEETS.items():
        sheet = by_name.get(title.casefold())
        if sheet is None or not sheet.rows:
            continue
        columns = {cell_text(cell): place for place, cell in enumerate(sheet.rows[0]) if cell_text(cell)}
        if not all(key in columns for key in KEYS[kind]):
            raise DomainError("workbook_without_key", sheet=title, column=", ".join(KEYS[kind]))
        found = True
        sent += _rows(kind, sheet.name, sheet.rows, columns)
    if not found:
        raise DomainError("workbook_unknown")
    base_sheet = by_name.get(BASE.casefold())
    return sent, _base(base_sheet.rows) if base_sheet is not None else {}


def _rows(kind: Kind, sheet: str, rows: Sequence[Sequence[Cell]], columns: Mapping[str, int]) -> Iterator[Sent]:
    def text(row: Sequence[Cell], head: str) -> str:
        place = columns[head]
        return _text(row[place]) if place < len(row) else ""

    for number, row in enumerate(rows[1:], start=2):
        if not any(cell_text(cell) for cell in row):
            continue
        key = "|".join(text(row, head) for head in KEYS[kind])
        if kind is Kind.BLOCK:
            key = key.upper() if key.isupper() else f"{key.partition('|')[0]}|{key.partition('|')[2].upper()}"
        values = {name: text(row, HEADS[name]) for name in FIELDS[kind] if HEADS[name] in columns}
        yield Sent(kind, key, values, sheet, number)


def _text(cell: Cell) -> str:
    """A cell as it would be typed: an hour as 08:15, whatever a spreadsheet made of it."""
    if isinstance(cell, datetime | time):
        return cell.strftime("%H:%M")
    if isinstance(cell, timedelta):
        minutes = int(cell.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return cell_text(cell)


def _base(rows: Sequence[Sequence[Cell]]) -> dict[Key, Values]:
    kinds = {kind.value: kind for kind in Kind}
    found: dict[Key, Values] = {}
    for row in rows[1:]:
        if len(row) > 1 and (kind := kinds.get(cell_text(row[0]))) is not None:
            cells = [cell_text(cell) for cell in row[2:]]
            cells += [""] * (len(FIELDS[kind]) - len(cells))
            found[kind, cell_text(row[1])] = dict(zip(FIELDS[kind], cells, strict=False))
    return found
