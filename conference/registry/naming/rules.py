"""Whose quota a person fills, who approves whom, and what adds up after the list is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_PLACES = 100_000


class Approver(StrEnum):
    """Who has to agree before somebody whom a unit names is called."""

    NOBODY = "nobody"
    UPPER_UNIT = "upper_unit"
    ORGANIZER = "organizer"


class NominationKind(StrEnum):
    ADD = "add"
    WITHDRAW = "withdraw"
    REPLACE = "replace"


class NominationState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    RETURNED = "returned"  # with a reason; the unit may mend it and propose it again
    TAKEN_BACK = "taken_back"


OPEN_STATES = (NominationState.PROPOSED, NominationState.RETURNED)


class ListChangeKind(StrEnum):
    """What changed the list of who is called after it was frozen."""

    ADDED = "added"
    WITHDRAWN = "withdrawn"
    CALLED_AGAIN = "called_again"
    IMPORTED = "imported"
    IMPORT_TAKEN_BACK = "import_taken_back"
    MERGED = "merged"
    UNMERGED = "unmerged"


@dataclass(frozen=True, slots=True)
class QuotaKey:
    """A unit's quota for one category; none is the quota of everybody, whatever the category."""

    unit_id: int
    category_id: int | None


def ids_on(path: str) -> list[int]:
    """'/1/20/35/' -> [1, 20, 35]."""
    return [int(part) for part in path.split("/") if part]


def filled(
    quotas: Iterable[QuotaKey], counts: Mapping[tuple[int, int | None], int], paths: Mapping[int, str]
) -> dict[QuotaKey, int]:
    """How many people fill each quota. ``counts``: (unit, category) -> people, with none for people of any category.

    A person fills the quota of one unit alone, the nearest, so that what is given to a province and what is given
    to its districts can be added.
    """
    by_category: dict[int | None, set[int]] = {}
    for key in quotas:
        by_category.setdefault(key.category_id, set()).add(key.unit_id)
    found = {QuotaKey(unit, category): 0 for category, units in by_category.items() for unit in units}
    for (unit_id, category_id), count in counts.items():
        given = by_category.get(category_id, set())
        answers = next((unit for unit in reversed(ids_on(paths.get(unit_id, ""))) if unit in given), None)
        if answers is not None:
            found[QuotaKey(answers, category_id)] += count
    return found


def is_frozen(freezes_at: datetime | None, at: datetime) -> bool:
    return freezes_at is not None and at >= freezes_at
