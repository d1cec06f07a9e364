"""Who is one person: the same folded name, and the same full birth date or the same phone. Never a phone alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from conference.registry.lists.delegates import DelegateRow
from conference.registry.lists.units import UnitIndex


@dataclass(slots=True)
class Called:
    """One person with every row that names them; the first row stands, the others fill its gaps."""

    rows: list[DelegateRow]
    categories: tuple[str, ...] = ()
    site_choice: str | None = None  # what a person decided, where two lists disagree

    @property
    def site(self) -> str:
        return self.site_choice or self.rows[0].site

    @property
    def first(self) -> DelegateRow:
        return self.rows[0]

    @property
    def other_sites(self) -> tuple[str, ...]:
        """Sites that later rows name instead of the one that stands."""
        return tuple(dict.fromkeys(row.site for row in self.rows[1:] if row.site != self.rows[0].site))


def join_rows(rows: Sequence[DelegateRow], units: UnitIndex) -> list[Called]:
    """Put rows of one person together, in the order of their first appearance."""
    heads = list(range(len(rows)))

    def head_of(at: int) -> int:
        while heads[at] != at:
            heads[at] = heads[heads[at]]
            at = heads[at]
        return at

    seen: dict[tuple[str, object], int] = {}
    for at, row in enumerate(rows):
        for key in (row.birth_date, row.phone_digits):
            if key is not None and not row.mark:  # of an exported list each row is a person of its own
                earlier = seen.setdefault((row.name_key, key), at)
                if earlier != at:
                    first, second = sorted((head_of(earlier), head_of(at)))
                    heads[second] = first
    groups: dict[int, list[DelegateRow]] = defaultdict(list)
    for at, row in enumerate(rows):
        groups[at if heads[at] == at else head_of(at)].append(row)
    return [_called(group, units) for group in groups.values()]


def _called(group: list[DelegateRow], units: UnitIndex) -> Called:
    if len(group) == 1:
        return Called(group, group[0].categories)
    # The own unit's list stands over that of a body further up; among equals the first row.
    group.sort(key=lambda row: (not units.is_below(row.unit or "", row.sender), -units.depth(row.sender)))
    categories = dict.fromkeys(name for row in group for name in row.categories)
    first = group[0]
    for row in group[1:]:
        if first.birth_date is None and row.birth_date is not None:
            first.birth_date, first.birth_year = row.birth_date, row.birth_date.year
        first.birth_year = first.birth_year or row.birth_year
        first.sex = first.sex or row.sex
        first.position = first.position or row.position
        first.email = first.email or row.email
        first.code = first.code or row.code
        if first.phone_digits is None and row.phone_digits is not None:
            first.phone, first.phone_digits = row.phone, row.phone_digits
    return Called(group, tuple(categories))


def shared_phones(people: Sequence[Called]) -> list[list[Called]]:
    """People who have one phone in common and stay apart: an office phone is nobody's identity."""
    by_phone: dict[str, list[Called]] = defaultdict(list)
    for called in people:
        if called.first.phone_digits:
            by_phone[called.first.phone_digits].append(called)
    return [sharing for sharing in by_phone.values() if len(sharing) > 1]
