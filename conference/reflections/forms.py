"""Papers from outside: JSON of the writing page, or its plain form. Texts are taken as they come."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from conference.foundation.errors import DomainError
from conference.reflections.actions import PageLine, Save
from conference.reflections.content import MOST_COMMITMENTS, Commitment, Content

LARGEST_PAPER = 2 * 1024 * 1024
"""Bytes that a save may bring; a paper of 3,000 words is about 20,000."""

FIELDS = frozenset({"for", "base", "page", "seq", "parts", "commitments"})
COMMITMENT_FIELDS = frozenset({"what", "due", "measure"})
MOST_COUNT = 2**53
MOST_PARTS = 50
PART = re.compile(r"[1-9][0-9]{0,8}")
PAGE = re.compile(r"[A-Za-z0-9_-]{8,64}")


def read_draft(data: bytes) -> Save:
    """A save by the page's script: for whose text it holds, whoever is signed in by now.

    Raises ``bad_request`` for anything that the writing page does not send.
    """
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DomainError("bad_request") from error
    if not isinstance(sent, dict) or set(sent) != FIELDS:
        raise DomainError("bad_request")
    page = sent["page"]
    if not isinstance(page, str) or not PAGE.fullmatch(page):
        raise DomainError("bad_request")
    return Save(
        attendee_id=_count(sent["for"]),
        base=_count(sent["base"]),
        line=PageLine(page, _count(sent["seq"])),
        content=Content(_parts(sent["parts"]), _commitments(sent["commitments"])),
    )


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST_COUNT:
        raise DomainError("bad_request")
    return value


def _parts(value: Any) -> dict[int, str]:
    if not isinstance(value, dict) or len(value) > MOST_PARTS:
        raise DomainError("bad_request")
    if not all(PART.fullmatch(key) and isinstance(text, str) for key, text in value.items()):
        raise DomainError("bad_request")
    return {int(key): text for key, text in value.items()}


def _commitments(value: Any) -> tuple[Commitment, ...]:
    if not isinstance(value, list) or len(value) > MOST_COMMITMENTS:
        raise DomainError("bad_request")
    found = []
    for one in value:
        if not isinstance(one, dict) or set(one) != COMMITMENT_FIELDS:
            raise DomainError("bad_request")
        if not all(isinstance(text, str) for text in one.values()):
            raise DomainError("bad_request")
        found.append(Commitment(one["what"], one["due"], one["measure"]))
    return tuple(found)


def read_paper(sent: Mapping[str, str], part_ids: Collection[int]) -> Content:
    """The plain form's texts as they came; empty commitment cards are left out."""
    parts = {part: sent.get(f"part-{part}", "") for part in part_ids}
    commitments = [
        Commitment(*(sent.get(f"commitment-{place}-{name}", "") for name in ("what", "due", "measure")))
        for place in range(MOST_COMMITMENTS)
    ]
    return Content(parts, tuple(one for one in commitments if not one.is_blank))


def read_revision(sent: Mapping[str, str]) -> int:
    """Raises ``bad_request``."""
    value = sent.get("revision", "")
    if not re.fullmatch(r"\d{1,12}", value):
        raise DomainError("bad_request")
    return int(value)


def read_written_at(sent: Mapping[str, str]) -> datetime | None:
    """When the writer's device says the last letter was typed; None for anything unreadable."""
    try:
        moment = datetime.fromisoformat(sent.get("written_at", "").replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None or not 2000 <= moment.year < 2200:
        return None
    return moment.astimezone(UTC)
