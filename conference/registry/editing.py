"""Correcting what is known of somebody who is called: name, birth, sex, position, contact, categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update

from conference.directory.models import Person, Sex
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.text import clean, fold, phone_digits, sort_key
from conference.planning.models import Conference
from conference.registry.actions import called_already
from conference.registry.imports.marks import mark_of
from conference.registry.models import Attendee, attendee_categories
from conference.registry.signals import roster_changed


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """What somebody says of a person; categories None leaves them as they are."""

    full_name: str
    birth_date: date | None
    birth_year: int | None
    sex: Sex | None
    position: str
    phone: str
    email: str
    categories: Sequence[int] | None = None


def facts_of(attendee: Attendee) -> PersonFacts:
    """What stands now. Person and categories must be loaded."""
    person = attendee.person
    return PersonFacts(
        full_name=person.full_name,
        birth_date=person.birth_date,
        birth_year=person.birth_date.year if person.birth_date else person.birth_year,
        sex=person.sex,
        position=attendee.position,
        phone=person.phone or "",
        email=person.email or "",
        categories=sorted(category.id for category in attendee.categories),
    )


def stamp_of(facts: PersonFacts) -> str:
    """Tells whether what was on the screen still stands; it says nothing about the person."""
    return mark_of("person", repr(facts))


def edit_person(*, attendee: Attendee, facts: PersonFacts, stamp: str, by: Actor, at: datetime) -> list[str]:
    """Write what is known of somebody. Returns the fields that changed; the journal names them, never their values.

    Raises ``changed_meanwhile`` when something else stands than was on the screen, and ``called_already`` when this
    would make somebody else of the list twice the same.
    """
    db.session.execute(select(Conference.id).where(Conference.id == attendee.conference_id).with_for_update())
    before = facts_of(attendee)
    if stamp_of(before) != stamp:
        raise DomainError("changed_meanwhile")
    changed = [name for name in vars_of(facts) if getattr(facts, name) != getattr(before, name)]
    if facts.categories is None and "categories" in changed:
        changed.remove("categories")
    if not changed:
        return []
    name, digits = clean(facts.full_name), phone_digits(facts.phone) if facts.phone else None
    if {"full_name", "birth_date", "phone"} & set(changed):
        same = called_already(attendee.conference_id, name, facts.birth_date, digits)
        if same is not None and same.id != attendee.id and same.withdrawn_at is None:
            raise DomainError("called_already", number=same.number)
    db.session.execute(
        update(Person)
        .where(Person.id == attendee.person_id)
        .values(
            full_name=name,
            name_folded=fold(name),
            sort_key=sort_key(name),
            birth_date=facts.birth_date,
            birth_year=facts.birth_date.year if facts.birth_date else facts.birth_year,
            sex=facts.sex,
            position=facts.position,
            phone=facts.phone or None,
            phone_digits=digits,
            email=facts.email or None,
        )
    )
    db.session.execute(update(Attendee).where(Attendee.id == attendee.id).values(position=facts.position))
    if facts.categories is not None and "categories" in changed:
        _set_categories(attendee.id, facts.categories)
    record(by=by, at=at, action="person.edit", subject=("attendee", attendee.id), after={"fields": sorted(changed)})
    roster_changed.announce(conference_id=attendee.conference_id, site_ids=frozenset({attendee.site_id}))
    return changed


def vars_of(facts: PersonFacts) -> list[str]:
    return list(facts.__dataclass_fields__)


def _set_categories(attendee_id: int, categories: Sequence[int]) -> None:
    db.session.execute(delete(attendee_categories).where(attendee_categories.c.attendee_id == attendee_id))
    rows = [{"attendee_id": attendee_id, "category_id": id} for id in dict.fromkeys(categories)]
    if rows:
        db.session.execute(insert(attendee_categories), rows)
