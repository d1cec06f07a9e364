"""When somebody can be erased, and what stands in the place of a name."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum

PSEUDONYM = "Đã xóa"
BACKUP_DAYS = 35
"""How long a backup is kept: after that nothing of an erased person is anywhere."""


class Obstacle(StrEnum):
    """Why somebody can't be erased yet."""

    ERASED = "erased"
    UNDER_WAY = "under_way"  # called to a conference that is not over, and not withdrawn from it
    IMPORT_WAITS = "import_waits"  # an uploaded list of a conference of theirs waits for somebody


class RequestState(StrEnum):
    ASKED = "asked"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    DONE = "done"


def pseudonym_of(person_id: int) -> str:
    """Tells apart whom it stands for, so that figures can still be followed to their rows, and nothing else."""
    return f"{PSEUDONYM} {person_id}"


def code_of(person_id: int) -> str:
    return f"XOA-{person_id}"


def account_pseudonym_of(account_id: int) -> str:
    return f"Tài khoản đã xóa {account_id}"


def login_of(account_id: int) -> str:
    return f"xoa-{account_id}"


def account_mark_of(secret: str, account_id: int, login: str) -> str:
    return hmac.digest(f"erased account {secret}".encode(), f"{account_id} {login}".encode(), hashlib.sha256).hex()


def mark_of(secret: str, person_id: int, code: str) -> str:
    """By which an erased person is known again in an older backup: it says nothing without the secret."""
    return hmac.digest(f"erased person {secret}".encode(), f"{person_id} {code}".encode(), hashlib.sha256).hex()
