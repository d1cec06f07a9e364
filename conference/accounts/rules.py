"""Passwords, one-time tokens and codes, and how long a way in stays open. No database, no request."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from conference.foundation.actor import Role
from conference.foundation.text import fold

LINK_LIVES = timedelta(hours=1)
INVITATION_LIVES = timedelta(days=3)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
"""Five tries a quarter of an hour are at most twenty an hour for one account."""

ADDRESS_WINDOW = timedelta(minutes=15)
MOST_FROM_ADDRESS = 60
"""An office of many people may share one address; a guessing machine passes this in seconds."""

FAILURES_KEPT = timedelta(days=1)
SECOND_STEP_LIVES = timedelta(minutes=10)
CODE_SECONDS = 30
ISSUER = "Điểm Cầu"
SECOND_FACTOR_ROLES = frozenset({Role.ADMIN, Role.ORGANIZER})
FEWEST_DIFFERENT_CHARACTERS = 5

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,79}")

COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").split())
NOT_LETTERS = re.compile(r"[^a-z]")
COMMON_WORDS = frozenset(word for entry in COMMON if len(word := NOT_LETTERS.sub("", entry)) > 5)
"""The words of the common ones: other digits and signs around them do not make them rare."""

_hasher = PasswordHasher()
NO_PASSWORD = "$argon2id$v=19$m=65536,t=3,p=4$Dj7EVjhkTCiAQxlqOGcU7A$GLSP1jZRLHE2Z63LZsvmFaPnbDA/glBBsaff12ArQHE"  # noqa: S105
"""Of a password nobody knows: an account without one takes as long to refuse as one with a wrong one."""


def hash_token(token: str) -> str:
    """What is kept of a random token: enough to recognise it, too little to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """An argon2id hash with the library's parameters (RFC 9106, low-memory profile)."""
    return _hasher.hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """True when the password is the account's. Takes the same time when the account has none."""
    try:
        _hasher.verify(password_hash or NO_PASSWORD, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


class Right(StrEnum):
    """What a program may read by its token; each names one kind of thing and nothing else."""

    CONFERENCES = "conferences"
    SITES = "sites"
    UNITS = "units"
    ATTENDEES = "attendees"
    CONTACTS = "contacts"
    TICKETS = "tickets"
    SCANS = "scans"
    HEADCOUNTS = "headcounts"
    REFLECTIONS = "reflections"
    MARKS = "marks"
    REPORTS = "reports"


SERVICE_TOKEN_LIVES = timedelta(days=365)


class PasswordFault(StrEnum):
    """Why a new password is refused. There are no rules about kinds of characters."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    LIKE_LOGIN = "like_login"
    MONOTONOUS = "monotonous"


def password_fault(password: str, *, login: str, full_name: str) -> PasswordFault | None:
    """The first thing wrong with a new password. Length counts most; what everybody tries first is refused."""
    if len(password) < SHORTEST_PASSWORD:
        return PasswordFault.TOO_SHORT
    if len(password) > LONGEST_PASSWORD:
        return PasswordFault.TOO_LONG
    folded = fold(password).replace(" ", "")
    bare = _letters(folded)
    if folded in COMMON or bare in COMMON_WORDS:
        return PasswordFault.COMMON
    if len(set(folded)) < FEWEST_DIFFERENT_CHARACTERS or _is_run(folded):
        return PasswordFault.MONOTONOUS
    if bare and bare in (_letters(fold(login)), _letters(fold(full_name))):
        return PasswordFault.LIKE_LOGIN
    return None


def _letters(folded: str) -> str:
    return NOT_LETTERS.sub("", folded)


def _is_run(text: str) -> bool:
    """One long run such as abcdefghijkl, 210987654321 or 123412341234."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps <= {1, -9} or steps <= {-1, 9} or any(text == text[:n] * (len(text) // n) for n in (1, 2, 3, 4))


def needs_second_factor(roles: Iterable[Role], *, has_one: bool) -> bool:
    """Organizers and administrators always; others when they chose to have one."""
    return has_one or bool(SECOND_FACTOR_ROLES & frozenset(roles))


def new_secret() -> str:
    return pyotp.random_base32()


def secret_address(secret: str, login: str) -> str:
    """What an authenticator application reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def step_of_code(secret: str, code: str, *, at: datetime, last_step: int) -> int | None:
    """The time step whose code this is: the present one or a neighbour, and later than the last one taken."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    now = int(at.timestamp()) // CODE_SECONDS
    generator = pyotp.TOTP(secret)
    for step in (now, now - 1, now + 1):
        if step > last_step and hmac.compare_digest(generator.at(step * CODE_SECONDS), digits):
            return step
    return None


def hash_address(secret_key: str, address: str) -> str:
    """An address is personal data: only what recognises it is kept, and only for a day."""
    return hmac.new(secret_key.encode(), f"address:{address}".encode(), hashlib.sha256).hexdigest()


BROWSERS: tuple[tuple[str, str], ...] = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: tuple[tuple[str, str], ...] = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def client_words(user_agent: str) -> str:
    """“Firefox, Windows”: enough to recognise one's own browser, too little to follow anyone."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return ", ".join(word for word in (browser, system) if word)
