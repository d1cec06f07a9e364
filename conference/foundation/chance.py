"""The one source of chance, so that a test or a demo can be lived again."""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

TOKEN_BYTES = 24


def token() -> str:
    """192 random bits as text that is safe in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def uuid() -> UUID:
    return uuid4()
