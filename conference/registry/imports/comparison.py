"""What a recognised folder would do to a conference: new, changed field by field, kept, unchanged, missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.text import fold
from conference.planning.models import Conference, Wave
from conference.planning.queries import waves_of
from conference.registry.imports.marks import settle_marked
from conference.registry.imports.models import ImportedValue
from conference.registry.imports.rules import FieldChange, Settled, Subject, Value, settle
from conference.registry.lists.units import UnitIndex
from conference.registry.models import Attendee, Category, attendee_categories
from conference.registry.recognition import Recognition
from conference.registry.same_person import Called
from conference.sites.models import Site

_NAMES_AT_ONCE = 400
category_key = lru_cache(maxsize=2048)(fold)
"""The folded name of a category: there are few, and each is asked for thousands of times."""


@dataclass(slots=True)
class Standing:
    """An attendee as it stands now, beside what a list last said about the person."""

    attendee_id: int
    person_id: int
    person_code: str
    current: dict[str, Value]
    last: dict[str, Value] | None
    categories_by_sender: dict[str, list[str]]  # what each sender's list last named
    sender: str | None  # whose list stands for this person
    is_withdrawn: bool
    number: int


@dataclass(slots=True)
class Matched:
    standing: Standing
    called: Called
    said: dict[str, Value] = field(default_factory=dict)
    settled: Settled = field(default_factory=Settled)
    categories_by_sender: dict[str, list[str]] = field(default_factory=dict)
    is_aside: bool = False  # from a list that doesn't stand for this person: headquarters', say

    @property
    def is_marked(self) -> bool:
        """From a list that we exported: like edits on screen, and no list of a sender."""
        return bool(self.called.first.mark)


@dataclass(slots=True)
class Comparison:
    """The difference between the files and the conference. Nothing is changed by making it."""

    recognition: Recognition
    new: list[Called] = field(default_factory=list)
    matched: list[Matched] = field(default_factory=list)
    missing: list[Standing] = field(default_factory=list)
    known_people: dict[int, int] = field(default_factory=dict)  # position in ``new`` -> person in the directory
    category_names: dict[str, str] = field(default_factory=dict)  # folded -> the spelling that is kept
    waves: dict[str, str] = field(default_factory=dict)  # of the conference, folded -> as it is called

    @property
    def changed(self) -> list[Matched]:
        return [match for match in self.matched if match.settled.updates]

    @property
    def kept(self) -> list[Matched]:
        return [match for match in self.matched if match.settled.kept]

    @property
    def unchanged(self) -> int:
        return sum(1 for match in self.matched if not match.settled.updates)

    def said_of(self, called: Called) -> dict[str, Value]:
        return said_of(called, self.category_names, self.waves)


def said_of(called: Called, category_names: Mapping[str, str], waves: Mapping[str, str]) -> dict[str, Value]:
    """What the lists say about one person, in the form in which it is compared and remembered. What they say of waves
    means nothing where there are none; a name that no wave has stays as it is written."""
    row = called.first
    birth = row.birth_date.isoformat() if row.birth_date else str(row.birth_year or "")
    categories = {name for names in categories_of(called, category_names).values() for name in names}
    return {
        "name": row.full_name,
        "birth": birth,
        "sex": row.sex or "",
        "position": row.position,
        "unit": row.unit or "",
        "site": row.site,
        "phone": row.phone_digits or row.phone,
        "email": row.email,
        "categories": sorted(categories),
        "online": row.online,
        "wave": waves.get(fold(row.wave), row.wave) if waves else "",
    }


def categories_of(called: Called, category_names: Mapping[str, str]) -> dict[str, list[str]]:
    """The categories that each sender names for a person, in the spelling that is kept."""
    found: dict[str, set[str]] = {}
    for row in called.rows:
        if row.categories:
            names = {category_names.get(category_key(name), name) for name in row.categories}
            found[row.sender or ""] = found.get(row.sender or "", set()) | names
    return {sender: sorted(names) for sender, names in found.items()}


def compare(
    recognition: Recognition, conference_id: int | None, site_choices: Mapping[str, str] | None = None
) -> Comparison:
    """Find every recognised person among the conference's attendees, then in the directory."""
    waves = {} if conference_id is None else {fold(one.title): one.title for one in waves_of(conference_id)}
    comparison = Comparison(recognition, category_names=_category_names(recognition.people), waves=waves)
    _choose_sites(recognition.people, site_choices or {})
    standings = standings_of(conference_id) if conference_id is not None else []
    finder = _Finder(standings)
    taken: dict[int, Called] = {}
    for called in recognition.people:
        standing = finder.find(called, taken)
        if standing is None:
            comparison.new.append(called)
        elif standing.attendee_id in taken:
            _join(taken[standing.attendee_id], called)
        else:
            taken[standing.attendee_id] = called
            comparison.matched.append(Matched(standing, called))
    for match in comparison.matched:
        _settle(match, comparison)
    _find_missing(comparison, standings, taken)
    if recognition.exported and conference_id is not None:
        _find_taken_out(comparison, conference_id, standings, taken)
    comparison.known_people = _known_people(comparison.new, {standing.person_id for standing in standings})
    return comparison


def place_of(called: Called) -> str:
    """Names one person of an import by where the standing row is written."""
    row = called.first
    return f"{row.file}|{row.sheet}|{row.row}"


def _choose_sites(people: Iterable[Called], choices: Mapping[str, str]) -> None:
    if not choices:
        return
    for called in people:
        chosen = choices.get(place_of(called))
        if chosen in {row.site for row in called.rows}:
            called.site_choice = chosen


def _join(first: Called, second: Called) -> None:
    first.rows += second.rows
    first.categories = tuple(dict.fromkeys(first.categories + second.categories))


def _settle(match: Matched, comparison: Comparison) -> None:
    _settle_fields(match, comparison)
    titles = set(comparison.waves.values())
    unknown = [c for c in match.settled.updates if c.field == "wave" and c.after not in titles]
    if unknown:  # shown, and not taken over
        updates = [c for c in match.settled.updates if c not in unknown]
        match.settled = Settled(updates, [*match.settled.kept, *unknown])


def _settle_fields(match: Matched, comparison: Comparison) -> None:
    """What the lists do to an attendee: all that they say, or, from a list that stands aside, only what is missing."""
    standing, called = match.standing, match.called
    match.said = comparison.said_of(called)
    if match.is_marked:
        match.categories_by_sender = standing.categories_by_sender
        match.settled = settle_marked(standing.current, match.said, called.first.mark)
        return
    match.is_aside = _is_aside(match, comparison.recognition.unit_index)
    match.categories_by_sender = standing.categories_by_sender | categories_of(called, comparison.category_names)
    names = {name for named in match.categories_by_sender.values() for name in named}
    if standing.last is None:
        current = standing.current["categories"]
        names |= set(current) if isinstance(current, list) else set()
    match.said["categories"] = sorted(names)
    match.settled = settle(standing.current, standing.last, _without_less(match))
    if match.is_aside:
        gaps = [c for c in match.settled.updates if c.before in ("", None, []) or c.field == "categories"]
        elsewhere = [c for c in match.settled.updates + match.settled.kept if c.field == "site"]
        match.settled = Settled(gaps, elsewhere)
    if called.site_choice and called.site_choice != standing.current["site"]:
        others = [c for c in match.settled.updates if c.field != "site"]
        decided = FieldChange("site", standing.current["site"], called.site_choice)
        match.settled = Settled([*others, decided], [c for c in match.settled.kept if c.field != "site"])


def _is_aside(match: Matched, units: UnitIndex) -> bool:
    """True when another sender's list stands for this person and none of these is nearer to the person's unit."""
    standing = match.standing
    senders = {row.sender for row in match.called.rows}
    if standing.last is None or standing.sender is None or standing.sender in senders:
        return False

    def nearness(sender: str | None) -> tuple[bool, int]:
        return units.is_below(str(standing.current["unit"]), sender), units.depth(sender)

    return max(map(nearness, senders)) < nearness(standing.sender)


def _without_less(match: Matched) -> dict[str, Value]:
    """A bare year says nothing against a full date of that year."""
    said = dict(match.said)
    now = match.standing.current.get("birth")
    if isinstance(now, str) and len(str(said["birth"])) == 4 and now.startswith(str(said["birth"])):
        said["birth"] = now
    return said


class _Finder:
    """Finds the attendee that a recognised person is, by what stands now and by what was last imported."""

    def __init__(self, standings: Sequence[Standing]) -> None:
        self._by_key: dict[tuple[str, str], Standing] = {}
        self._by_code: dict[str, Standing] = {}
        self._without_key: dict[tuple[str, Value, Value], list[Standing]] = defaultdict(list)
        for standing in standings:
            self._by_code[standing.person_code] = standing
            for values in filter(None, (standing.last, standing.current)):
                name, birth, phone = fold(str(values["name"])), str(values["birth"]), str(values["phone"])
                if len(birth) == 10:
                    self._by_key.setdefault((name, birth), standing)
                if phone:
                    self._by_key.setdefault((name, phone), standing)
            values = standing.last or standing.current
            if len(str(values["birth"])) != 10 and not values["phone"]:
                key = (fold(str(values["name"])), values["birth"], values["unit"])
                self._without_key[key].append(standing)

    def find(self, called: Called, taken: Mapping[int, Called]) -> Standing | None:
        row = called.first
        if row.code and (coded := self._by_code.get(row.code)):
            names = {fold(str(values["name"])) for values in (coded.last, coded.current) if values}
            if row.mark or row.name_key in names:
                return coded
        for each in called.rows:
            for key in (each.birth_date.isoformat() if each.birth_date else "", each.phone_digits or ""):
                if key and (found := self._by_key.get((each.name_key, key))):
                    return found
        candidates = [
            standing
            for standing in self._without_key.get((row.name_key, str(row.birth_year or ""), row.unit), ())
            if standing.attendee_id not in taken
        ]
        here = [s for s in candidates if (s.last or s.current)["site"] == row.site]
        return next(iter(here or candidates), None)


def _find_missing(comparison: Comparison, standings: Iterable[Standing], taken: Mapping[int, Called]) -> None:
    """Someone whom a sender listed before and doesn't list now; other senders' people are not in question."""
    rows = [row for called in comparison.recognition.people for row in called.rows]
    ours = {(row.file, row.sheet) for row in rows if row.mark}  # exported by us: perhaps a part, and no sender's list
    senders = {row.sender for row in rows if (row.file, row.sheet) not in ours}
    comparison.missing = [
        standing
        for standing in standings
        if standing.attendee_id not in taken
        and standing.sender is not None
        and standing.sender in senders
        and standing.last is not None
        and not standing.is_withdrawn
    ]


def _find_taken_out(
    comparison: Comparison, conference_id: int, standings: Iterable[Standing], taken: Mapping[int, Called]
) -> None:
    """Somebody who was in a list that we exported and is not in it now: shown, and never withdrawn for it."""
    code = db.session.scalar(select(Conference.code).where(Conference.id == conference_id))
    numbers = comparison.recognition.exported.get(code or "", frozenset())
    shown = {standing.attendee_id for standing in comparison.missing}
    comparison.missing += [
        standing
        for standing in standings
        if standing.number in numbers
        and standing.attendee_id not in taken
        and standing.attendee_id not in shown
        and not standing.is_withdrawn
    ]


def _category_names(people: Iterable[Called]) -> dict[str, str]:
    names = dict(db.session.execute(select(Category.name_folded, Category.name)).all())
    for name in {name: None for called in people for name in called.categories}:
        names.setdefault(category_key(name), name)
    return names


def standings_of(conference_id: int) -> list[Standing]:
    """Every attendee of a conference as it stands, in four queries, however many there are."""
    categories, last = _categories_in(conference_id), _last_said_in(conference_id)
    rows = db.session.execute(
        select(
            Attendee.id,
            Attendee.person_id,
            Attendee.position,
            Attendee.withdrawn_at,
            Person.code,
            Person.full_name,
            Person.birth_date,
            Person.birth_year,
            Person.sex,
            Person.phone,
            Person.phone_digits,
            Person.email,
            Unit.code,
            Site.code,
            Attendee.number,
            Attendee.may_follow_online,
            Wave.title,
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .outerjoin(Wave, Wave.id == Attendee.wave_id)
        .where(Attendee.conference_id == conference_id)
        .order_by(Attendee.number)
    )
    standings = []
    for row in rows:
        attendee_id, person_id, position, withdrawn_at, code, name, day, year = row[:8]
        sex, phone, digits, email, unit, site, number, may_follow, wave = row[8:]
        said, by_sender, sender = last.get(attendee_id, (None, {}, None))
        current: dict[str, Value] = {
            "name": name,
            "birth": day.isoformat() if day else str(year or ""),
            "sex": sex.value if sex else "",
            "position": position,
            "unit": unit,
            "site": site,
            "phone": digits or phone or "",
            "email": email or "",
            "categories": sorted(categories.get(attendee_id, ())),
            # what a list allowed and somebody took back on the screen is an edit that stands
            "online": "yes" if may_follow else "no" if said and said.get("online") else "",
            "wave": wave or "",
        }
        is_withdrawn = withdrawn_at is not None
        standings.append(
            Standing(attendee_id, person_id, code, current, said, by_sender or {}, sender, is_withdrawn, number)
        )
    return standings


def _categories_in(conference_id: int) -> dict[int, list[str]]:
    """The names of each attendee's categories."""
    found: dict[int, list[str]] = defaultdict(list)
    for attendee_id, name in db.session.execute(
        select(attendee_categories.c.attendee_id, Category.name)
        .join(Category, Category.id == attendee_categories.c.category_id)
        .join(Attendee, Attendee.id == attendee_categories.c.attendee_id)
        .where(Attendee.conference_id == conference_id)
    ):
        found[attendee_id].append(name)
    return found


def _last_said_in(
    conference_id: int,
) -> dict[int, tuple[dict[str, Value] | None, dict[str, list[str]] | None, str | None]]:
    """What a list said last of each attendee, of its categories by sender, and whose list it was."""
    # Not an outer join: PostgreSQL knows nothing yet of rows that came in a moment ago, and would try each with each.
    senders = dict(db.session.execute(select(Unit.id, Unit.code)).all())
    return {
        subject_id: (said, by_sender, senders.get(sender_id))
        for subject_id, said, by_sender, sender_id in db.session.execute(
            select(
                ImportedValue.subject_id,
                ImportedValue.said,
                ImportedValue.categories_by_sender,
                ImportedValue.sender_id,
            ).where(ImportedValue.conference_id == conference_id, ImportedValue.subject == Subject.ATTENDEE)
        )
    }


def _known_people(new: Sequence[Called], here: set[int]) -> dict[int, int]:
    """People of the directory, from other conferences, whom the lists call for the first time here."""
    if not new or db.session.scalar(select(Person.id).limit(1)) is None:
        return {}
    by_name: dict[str, list[int]] = defaultdict(list)
    for position, called in enumerate(new):
        by_name[called.first.name_key].append(position)
    names = list(by_name)
    known: dict[int, int] = {}
    used = set(here)  # a person is called to a conference once
    for start in range(0, len(names), _NAMES_AT_ONCE):
        rows = db.session.execute(
            select(Person.id, Person.name_folded, Person.birth_date, Person.phone_digits)
            .where(Person.name_folded.in_(names[start : start + _NAMES_AT_ONCE]))
            .order_by(Person.id)
        )
        for person_id, name, day, phone in rows:
            for position in by_name[name]:
                is_same = any(
                    (day is not None and row.birth_date == day) or (phone is not None and row.phone_digits == phone)
                    for row in new[position].rows
                )
                if is_same and position not in known and person_id not in used:
                    known[position] = person_id
                    used.add(person_id)
    return known


def figures_of(comparison: Comparison) -> dict[str, Any]:
    """The numbers of an import. The first five say what the files hold, loaded before or not."""
    recognition = comparison.recognition
    return {
        "rows": recognition.row_count,
        "people": len(recognition.people),
        "repeated": recognition.repeated,
        "conflicts": len(recognition.conflicts),
        "rejected": len(recognition.rejects),
        "new": len(comparison.new),
        "changed": len(comparison.changed),
        "unchanged": comparison.unchanged,
        "kept": len(comparison.kept),
        "missing": len(comparison.missing),
        "shared_phones": recognition.phones_in_common,
        "units": len(recognition.units),
        "sites": len(recognition.sites),
        "programme": len(recognition.programme.items) if recognition.programme else 0,
        "unknown_units": sum(sheet.unknown_units for sheet in recognition.sheets),
        "unread": sum(1 for sheet in recognition.sheets if sheet.needs_mapping),
    }
