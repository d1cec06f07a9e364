"""Undoing an applied import, as long as nobody it brought was counted or called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from conference.directory.models import Person, Unit
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.registry.called import is_summoned
from conference.registry.imports.actions import in_state
from conference.registry.imports.bring_people import set_field, wave_ids_of
from conference.registry.imports.bulk import table_of
from conference.registry.imports.comparison import standings_of
from conference.registry.imports.findings import forget_findings
from conference.registry.imports.models import (
    ImportBatch,
    ImportChange,
    ImportedValue,
)
from conference.registry.imports.rules import BatchState, FieldChange, Subject
from conference.registry.models import Attendee, Category, attendee_categories
from conference.registry.naming import freezing
from conference.registry.naming.rules import ListChangeKind
from conference.registry.signals import roster_changed
from conference.sites.models import Site


def take_back(*, batch: ImportBatch, by: Actor, at: datetime) -> int:
    """Undo an applied import: its new people go, what it changed about others stands again as before.

    Units, sites and programme stay, since others may use them by now. Gives the number of people taken out.
    Raises ``import_in_use`` once someone it brought has been counted or called: whatever refers to an attendee
    keeps the database from deleting it.
    """
    in_state(batch, BatchState.APPLIED)
    later = db.session.scalar(
        select(ImportBatch.id).where(
            ImportBatch.conference_id == batch.conference_id,
            ImportBatch.state == BatchState.APPLIED,
            ImportBatch.id > batch.id,
        )
    )
    if later is not None:
        raise DomainError("import_not_last")
    freezing.settle(batch.conference_id, at)
    _restore(batch)
    values = table_of(ImportedValue)
    brought = (
        select(values.c.subject_id)
        .where(values.c.created_by_id == batch.id, values.c.subject == Subject.ATTENDEE)
        .scalar_subquery()
    )
    made = list(
        db.session.scalars(
            select(Attendee.person_id)
            .join(values, values.c.subject_id == Attendee.id)
            .where(
                values.c.created_by_id == batch.id,
                values.c.subject == Subject.ATTENDEE,
                values.c.made_person.is_(True),
            )
        )
    )
    seats = db.session.execute(
        select(Attendee.site_id, func.count()).where(Attendee.id.in_(brought)).group_by(Attendee.site_id)
    ).all()
    count = sum(people for _, people in seats)
    called = db.session.scalar(select(func.count(Attendee.id)).where(Attendee.id.in_(brought), is_summoned())) or 0
    try:
        with db.session.begin_nested():
            db.session.execute(delete(attendee_categories).where(attendee_categories.c.attendee_id.in_(brought)))
            db.session.execute(
                delete(Attendee).where(Attendee.id.in_(brought)).execution_options(synchronize_session=False)
            )
    except IntegrityError as error:
        raise DomainError("import_in_use") from error
    db.session.execute(
        delete(ImportedValue)
        .where(ImportedValue.created_by_id == batch.id, ImportedValue.subject == Subject.ATTENDEE)
        .execution_options(synchronize_session=False)
    )
    if called:
        gone, kind = [(None, -called)], ListChangeKind.IMPORT_TAKEN_BACK
        freezing.note_changes(batch.conference_id, gone, kind, reason=str(batch.id), by=by, at=at)
    _forget_people(made)
    forget_findings(batch.id)
    batch.state, batch.ended_at = BatchState.TAKEN_BACK, at
    roster_changed.announce(conference_id=batch.conference_id, site_ids=sorted(site_id for site_id, _ in seats))
    record(by=by, at=at, action="import.take_back", subject=("import_batch", batch.id), after={"people": count})
    return count


def _restore(batch: ImportBatch) -> None:
    """Give changed fields their former values, except where someone has edited them since."""
    unit_ids = dict(db.session.execute(select(Unit.code, Unit.id)).all())
    site_ids = dict(db.session.execute(select(Site.code, Site.id)).all())
    category_ids = dict(db.session.execute(select(Category.name_folded, Category.id)).all())
    wave_ids = wave_ids_of(batch.conference_id)
    standing = {match.attendee_id: match for match in standings_of(batch.conference_id)}
    changes = db.session.scalars(
        select(ImportChange)
        .where(ImportChange.batch_id == batch.id, ImportChange.subject == Subject.ATTENDEE)
        .order_by(ImportChange.id.desc())
    )
    for change in changes:
        match = standing.get(change.subject_id)
        if match is None or match.current.get(change.field) != change.after:
            continue
        back = FieldChange(change.field, change.after, change.before)
        set_field(match.attendee_id, match.person_id, back, unit_ids, site_ids, category_ids, wave_ids)
        said = {**(match.last or {}), change.field: change.before}
        match.last = said
        db.session.execute(
            update(ImportedValue)
            .where(
                ImportedValue.conference_id == batch.conference_id,
                ImportedValue.subject == Subject.ATTENDEE,
                ImportedValue.subject_id == match.attendee_id,
            )
            .values(said=said)
            .execution_options(synchronize_session=False)
        )


def _forget_people(ids: Sequence[int]) -> None:
    """Take people out of the directory again whom this import had brought there and no one else calls."""
    called = select(Attendee.person_id)
    for start in range(0, len(ids), 500):
        db.session.execute(
            delete(Person)
            .where(Person.id.in_(ids[start : start + 500]), Person.id.not_in(called))
            .execution_options(synchronize_session=False)
        )
