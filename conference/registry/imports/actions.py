"""What people do with an import: start one, decide on it, apply it, take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update

from conference.directory.models import Unit
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.jobs import enqueue
from conference.foundation.journal import record
from conference.planning.models import Conference, ConferenceKind, ConferenceState, Mode
from conference.registry.imports.bring_people import bring_people
from conference.registry.imports.bring_programme import bring_programme
from conference.registry.imports.bring_sites import bring_sites, join_sites
from conference.registry.imports.bring_units import bring_units
from conference.registry.imports.bulk import insert_rows, table_of
from conference.registry.imports.comparison import Comparison, compare, figures_of
from conference.registry.imports.findings import forget_findings, keep_rejects
from conference.registry.imports.models import (
    ImportBatch,
    ImportChange,
    ImportedValue,
    ImportFile,
    ImportFinding,
    ListMapping,
)
from conference.registry.imports.queries import last_said
from conference.registry.imports.rules import BatchState, FindingKind, Settled, Subject, Value
from conference.registry.lists.layout import ColumnMapping
from conference.registry.naming import freezing
from conference.registry.naming.rules import ListChangeKind
from conference.registry.recognition import Recognition
from conference.registry.signals import roster_changed
from conference.registry.tickets import KeyRing
from conference.sites.models import ConferenceSite


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file that stands in the data folder under a name of ours."""

    name: str
    stored_as: str
    size: int
    sha256: str


# ---- the way over the screen: files, preview, decision


def in_state(batch: ImportBatch, *states: BatchState) -> None:
    """Raises ``import_state`` when somebody else has gone on meanwhile."""
    if batch.state not in states:
        raise DomainError("import_state")


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
    for name, file in zip(_told_apart([file.name for file in files]), files, strict=True):
        db.session.add(
            ImportFile(
                batch_id=batch.id,
                name=name,
                stored_as=file.stored_as,
                size=file.size,
                sha256=file.sha256,
                sheets=[],
            )
        )
    record(by=by, at=at, action="import.start", subject=("import_batch", batch.id), after={"files": len(files)})
    _read_again(batch, by=by, at=at)
    return batch


def _told_apart(names: Sequence[str]) -> list[str]:
    """Two senders may both call their list 'danh sách.xlsx': the second becomes 'danh sách (2).xlsx'."""
    told: list[str] = []
    for name in names:
        stem, dot, suffix = name.rpartition(".")
        number, each = 1, name
        while each in told:
            number += 1
            each = f"{stem or suffix} ({number}){dot if stem else ''}{suffix if stem else ''}"
        told.append(each)
    return told


def _read_again(batch: ImportBatch, *, by: Actor, at: datetime) -> None:
    batch.state = BatchState.READING
    job = enqueue("imports.read", {"batch_id": batch.id}, by=by, at=at, conference_id=batch.conference_id)
    batch.job_id = job.id


def choose_encoding(*, batch: ImportBatch, file: ImportFile, encoding: str | None, by: Actor, at: datetime) -> None:
    """Read one file in another encoding than was recognised."""
    in_state(batch, BatchState.READY, BatchState.FAILED)
    file.encoding = encoding
    record(by=by, at=at, action="import.encoding", subject=("import_file", file.id), after={"encoding": encoding})
    _read_again(batch, by=by, at=at)


def choose_site(*, batch: ImportBatch, place: str, site_code: str | None, by: Actor, at: datetime) -> None:
    """Decide at which of two sites a person sits; None takes the rule's answer again."""
    in_state(batch, BatchState.READY)
    choices = {key: value for key, value in batch.site_choices.items() if key != place}
    if site_code is not None:
        choices[place] = site_code
    batch.site_choices = choices
    record(by=by, at=at, action="import.choose_site", subject=("import_batch", batch.id), after={"site": site_code})


def remember_mapping(
    *, batch: ImportBatch, sheet: Mapping[str, Any], mapping: ColumnMapping, by: Actor, at: datetime
) -> None:
    """Keep what a person said about a shape, for its sender, and read the files again."""
    in_state(batch, BatchState.READY, BatchState.FAILED)
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


def fail(*, batch: ImportBatch, code: str, at: datetime) -> None:
    """Say that the files could not be read."""
    batch.state, batch.error, batch.ended_at = BatchState.FAILED, code, at


def ask_to_apply(*, batch: ImportBatch, by: Actor, at: datetime) -> None:
    """Let a job bring in what the preview showed."""
    in_state(batch, BatchState.READY)
    batch.state = BatchState.APPLYING
    job = enqueue("imports.apply", {"batch_id": batch.id}, by=by, at=at, conference_id=batch.conference_id)
    batch.job_id = job.id


def discard(*, batch: ImportBatch, by: Actor, at: datetime) -> None:
    """Drop an import that was not applied, with everything read from its files."""
    in_state(batch, BatchState.READING, BatchState.READY, BatchState.FAILED)
    forget_findings(batch.id)
    batch.state, batch.ended_at = BatchState.DISCARDED, at
    record(by=by, at=at, action="import.discard", subject=("import_batch", batch.id))


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

    Raises ``import_no_units`` when there is no unit to hang a conference on, and ``conference_closed``.
    """
    conference = db.session.scalars(
        select(Conference).where(Conference.code == conference_code).with_for_update()
    ).first()
    if conference is not None and conference.state is ConferenceState.CLOSED:
        raise DomainError("conference_closed")
    if conference is not None:
        freezing.settle(conference.id, at)
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
    if comparison.new:
        new = [(None, len(comparison.new))]
        freezing.note_changes(id, new, ListChangeKind.IMPORTED, reason=str(batch.id), by=by, at=at)
    if comparison.new or comparison.changed:
        roster_changed.announce(conference_id=id, site_ids=_sites_touched(comparison, site_ids))
    batch.state, batch.applied_at, batch.figures = BatchState.APPLIED, at, figures_of(comparison)
    db.session.execute(
        delete(ImportFinding).where(ImportFinding.batch_id == batch.id, ImportFinding.kind == FindingKind.NEW)
    )
    counts = {key: batch.figures[key] for key in ("new", "changed", "unchanged", "rejected", "units", "sites")}
    record(by=by, at=at, action="import.apply", subject=("import_batch", batch.id), after=counts)
    return conference, batch, comparison


def _sites_touched(comparison: Comparison, site_ids: Mapping[str, int]) -> list[int]:
    """Where people were added or changed, and the sites from which someone was moved away."""
    codes = {called.site for called in comparison.new}
    for match in comparison.changed:
        codes |= {str(match.standing.current["site"]), match.called.site}
    return sorted(site_ids[code] for code in codes)


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
                "categories_by_sender": None,
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
