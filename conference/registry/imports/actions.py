"""What people do with an import: start one, decide on it, apply it, take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from conference.directory.models import Person, Unit
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.jobs import enqueue
from conference.foundation.journal import record
from conference.planning.models import Conference, ConferenceKind, ConferenceState, Mode
from conference.registry.imports.bring_people import bring_people, set_field
from conference.registry.imports.bring_programme import bring_programme
from conference.registry.imports.bring_sites import bring_sites, join_sites
from conference.registry.imports.bring_units import bring_units
from conference.registry.imports.bulk import insert_rows, table_of
from conference.registry.imports.comparison import Comparison, compare, figures_of, place_of, standings_of
from conference.registry.imports.models import (
    ImportBatch,
    ImportChange,
    ImportedValue,
    ImportFile,
    ImportFinding,
    ImportReject,
    ListMapping,
)
from conference.registry.imports.queries import last_said
from conference.registry.imports.rules import BatchState, FieldChange, FindingKind, Settled, Subject, Value
from conference.registry.lists.layout import ColumnMapping
from conference.registry.models import Attendee, Category, attendee_categories
from conference.registry.recognition import Recognition, SheetReport
from conference.registry.same_person import Called
from conference.registry.signals import roster_changed
from conference.registry.tickets import KeyRing
from conference.sites.models import ConferenceSite, Site


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file that stands in the data folder under a name of ours."""

    name: str
    stored_as: str
    size: int
    sha256: str


# ---- the way over the screen: files, preview, decision


def start_import(*, conference: Conference, files: Sequence[StoredFile], by: Actor, at: datetime) -> ImportBatch:
    """Take files in and let a job compare them with the conference. Nothing of the conference changes."""
    batch = ImportBatch(
        conference_id=conference.id,
        state=BatchState.READING,
        created_at=at,
        account_id=by.id if by.kind is ActorKind.ACCOUNT else None,
        figures={},
        site_choices={},
    )
    db.session.add(batch)
    db.session.flush()
    for file in files:
        db.session.add(
            ImportFile(
                batch_id=batch.id,
                name=file.name,
                stored_as=file.stored_as,
                size=file.size,
                sha256=file.sha256,
                sheets=[],
            )
        )
    record(by=by, at=at, action="import.start", subject=("import_batch", batch.id), after={"files": len(files)})
    _read_again(batch, by=by, at=at)
    return batch


def _read_again(batch: ImportBatch, *, by: Actor, at: datetime) -> None:
    batch.state = BatchState.READING
    job = enqueue("imports.read", {"batch_id": batch.id}, by=by, at=at, conference_id=batch.conference_id)
    batch.job_id = job.id


def _in_state(batch: ImportBatch, *states: BatchState) -> None:
    if batch.state not in states:
        raise DomainError("import_state")


def choose_encoding(*, batch: ImportBatch, file: ImportFile, encoding: str | None, by: Actor, at: datetime) -> None:
    """Read one file in another encoding than was recognised."""
    _in_state(batch, BatchState.READY, BatchState.FAILED)
    file.encoding = encoding
    record(by=by, at=at, action="import.encoding", subject=("import_file", file.id), after={"encoding": encoding})
    _read_again(batch, by=by, at=at)


def choose_site(*, batch: ImportBatch, place: str, site_code: str | None, by: Actor, at: datetime) -> None:
    """Decide at which of two sites a person sits; None takes the rule's answer again."""
    _in_state(batch, BatchState.READY)
    choices = {key: value for key, value in batch.site_choices.items() if key != place}
    if site_code is not None:
        choices[place] = site_code
    batch.site_choices = choices
    record(by=by, at=at, action="import.choose_site", subject=("import_batch", batch.id), after={"site": site_code})


def remember_mapping(
    *, batch: ImportBatch, sheet: Mapping[str, Any], mapping: ColumnMapping, by: Actor, at: datetime
) -> None:
    """Keep what a person said about a shape, for its sender, and read the files again."""
    _in_state(batch, BatchState.READY, BatchState.FAILED)
    sender_id = db.session.scalar(select(Unit.id).where(Unit.code == (sheet.get("sender") or "")))
    known = db.session.scalars(
        select(ListMapping).where(
            ListMapping.fingerprint == sheet["fingerprint"], ListMapping.sender_id.is_not_distinct_from(sender_id)
        )
    ).first()
    if known is None:
        known = ListMapping(sender_id=sender_id, fingerprint=sheet["fingerprint"], created_at=at)
        db.session.add(known)
    known.kind = mapping.kind.value
    known.first_row = mapping.first_row
    known.columns = {str(position): column.value for position, column in mapping.columns.items()}
    db.session.flush()
    record(by=by, at=at, action="import.mapping", subject=("list_mapping", known.id), after={"kind": known.kind})
    _read_again(batch, by=by, at=at)


def keep_preview(*, batch: ImportBatch, comparison: Comparison, sheets: Sequence[SheetReport]) -> None:
    """Store what a comparison found, for the screen to page through. Repeating it replaces what was there."""
    _forget_findings(batch.id)
    keep_rejects(batch.id, comparison.recognition)
    insert_rows(table_of(ImportFinding), [{"batch_id": batch.id, **row} for row in _findings(comparison)])
    for file in db.session.scalars(select(ImportFile).where(ImportFile.batch_id == batch.id)):
        file.sheets = [_sheet_facts(sheet) for sheet in sheets if sheet.file == file.name]
    batch.figures = figures_of(comparison)
    batch.state = BatchState.READY
    batch.error = None


def fail(*, batch: ImportBatch, code: str, at: datetime) -> None:
    """Say that the files could not be read."""
    batch.state, batch.error, batch.ended_at = BatchState.FAILED, code, at


def ask_to_apply(*, batch: ImportBatch, by: Actor, at: datetime) -> None:
    """Let a job bring in what the preview showed."""
    _in_state(batch, BatchState.READY)
    batch.state = BatchState.APPLYING
    job = enqueue("imports.apply", {"batch_id": batch.id}, by=by, at=at, conference_id=batch.conference_id)
    batch.job_id = job.id


def discard(*, batch: ImportBatch, by: Actor, at: datetime) -> None:
    """Drop an import that was not applied, with everything read from its files."""
    _in_state(batch, BatchState.READING, BatchState.READY, BatchState.FAILED)
    _forget_findings(batch.id)
    batch.state, batch.ended_at = BatchState.DISCARDED, at
    record(by=by, at=at, action="import.discard", subject=("import_batch", batch.id))


def _forget_findings(batch_id: int) -> None:
    db.session.execute(delete(ImportFinding).where(ImportFinding.batch_id == batch_id))
    db.session.execute(delete(ImportReject).where(ImportReject.batch_id == batch_id))


def keep_rejects(batch_id: int, recognition: Recognition) -> None:
    insert_rows(
        table_of(ImportReject),
        [
            {
                "batch_id": batch_id,
                "position": position,
                "file": reject.file,
                "sheet": reject.sheet,
                "row": reject.row,
                "why": reject.why.value,
                "subject": reject.subject,
                "nearest": reject.nearest,
                "cells": [cell if isinstance(cell, str | int | float) else str(cell or "") for cell in reject.cells],
            }
            for position, reject in enumerate(recognition.rejects)
        ],
    )


def _sheet_facts(sheet: SheetReport) -> dict[str, Any]:
    return {
        "sheet": sheet.sheet,
        "kind": sheet.kind.value if sheet.kind and not sheet.needs_mapping else None,
        "encoding": sheet.encoding.value,
        "sender": sheet.sender,
        "head_rows": [index + 1 for index in sheet.head_rows],
        "first_row": sheet.first_row,
        "heads": {str(position): head for position, head in sheet.heads.items()},
        "columns": {str(position): column.value for position, column in sheet.columns.items()},
        "by_content": sorted(column.value for column in sheet.by_content),
        "fingerprint": sheet.fingerprint,
        "needs_mapping": sheet.needs_mapping,
        "samples": [[str(cell) if cell is not None else "" for cell in row] for row in sheet.samples],
        "rows": sheet.rows,
        "rejected": sheet.rejected,
        "unknown_units": sheet.unknown_units,
    }


def _findings(comparison: Comparison) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def add(kind: FindingKind, name: str, facts: dict[str, Any], attendee_id: int | None = None) -> None:
        rows.append({"kind": kind, "position": len(rows), "attendee_id": attendee_id, "name": name, "facts": facts})

    recognition = comparison.recognition
    for called in recognition.people:
        if called.other_sites:
            add(FindingKind.CONFLICT, called.first.full_name, _conflict(called))
        if len(called.rows) > 1:
            places = [{"file": r.file, "sheet": r.sheet, "row": r.row, "sender": r.sender} for r in called.rows]
            add(
                FindingKind.REPEATED,
                called.first.full_name,
                {"birth": comparison.said_of(called)["birth"], "rows": places, "categories": called.categories},
            )
    for match in comparison.changed:
        changes = [{"field": c.field, "before": c.before, "after": c.after} for c in match.settled.updates]
        add(FindingKind.CHANGED, match.called.first.full_name, {"changes": changes}, match.standing.attendee_id)
    for match in comparison.kept:
        changes = [{"field": c.field, "before": c.before, "after": c.after} for c in match.settled.kept]
        add(FindingKind.KEPT, match.called.first.full_name, {"changes": changes}, match.standing.attendee_id)
    for standing in comparison.missing:
        values = standing.current
        add(
            FindingKind.MISSING,
            str(values["name"]),
            {key: values[key] for key in ("birth", "position", "unit", "site")},
            standing.attendee_id,
        )
    for called in comparison.new:
        said = comparison.said_of(called)
        add(
            FindingKind.NEW,
            called.first.full_name,
            {key: said[key] for key in ("birth", "position", "unit", "site")},
        )
    return rows


def _conflict(called: Called) -> dict[str, Any]:
    first = called.first
    return {
        "place": place_of(called),
        "birth": first.birth_date.isoformat() if first.birth_date else str(first.birth_year or ""),
        "site": first.site,
        "sender": first.sender,
        "others": [{"site": row.site, "sender": row.sender} for row in called.rows[1:] if row.site != first.site],
    }


# ---- bringing it in


def apply_import(
    recognition: Recognition,
    *,
    conference_code: str,
    ring: KeyRing,
    by: Actor,
    at: datetime,
    batch: ImportBatch | None = None,
    title: str = "",
    starts_on: date | None = None,
) -> tuple[Conference, ImportBatch, Comparison]:
    """Bring everything recognised into the conference; an unknown code makes a draft. The second time nothing changes.

    Raises ``import_no_units`` when there is no unit to hang a conference on.
    """
    conference = db.session.scalars(
        select(Conference).where(Conference.code == conference_code).with_for_update()
    ).first()
    comparison = compare(recognition, conference.id if conference else None, batch.site_choices if batch else None)
    said_before = last_said(conference.id, Subject.UNIT) if conference else {}
    unit_ids, unit_outcomes, units_said = bring_units(recognition.units, recognition.unit_index, said_before)
    if conference is None:
        conference = _draft(conference_code, title, starts_on, recognition, by=by, at=at)
    if batch is None:
        batch = ImportBatch(
            conference_id=conference.id, state=BatchState.APPLYING, created_at=at, figures={}, site_choices={}
        )
        db.session.add(batch)
        db.session.flush()
        keep_rejects(batch.id, recognition)
    id = conference.id
    site_ids, site_outcomes, sites_said = bring_sites(
        recognition.sites, id, unit_ids, conference.host_unit_id, last_said(id, Subject.SITE)
    )
    _join_named_sites(id, recognition, site_ids)
    if recognition.programme is not None:
        outcomes, topics_said = bring_programme(recognition.programme, conference, last_said(id, Subject.TOPIC))
        _keep(batch, Subject.TOPIC, outcomes, topics_said, id)
    _keep(batch, Subject.UNIT, unit_outcomes, units_said, id)
    _keep(batch, Subject.SITE, site_outcomes, sites_said, id)
    bring_people(
        comparison,
        conference_id=id,
        conference_code=conference.code,
        batch_id=batch.id,
        unit_ids=unit_ids,
        site_ids=site_ids,
        ring=ring,
    )
    if comparison.new or comparison.changed:
        roster_changed.announce(conference_id=id, site_ids=sorted({site_ids[c.site] for c in recognition.people}))
    batch.state, batch.applied_at, batch.figures = BatchState.APPLIED, at, figures_of(comparison)
    db.session.execute(
        delete(ImportFinding).where(ImportFinding.batch_id == batch.id, ImportFinding.kind == FindingKind.NEW)
    )
    counts = {key: batch.figures[key] for key in ("new", "changed", "unchanged", "rejected", "units", "sites")}
    record(by=by, at=at, action="import.apply", subject=("import_batch", batch.id), after=counts)
    return conference, batch, comparison


def _draft(
    code: str, title: str, starts_on: date | None, recognition: Recognition, *, by: Actor, at: datetime
) -> Conference:
    host_id = db.session.scalar(select(Unit.id).where(Unit.parent_id.is_(None)).order_by(Unit.level, Unit.id))
    if host_id is None:
        raise DomainError("import_no_units")
    days = [item.held_on for item in recognition.programme.items if item.held_on] if recognition.programme else []
    first = starts_on or min(days, default=at.date())
    conference = Conference(
        code=code,
        title=title or f"Hội nghị {code}",
        kind=ConferenceKind.STUDY,
        mode=Mode.ONLINE,
        state=ConferenceState.DRAFT,
        host_unit_id=host_id,
        starts_on=first,
        ends_on=max([*days, first]),
    )
    db.session.add(conference)
    db.session.flush()
    record(by=by, at=at, action="conference.create", subject=("conference", conference.id))
    return conference


def _join_named_sites(conference_id: int, recognition: Recognition, site_ids: dict[str, int]) -> None:
    """A site that lists name joins, even when no list of sites came with them."""
    here = set(db.session.scalars(select(ConferenceSite.site_id).where(ConferenceSite.conference_id == conference_id)))
    named = dict.fromkeys(site_ids[called.site] for called in recognition.people)
    join_sites(conference_id, [{"site_id": site_id} for site_id in named if site_id not in here])


def _keep(
    batch: ImportBatch,
    subject: Subject,
    outcomes: Mapping[int, Settled],
    said: Mapping[int, dict[str, Value]],
    conference_id: int,
) -> None:
    """Note changed fields so that they can be taken back, and what was said so that edits are told apart."""
    insert_rows(
        table_of(ImportChange),
        [
            {
                "batch_id": batch.id,
                "subject": subject,
                "subject_id": id,
                "field": change.field,
                "before": change.before,
                "after": change.after,
            }
            for id, settled in outcomes.items()
            for change in settled.updates
        ],
    )
    before = last_said(conference_id, subject)
    table = table_of(ImportedValue)
    new = [id for id in said if id not in before]
    insert_rows(
        table,
        [
            {
                "conference_id": conference_id,
                "subject": subject,
                "subject_id": id,
                "sender_id": None,
                "created_by_id": batch.id,
                "made_person": False,
                "said": said[id],
            }
            for id in new
        ],
    )
    for id, values in said.items():
        if id in before and before[id] != values:
            db.session.execute(
                update(table)
                .where(
                    table.c.conference_id == conference_id,
                    table.c.subject == subject,
                    table.c.subject_id == id,
                )
                .values(said=values)
            )


# ---- taking it back


def take_back(*, batch: ImportBatch, by: Actor, at: datetime) -> int:
    """Undo an applied import: its new people go, what it changed about others stands again as before.

    Units, sites and programme stay, since others may use them by now. Gives the number of people taken out.
    Raises ``import_in_use`` once someone it brought has been counted or called: whatever refers to an attendee
    keeps the database from deleting it.
    """
    _in_state(batch, BatchState.APPLIED)
    later = db.session.scalar(
        select(ImportBatch.id).where(
            ImportBatch.conference_id == batch.conference_id,
            ImportBatch.state == BatchState.APPLIED,
            ImportBatch.id > batch.id,
        )
    )
    if later is not None:
        raise DomainError("import_not_last")
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
    count = len(list(db.session.scalars(select(Attendee.id).where(Attendee.id.in_(brought)))))
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
    _forget_people(made)
    _forget_findings(batch.id)
    batch.state, batch.ended_at = BatchState.TAKEN_BACK, at
    record(by=by, at=at, action="import.take_back", subject=("import_batch", batch.id), after={"people": count})
    return count


def _restore(batch: ImportBatch) -> None:
    """Give changed fields their former values, except where someone has edited them since."""
    unit_ids = dict(db.session.execute(select(Unit.code, Unit.id)).tuples().all())
    site_ids = dict(db.session.execute(select(Site.code, Site.id)).tuples().all())
    category_ids = dict(db.session.execute(select(Category.name_folded, Category.id)).tuples().all())
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
        set_field(match.attendee_id, match.person_id, back, unit_ids, site_ids, category_ids)
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
