"""People from lists: into the directory, called to the conference, each with a ticket. In bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update

from conference.directory.models import Person, Sex
from conference.foundation.db import db
from conference.foundation.text import fold, phone_digits, sort_key
from conference.planning.queries import waves_of
from conference.registry.imports.bulk import allocate_ids, insert_rows, table_of
from conference.registry.imports.comparison import Comparison, Matched, categories_of, category_key
from conference.registry.imports.models import ImportChange, ImportedValue
from conference.registry.imports.rules import FieldChange, Subject, Value
from conference.registry.models import (
    Attendee,
    AttendeeRole,
    Category,
    Substitute,
    SubstituteState,
    attendee_categories,
)
from conference.registry.same_person import Called
from conference.registry.tickets import KeyRing, Ticket

AT_ONCE = 4_000


@dataclass(frozen=True, slots=True)
class _Listed:
    """Someone new, at a position of the comparison, with the numbers that will be theirs."""

    position: int
    called: Called
    sort_key: str
    site_id: int
    attendee_id: int
    number: int
    code: str  # unless the list gives one


def bring_people(
    comparison: Comparison,
    *,
    conference_id: int,
    conference_code: str,
    batch_id: int,
    unit_ids: dict[str, int],
    site_ids: dict[str, int],
    ring: KeyRing,
) -> None:
    """Call everyone new, change what was not edited since, and remember what the lists said."""
    category_ids, wave_ids = _bring_categories(comparison), wave_ids_of(conference_id)
    listed = _listed(comparison, conference_id, conference_code, site_ids)
    person_ids = dict(comparison.known_people)
    taken = _codes_taken({one.called.first.code for one in listed} | {one.code for one in listed})
    for start in range(0, len(listed), AT_ONCE):  # so that rows on their way don't fill the memory
        part = listed[start : start + AT_ONCE]
        _bring_persons(part, person_ids, taken, unit_ids)
        _call(comparison, part, conference_id, batch_id, person_ids, unit_ids, category_ids, wave_ids, ring)
    _change(comparison, batch_id, unit_ids, site_ids, category_ids, wave_ids)
    _remember(comparison, conference_id, unit_ids)


def wave_ids_of(conference_id: int) -> dict[str, int]:
    """The waves of a conference by their folded titles."""
    return {fold(one.title): one.id for one in waves_of(conference_id)}


def _bring_categories(comparison: Comparison) -> dict[str, int]:
    ids = dict(db.session.execute(select(Category.name_folded, Category.id)).all())
    new = [folded for folded in comparison.category_names if folded not in ids]
    ids |= dict(zip(new, allocate_ids(table_of(Category), len(new)), strict=True))
    insert_rows(
        table_of(Category),
        [{"id": ids[key], "name": comparison.category_names[key], "name_folded": key} for key in new],
    )
    return ids


def _listed(
    comparison: Comparison, conference_id: int, conference_code: str, site_ids: dict[str, int]
) -> list[_Listed]:
    """Numbers follow site, then name, so that badges of one hall lie together and a repeat gives the same ones."""
    ordered = sorted(
        (site_ids[called.site], sort_key(called.first.full_name), position)
        for position, called in enumerate(comparison.new)
    )
    last = db.session.scalar(select(func.max(Attendee.number)).where(Attendee.conference_id == conference_id))
    first = (last or 0) + 1
    return [
        _Listed(position, comparison.new[position], key, site_id, attendee_id, number, f"{conference_code}-{number}")
        for number, (attendee_id, (site_id, key, position)) in enumerate(
            zip(allocate_ids(table_of(Attendee), len(ordered)), ordered, strict=True), start=first
        )
    ]


def _call(
    comparison: Comparison,
    listed: Sequence[_Listed],
    conference_id: int,
    batch_id: int,
    person_ids: dict[int, int],
    unit_ids: dict[str, int],
    category_ids: dict[str, int],
    wave_ids: dict[str, int],
    ring: KeyRing,
) -> None:
    tickets = ring.issue_many(Ticket(conference_id, one.number, one.site_id, 1) for one in listed)
    insert_rows(
        table_of(Attendee),
        [
            {
                "id": one.attendee_id,
                "conference_id": conference_id,
                "number": one.number,
                "person_id": person_ids[one.position],
                "unit_id": unit_ids[one.called.first.unit or ""],
                "position": one.called.first.position,
                "site_id": one.site_id,
                "wave_id": wave_ids.get(fold(one.called.first.wave)),
                "role": AttendeeRole.OFFICIAL,
                "seat": None,
                "must_write": True,
                "may_follow_online": one.called.first.online == "yes",
                "ticket_issue": 1,
                "ticket": ticket,
                "link_issue": 1,
                "withdrawn_at": None,
                "is_walk_in": False,
            }
            for one, ticket in zip(listed, tickets, strict=True)
        ],
    )
    insert_rows(
        attendee_categories,
        [
            {"attendee_id": one.attendee_id, "category_id": category_id}
            for one in listed
            for category_id in {category_ids[category_key(name)] for name in one.called.categories}
        ],
    )
    insert_rows(
        table_of(ImportedValue),
        [
            {
                "conference_id": conference_id,
                "subject": Subject.ATTENDEE,
                "subject_id": one.attendee_id,
                "sender_id": unit_ids.get(one.called.first.sender or ""),
                "created_by_id": batch_id,
                "made_person": one.position not in comparison.known_people,
                "said": comparison.said_of(one.called),
                "categories_by_sender": categories_of(one.called, comparison.category_names),
            }
            for one in listed
        ],
    )


def _bring_persons(
    listed: Sequence[_Listed], person_ids: dict[int, int], taken: set[str], unit_ids: dict[str, int]
) -> None:
    """Add those to the directory whom it doesn't know; notes the person of each in ``person_ids``."""
    new = [one for one in listed if one.position not in person_ids]
    rows: list[dict[str, Any]] = []
    for one, id in zip(new, allocate_ids(table_of(Person), len(new)), strict=True):
        row = one.called.first
        code = next(code for code in (row.code, one.code, f"{one.code}-{id}") if code and code not in taken)
        taken.add(code)
        person_ids[one.position] = id
        rows.append(
            {
                "id": id,
                "code": code,
                "full_name": row.full_name,
                "name_folded": row.name_key,
                "sort_key": one.sort_key,
                "birth_date": row.birth_date,
                "birth_year": row.birth_year,
                "sex": Sex(row.sex) if row.sex else None,
                "position": row.position,
                "unit_id": unit_ids[row.unit or ""],
                "phone": row.phone or None,
                "phone_digits": row.phone_digits,
                "email": row.email or None,
            }
        )
    insert_rows(table_of(Person), rows)


def _codes_taken(codes: set[str]) -> set[str]:
    return set(db.session.scalars(select(Person.code))) & codes


def _change(
    comparison: Comparison,
    batch_id: int,
    unit_ids: dict[str, int],
    site_ids: dict[str, int],
    category_ids: dict[str, int],
    wave_ids: dict[str, int],
) -> None:
    changes: list[dict[str, Any]] = []
    for match in comparison.changed:
        standing = match.standing
        for change in match.settled.updates:
            set_field(standing.attendee_id, standing.person_id, change, unit_ids, site_ids, category_ids, wave_ids)
            changes.append(
                {
                    "batch_id": batch_id,
                    "subject": Subject.ATTENDEE,
                    "subject_id": standing.attendee_id,
                    "field": change.field,
                    "before": change.before,
                    "after": change.after,
                }
            )
    insert_rows(table_of(ImportChange), changes)


def set_field(
    attendee_id: int,
    person_id: int,
    change: FieldChange,
    unit_ids: dict[str, int],
    site_ids: dict[str, int],
    category_ids: dict[str, int],
    wave_ids: dict[str, int],
) -> None:
    """Give one field of an attendee, or of the person behind it, its new value."""
    value = change.after
    text = str(value or "")
    person: dict[str, Any] = {}
    attendee: dict[str, Any] = {}
    if change.field == "name":
        person = {"full_name": text, "name_folded": fold(text), "sort_key": sort_key(text)}
    elif change.field == "birth":
        day = date.fromisoformat(text) if len(text) == 10 else None
        person = {"birth_date": day, "birth_year": int(text[:4]) if text else None}
    elif change.field == "sex":
        person = {"sex": Sex(text) if text else None}
    elif change.field == "phone":
        person = {"phone": text or None, "phone_digits": phone_digits(text)}
    elif change.field == "email":
        person = {"email": text or None}
    elif change.field == "position":
        person = attendee = {"position": text}
    elif change.field == "unit":
        person = attendee = {"unit_id": unit_ids[text]}
    elif change.field == "site":
        attendee = {"site_id": site_ids[text]}
    elif change.field == "online":
        attendee = {"may_follow_online": text == "yes"}
    elif change.field == "wave":
        attendee = {"wave_id": wave_ids.get(fold(text)), "seat": None}
        along = select(Substitute.substitute_id).where(
            Substitute.attendee_id == attendee_id, Substitute.state == SubstituteState.APPROVED
        )
        db.session.execute(update(Attendee).where(Attendee.id.in_(along)).values(**attendee))
    elif change.field == "categories":
        _set_categories(attendee_id, value, category_ids)
    if person:
        db.session.execute(update(Person).where(Person.id == person_id).values(**person))
    if attendee:
        db.session.execute(update(Attendee).where(Attendee.id == attendee_id).values(**attendee))


def _set_categories(attendee_id: int, names: Value, category_ids: dict[str, int]) -> None:
    db.session.execute(delete(attendee_categories).where(attendee_categories.c.attendee_id == attendee_id))
    listed = names if isinstance(names, list) else []
    insert_rows(
        attendee_categories,
        [
            {"attendee_id": attendee_id, "category_id": id}
            for id in {category_ids[fold(name)] for name in listed if fold(name) in category_ids}
        ],
    )


def _remember(comparison: Comparison, conference_id: int, unit_ids: dict[str, int]) -> None:
    """What the lists say now is what the next import compares with. Only what differs is written."""
    table = table_of(ImportedValue)
    for match in comparison.matched:
        if match.is_marked:
            continue  # an exported list that comes back edits as people do on screen: it is no sender's word
        standing = match.standing
        values = {"said": _to_remember(match), "categories_by_sender": match.categories_by_sender}
        if not match.is_aside:
            values["sender_id"] = unit_ids.get(match.called.first.sender or "")
        if standing.last is None:
            row = {"created_by_id": None, "made_person": False, "subject_id": standing.attendee_id, **values}
            insert_rows(table, [{"conference_id": conference_id, "subject": Subject.ATTENDEE, **row}])
        elif (
            values["said"] != standing.last
            or match.categories_by_sender != standing.categories_by_sender
            or (not match.is_aside and match.called.first.sender != standing.sender)
        ):
            db.session.execute(
                update(table)
                .where(
                    table.c.conference_id == conference_id,
                    table.c.subject == Subject.ATTENDEE,
                    table.c.subject_id == standing.attendee_id,
                )
                .values(**values)
            )


def _to_remember(match: Matched) -> dict[str, Value]:
    """An empty cell says nothing, and a list that stands aside says no more than what it filled in."""
    last = match.standing.last
    if match.is_aside and last is not None:
        return last | {change.field: change.after for change in match.settled.updates}
    said = {name: value for name, value in match.said.items() if value not in ("", None, [])}
    return (match.standing.current if last is None else last) | said
