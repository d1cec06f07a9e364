"""The code of a site that changes every half minute, and what stands between a person and their self check-in.

Who photographs the screen and sends the picture home is stopped by nothing but the half minute (two at most): the
conference decides whether that is enough, and the host sees every name and can take it back.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conference.checkin.rules import SessionTimes, milliseconds

STEP_SECONDS = 30
CODE_DIGITS = 6
PASS_LIVES = timedelta(minutes=3)
"""How long a code that was scanned in time may wait for its button: a slow line, a guest's question."""

MAC_LETTERS = 32


class Obstacle(StrEnum):
    """Why nobody can check in alone here and now, or why this person can't."""

    NOT_OPEN_YET = "not_open_yet"
    CLOSED = "closed"
    OVER = "over"
    STOPPED = "stopped"  # the organizer has ended it at this site
    TAKEN_BACK = "taken_back"  # the host has undone this person's before
    NO_SEATS = "no_seats"
    NO_TICKET = "no_ticket"
    REFUSED = "refused"  # the door says no: withdrawn, substituted, called to another study session


def step_of(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


def seconds_left(at: datetime) -> float:
    """Until the next code."""
    return STEP_SECONDS - at.timestamp() % STEP_SECONDS


def code_of(secret: str, *, site: int, study_session: int, step: int) -> str:
    """Six digits that nobody can work out without the secret."""
    mac = hmac.digest(_key(secret), f"code {site} {study_session} {step}".encode(), "sha256")
    return f"{int.from_bytes(mac[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def is_current(secret: str, code: str, *, site: int, study_session: int, at: datetime) -> bool:
    """True for the code on the screen now, and for the one before it: reading and typing take a while."""
    now = step_of(at)
    good = [code_of(secret, site=site, study_session=study_session, step=step) for step in (now, now - 1)]
    return any(hmac.compare_digest(one.encode(), code.encode()) for one in good)


@dataclass(frozen=True, slots=True)
class Pass:
    """Says that this person showed the right code of this site a moment ago."""

    attendee: int
    site: int
    study_session: int


def pass_text(secret: str, one: Pass, *, at: datetime) -> str:
    body = f"{one.attendee}.{one.site}.{one.study_session}.{int(at.timestamp())}"
    return f"{body}.{_mac(secret, body)}"


def read_pass(secret: str, text: str, *, attendee: int, at: datetime) -> Pass | None:
    """The pass, when it is ours, this person's, and not too old; else None."""
    body, _, mac = text.rpartition(".")
    if not hmac.compare_digest(_mac(secret, body).encode(), mac.encode()):
        return None
    whose, site, study_session, made_at = (int(part) for part in body.split("."))
    age = at.timestamp() - made_at
    if whose != attendee or not 0 <= age <= PASS_LIVES.total_seconds():
        return None
    return Pass(whose, site, study_session)


def obstacle_of_times(times: SessionTimes, at: datetime) -> Obstacle | None:
    """Self check-in keeps to the hours of the door; where a host may wave somebody through, a page may not."""
    now = milliseconds(at)
    if times.closed_at is not None and now >= times.closed_at:
        return Obstacle.CLOSED
    if now < times.doors_open_at:
        return Obstacle.NOT_OPEN_YET
    return Obstacle.OVER if now > times.ends_at else None


def _mac(secret: str, body: str) -> str:
    return hmac.digest(_key(secret), f"pass {body}".encode(), "sha256").hex()[:MAC_LETTERS]


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"self check-in " + secret.encode()).digest()
