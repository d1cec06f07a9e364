"""Which files of a folder are lists."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = (".xlsx", ".xls", ".ods", ".csv", ".xlsm")  # the last is refused in words instead of passed over


def files_in(folder: Path) -> list[Path]:
    """Every file of a folder and those below that may be a list, in a fixed order; lock and hidden files are none."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith((".", "~$"))
    )
