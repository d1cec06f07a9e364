"""Run as a program: reads one .xls or .ods from standard input and writes its sheets as JSON.

The parsers of these two formats can hang, or ask for hundreds of gigabytes, on a damaged file. Here that ends a
process of its own, within bounds of memory and time, and not the worker that asked.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO, TextIOWrapper
from itertools import chain
from typing import Any

from python_calamine import CalamineWorkbook

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 5
MOST_LETTERS = 80 << 20
"""Of all cells together: one string may stand in each of a million. The bounds above end with this process alone."""


def tagged(cell: Any) -> Any:
    """A cell as JSON can hold it; moments carry the letter of their type."""
    if isinstance(cell, datetime):
        return ["t", cell.isoformat()]
    if isinstance(cell, date):
        return ["d", cell.isoformat()]
    if isinstance(cell, time):
        return ["h", cell.isoformat()]
    if isinstance(cell, timedelta):
        return ["s", cell.total_seconds()]
    return cell


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read())) as book:
        sheets = [
            [
                title,
                [
                    [tagged(cell) for cell in row]
                    for row in book.get_sheet_by_name(title).to_python(skip_empty_area=False)
                ],
            ]
            for title in book.sheet_names
        ]
    cells = chain.from_iterable(row for _title, rows in sheets for row in rows)
    if sum(len(cell) for cell in cells if isinstance(cell, str)) > MOST_LETTERS:
        sys.exit("more text than anybody writes")
    with TextIOWrapper(sys.stdout.buffer, encoding="utf-8") as answer:
        json.dump(sheets, answer, ensure_ascii=False)


if __name__ == "__main__":
    main()
