"""Rows that can't be used, with the place where they stand and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conference.foundation.sheets import Cell


class Why(StrEnum):
    """Why a row can't be used. The words and the way to mend it are the screen's."""

    NO_NAME = "no_name"
    NO_CODE = "no_code"
    SAME_CODE = "same_code"
    NO_SITE = "no_site"
    UNKNOWN_SITE = "unknown_site"
    AMBIGUOUS_SITE = "ambiguous_site"
    UNKNOWN_UNIT = "unknown_unit"
    AMBIGUOUS_UNIT = "ambiguous_unit"
    UNKNOWN_HOST = "unknown_host"
    BAD_TIME = "bad_time"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row handed back. ``row`` is counted as the spreadsheet shows it; ``cells`` is what stood there."""

    file: str
    sheet: str
    row: int
    why: Why
    subject: str = ""  # the text in question
    cells: tuple[Cell, ...] = ()
    nearest: str = ""  # what may have been meant
