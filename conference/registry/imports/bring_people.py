"""People from lists: into the directory, called to the conference, each with a ticket. In bulk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update

from conference.directory.models import Person, Sex
from conference.foundation.db import db
from conference.foundation.text import fold, phone_digits, sort_key
from conference.registry.imports.bulk import allocate_ids, insert_rows, table_of
from conference.registry.imports.comparison import Comparison
from conference.registry.imports.models import ImportChange, ImportedValue
from conference.registry.imports.rules import FieldChange, Subject, Value
from conference.registry.models import Attendee, AttendeeRole, Category, attendee_categories
from conference.registry.same_person import Called
from conference.registry.tickets import KeyRing, Ticket


@dataclass(frozen=True, slots=True)
class _Listed:
    """Someone new, at a position of the comparison, with the code that is theirs if none was given."""

    position: int
    called: Called
    sort_key: str
    code: str


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
    category_ids = _bring_categories(comparison)
    _call(comparison, conference_id, conference_code, batch_id, unit_ids, site_ids, category_ids, ring)
    _change(comparison, batch_id, unit_ids, site_ids, category_ids)
    _remember(comparison, conference_id, unit_ids)


def _bring_categories(comparison: Comparison) -> dict[str, int]:
    ids = {folded: id for id, folded in db.session.execute(select(Category.id, Category.name_folded))}
    new = [folded for folded in comparison.category_names if folded not in ids]
    ids |= dict(zip(new, allocate_ids(table_of(Category), len(new)), strict=True))
    insert_rows(
        table_of(Category),
        [{"id": ids[key], "name": comparison.category_names[key], "name_folded": key} for key in new],
    )
    return ids


def _call(
    comparison: Comparison,
    conference_id: int,
    conference_code: str,
    batch_id: int,
    unit_ids: dict[str, int],
    site_ids: dict[str, int],
    category_ids: dict[str, int],
    ring: KeyRing,
) -> None:
    """Numbers follow site, then name, so that badges of one hall lie together and a repeat gives the same ones."""
    ordered = sorted(
        (
            (site_ids[called.site], sort_key(called.first.full_name), position, called)
            for position, called in enumerate(comparison.new)
        ),
        key=lambda entry: entry[:3],
    )
    ids = allocate_ids(table_of(Attendee), len(ordered))
    last = db.session.scalar(select(func.max(Attendee.number)).where(Attendee.conference_id == conference_id))
    first_number = (last or 0) + 1
    listed = [
        _Listed(position, called, key, f"{conference_code}-{first_number + at}")
        for at, (_, key, position, called) in enumerate(ordered)
    ]
    person_ids = _bring_persons(comparison, listed, unit_ids)
    tickets = ring.issue_many(Ticket(conference_id, first_number + at, entry[0], 1) for at, entry in enumerate(ordered))
    attendees: list[dict[str, Any]] = []
    categories: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    for at, (site_id, _key, position, called) in enumerate(ordered):
        row = called.first
        attendees.append(
            {
                "id": ids[at],
                "conference_id": conference_id,
                "number": first_number + at,
                "person_id": person_ids[position],
                "unit_id": unit_ids[row.unit or ""],
                "position": row.position,
                "site_id": site_id,
                "role": AttendeeRole.OFFICIAL,
                "seat": None,
                "must_write": True,
                "ticket_issue": 1,
                "ticket": tickets[at],
                "link_issue": 1,
                "withdrawn_at": None,
                "is_walk_in": False,
            }
        )
        for category_id in {category_ids[fold(name)] for name in called.categories}:
            categories.append({"attendee_id": ids[at], "category_id": category_id})
        values.append(
            {
                "conference_id": conference_id,
                "subject": Subject.ATTENDEE,
                "subject_id": ids[at],
                "sender_id": unit_ids.get(row.sender or ""),
                "created_by_id": batch_id,
                "made_person": position not in comparison.known_people,
                "said": comparison.said_of(called),
            }
        )
    insert_rows(table_of(Attendee), attendees)
    insert_rows(attendee_categories, categories)
    insert_rows(table_of(ImportedValue), values)


def _bring_persons(comparison: Comparison, listed: Iterable[_Listed], unit_ids: dict[str, int]) -> dict[int, int]:
    """The person behind each new attendee: from the directory, or added to it."""
    person_ids = dict(comparison.known_people)
    new = [one for one in listed if one.position not in person_ids]
    taken = _codes_taken({one.called.first.code for one in new} | {one.code for one in new})
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
    return person_ids


def _codes_taken(codes: set[str]) -> set[str]:
    return set(db.session.scalars(select(Person.code))) & codes


def _change(
    comparison: Comparison,
    batch_id: int,
    unit_ids: dict[str, int],
    site_ids: dict[str, int],
    category_ids: dict[str, int],
) -> None:
    changes: list[dict[str, Any]] = []
    for match in comparison.changed:
        standing = match.standing
        for change in match.settled.updates:
            set_field(standing.attendee_id, standing.person_id, change, unit_ids, site_ids, category_ids)
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
        said = dict(match.standing.last or {}) | {
            name: value for name, value in match.said.items() if value not in ("", None, [])
        }
        sender_id = unit_ids.get(match.called.first.sender or "")
        if match.standing.last is None:
            db.session.execute(
                table.insert().values(
                    conference_id=conference_id,
                    subject=Subject.ATTENDEE,
                    subject_id=match.standing.attendee_id,
                    sender_id=sender_id,
                    created_by_id=None,
                    made_person=False,
                    said={**match.standing.current, **said},
                )
            )
        elif said != match.standing.last:
            db.session.execute(
                update(table)
                .where(
                    table.c.conference_id == conference_id,
                    table.c.subject == Subject.ATTENDEE,
                    table.c.subject_id == match.standing.attendee_id,
                )
                .values(said=said)
            )
