"""What may be asked of a list of people, and what of a person is shown to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

LEAVE_CLOSES = timedelta(hours=24)
"""An attendee asks to stay away until this long before the beginning; later the host and the organizers are called."""

HIDDEN = "\N{BULLET}"
SHORTEST_PHONE_PART = 4


class TicketReason(StrEnum):
    """Why a ticket is replaced. Nothing else raises the issue: a move keeps the ticket."""

    LOST = "lost"
    HANDED_OVER = "handed_over"
    ABUSED = "abused"


class WithdrawReason(StrEnum):
    """Why someone is no longer called."""

    MISTAKE = "mistake"
    LEFT_OFFICE = "left_office"
    REPLACED = "replaced"
    OTHER = "other"


@dataclass(frozen=True)
class Reach:
    """How much of a conference's people someone sees: all of them, or those of units and what lies below them."""

    is_whole: bool = False
    unit_paths: frozenset[str] = frozenset()
    sees_contacts: bool = False
    may_change: bool = False
    may_ask: bool = False  # leave, or a substitute, which others decide

    def covers(self, unit_path: str) -> bool:
        return self.is_whole or any(unit_path.startswith(path) for path in self.unit_paths)


def masked_phone(digits: str | None) -> str:
    """The last three digits are enough to ask whether it is the right number."""
    return f"{HIDDEN * 4} {HIDDEN * 3} {digits[-3:]}" if digits else ""


def masked_birth(birth_date: date | None, birth_year: int | None) -> str:
    """The year alone: it tells namesakes apart and opens nothing."""
    year = birth_date.year if birth_date else birth_year
    return str(year) if year else ""


def masked_address(address: str | None) -> str:
    if not address:
        return ""
    name, _, host = address.partition("@")
    return f"{name[:1]}{HIDDEN * 3}@{host}"


def place_name(site_name: str) -> str:
    """A site's name where "điểm cầu" stands beside it already."""
    return site_name.removeprefix("Điểm cầu ")


def may_still_ask_leave(first_starts_at: datetime | None, at: datetime) -> bool:
    return first_starts_at is not None and at <= first_starts_at - LEAVE_CLOSES
