"""Reading possible doubles, and what was decided about them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from conference.accounts.models import Account
from conference.directory.models import Person
from conference.foundation.db import db
from conference.registry.doubles.models import Merge, ToldApart
from conference.registry.doubles.rules import Line, Pair, pairs_in
from conference.registry.models import Attendee


def possible_doubles(conference_id: int) -> list[Pair]:
    """Every pair of a conference's list that may be one person. Three queries, however many people there are."""
    rows = db.session.execute(
        select(
            Attendee.id,
            Person.id,
            Person.name_folded,
            Person.birth_date,
            Person.birth_year,
            Person.phone_digits,
            func.lower(func.coalesce(Person.email, "")),
            Attendee.unit_id,
        )
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
    )
    apart = {(first, second) for first, second in db.session.execute(select(ToldApart.first_id, ToldApart.second_id))}
    return pairs_in((Line(*row) for row in _sharing(rows.all())), frozenset(apart))


def _sharing(rows: Sequence[Any]) -> Iterator[Any]:
    """Only those who share something with somebody: nearly nobody does, and each looked at closer costs time."""
    first: dict[Hashable, int] = {}
    found: set[int] = set()
    for at, (_id, _person, name, day, _year, phone, email, unit) in enumerate(rows):
        for key in ((name, unit), (name, day) if day else None, phone, email):
            if key and (earlier := first.setdefault(key, at)) != at:
                found |= {earlier, at}
    return (rows[at] for at in sorted(found))


def attendees_of(pairs: Sequence[Pair]) -> dict[int, Attendee]:
    """The people of some pairs, with all that is shown side by side."""
    ids = {id for pair in pairs for id in (pair.first, pair.second)}
    found = db.session.scalars(
        select(Attendee)
        .where(Attendee.id.in_(ids))
        .options(
            joinedload(Attendee.person),
            joinedload(Attendee.unit),
            joinedload(Attendee.site),
            selectinload(Attendee.categories),
        )
    )
    return {attendee.id: attendee for attendee in found}


def merges_of(conference_id: int, most: int = 50) -> Sequence[Any]:
    """(merge, name, number kept, number gone, by whom), the latest first."""
    kept, gone = aliased(Attendee), aliased(Attendee)
    return db.session.execute(
        select(
            Merge,
            Person.full_name,
            kept.number.label("kept_number"),
            gone.number.label("gone_number"),
            Account.full_name.label("account_name"),
        )
        .join(kept, kept.id == Merge.kept_id)
        .join(gone, gone.id == Merge.gone_id)
        .join(Person, Person.id == kept.person_id)
        .outerjoin(Account, Account.id == Merge.merged_by)
        .where(Merge.conference_id == conference_id)
        .order_by(Merge.id.desc())
        .limit(most)
    ).all()


def merge_in(conference_id: int, merge_id: int) -> Merge | None:
    return db.session.scalars(
        select(Merge)
        .where(Merge.id == merge_id, Merge.conference_id == conference_id)
        .execution_options(populate_existing=True)
    ).first()
