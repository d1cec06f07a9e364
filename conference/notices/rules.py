"""How people are reached and what they answer; when a letter is tried again, and when to give up."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

MOST_ATTEMPTS = 5
FIRST_WAIT = timedelta(minutes=2)
MOST_WAIT = timedelta(hours=2)
HIDDEN_TOKEN = "\N{BULLET}" * 8


class Contact(StrEnum):
    """The best way on record to reach somebody. The three exclude each other."""

    MAIL = "mail"
    PHONE = "phone_only"
    NONE = "none"


class Reply(StrEnum):
    """What somebody answered to the summons."""

    COMING = "coming"
    LEAVE = "leave"  # asked to stay away from the whole conference, and was not refused
    SILENT = "silent"


def next_try(attempts: int, at: datetime) -> datetime | None:
    """When to try after so many failures; None when it is enough. The waits double."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return at + wait_after(attempts)


def wait_after(failures: int) -> timedelta:
    doubled: timedelta = FIRST_WAIT * 2 ** max(0, failures - 1)
    return min(doubled, MOST_WAIT)


def occasion_of_release(number: int) -> str:
    """What the letters about a release of the plan are known by in the outbox."""
    return f"plan-{number}"
