"""Which two lines of a list may be one person, and why. A person decides; nothing is merged by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

MOST_IN_A_GROUP = 12
"""More who share one phone or address are an office's, and no person's."""


class Likeness(StrEnum):
    """Why two may be one, the strongest first."""

    SAME_PERSON = "same_person"  # same name and same birth date or phone: the rule of imports
    SAME_CONTACT = "same_contact"  # same phone or address, same given name
    NEAR_BIRTH = "near_birth"  # same name and unit, birth dates that one slip makes of each other


@dataclass(frozen=True, slots=True)
class Line:
    """What tells a person from others."""

    attendee_id: int
    person_id: int
    name: str  # folded
    birth_date: date | None
    birth_year: int | None
    phone: str | None
    email: str
    unit_id: int

    @property
    def given(self) -> str:
        return self.name.rpartition(" ")[2]


@dataclass(frozen=True, slots=True)
class Pair:
    first: int  # attendees, the lower id first
    second: int
    likeness: Likeness


def likeness_of(one: Line, other: Line) -> Likeness | None:
    """Why these two may be one person; None when nothing says so."""
    same_name = one.name == other.name
    same_phone = one.phone is not None and one.phone == other.phone
    same_day = one.birth_date is not None and one.birth_date == other.birth_date
    if same_name and (same_phone or same_day):
        return Likeness.SAME_PERSON
    same_mail = bool(one.email) and one.email == other.email
    if one.given == other.given and ((same_phone and _may_be_same_age(one, other)) or same_mail):
        return Likeness.SAME_CONTACT
    if same_name and one.unit_id == other.unit_id and _near(one, other):
        return Likeness.NEAR_BIRTH
    return None


def _may_be_same_age(one: Line, other: Line) -> bool:
    return one.birth_year is None or other.birth_year is None or one.birth_year == other.birth_year


def _near(one: Line, other: Line) -> bool:
    """Births that may be one: one is not known in full, or one of day, month and year differs, or two are swapped."""
    if one.birth_date is None or other.birth_date is None:
        return _may_be_same_age(one, other)
    first, second = ((day.day, day.month, day.year) for day in (one.birth_date, other.birth_date))
    if sum(mine != theirs for mine, theirs in zip(first, second, strict=True)) <= 1:
        return True
    return first == (second[1], second[0], second[2])


def pairs_in(lines: Iterable[Line], told_apart: frozenset[tuple[int, int]] = frozenset()) -> list[Pair]:
    """Every pair that may be one person, each once, the strongest first; not those a person has told apart."""
    found: dict[tuple[int, int], Pair] = {}
    for one, other in _met(lines):
        people = (min(one.person_id, other.person_id), max(one.person_id, other.person_id))
        key = (min(one.attendee_id, other.attendee_id), max(one.attendee_id, other.attendee_id))
        if key in found or people in told_apart or people[0] == people[1]:
            continue
        likeness = likeness_of(one, other)
        if likeness is not None:
            found[key] = Pair(*key, likeness)
    strength = list(Likeness)
    return sorted(found.values(), key=lambda pair: (strength.index(pair.likeness), pair.first, pair.second))


def _met(lines: Iterable[Line]) -> Iterator[tuple[Line, Line]]:
    """Those who share something by which they could be one: comparing each with each would take minutes."""
    groups: dict[Hashable, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.name, line.unit_id].append(line)
        if line.birth_date is not None:
            groups[line.name, line.birth_date].append(line)
        if line.phone is not None:
            groups[line.phone].append(line)
        if line.email:
            groups[line.email].append(line)
    for group in groups.values():
        if 1 < len(group) <= MOST_IN_A_GROUP:
            yield from combinations(group, 2)
