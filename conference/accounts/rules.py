"""Passwords, one-time tokens, and how long a way in stays open. No database, no request."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

LINK_LIVES = timedelta(hours=1)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=10)

_hasher = PasswordHasher()
NO_PASSWORD = _hasher.hash("an account without a password takes as long to refuse as one with a wrong one")


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
