"""Reading for imports: what is known before files are read, and what a preview shows."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from conference.directory.models import Person, Unit
from conference.directory.queries import valid_on
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.planning.models import Conference
from conference.registry.imports.models import (
    ImportBatch,
    ImportedValue,
    ImportFile,
    ImportFinding,
    ImportReject,
    ListMapping,
)
from conference.registry.imports.rules import FindingKind, Subject, Value
from conference.registry.lists.columns import Column, ListKind
from conference.registry.lists.delegates import KnownRow
from conference.registry.lists.layout import ColumnMapping
from conference.registry.lists.sites import SiteEntry
from conference.registry.lists.units import UnitEntry
from conference.registry.models import Attendee
from conference.registry.recognition import Mappings
from conference.sites.models import ConferenceSite, Site

MOST_BATCHES = 100


def known_units(conference_id: int | None = None) -> list[UnitEntry]:
    """The tree of units as lists name it: for a conference, of those that exist on its first day."""
    above = aliased(Unit)
    statement = (
        select(Unit.code, Unit.name, above.code, Unit.province)
        .outerjoin(above, above.id == Unit.parent_id)
        .order_by(Unit.id)
    )
    day = db.session.scalar(select(Conference.starts_on).where(Conference.id == conference_id))
    rows = db.session.execute(statement if day is None else statement.where(valid_on(day)))
    return [UnitEntry(code, name, "", parent, province) for code, name, parent, province in rows]


def known_sites(conference_id: int | None) -> list[SiteEntry]:
    """The sites that join the conference; before any joins, all that there are."""
    query = (
        select(Site.code, Site.name, Site.province, Unit.code)
        .join(Unit, Unit.id == Site.host_unit_id)
        .order_by(Site.id)
    )
    joined = query.join(ConferenceSite, ConferenceSite.site_id == Site.id).where(
        ConferenceSite.conference_id == conference_id
    )
    rows = db.session.execute(joined).all() or db.session.execute(query).all()
    return [SiteEntry(code, name, province=province, host_code=host) for code, name, province, host in rows]


def known_people(conference_id: int | None) -> dict[str, KnownRow]:
    """By code: in which unit and at which site each person of a conference is, as an exported list names them."""
    rows = db.session.execute(
        select(Person.code, Unit.code, Unit.name, Site.code, Site.name)
        .select_from(Attendee)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .where(Attendee.conference_id == conference_id)
    )
    return {code: KnownRow(*names) for code, *names in rows}


def known_mappings() -> Mappings:
    """What people said about unknown shapes: by the look of the head, then by the sender's code."""
    found: dict[str, dict[str | None, ColumnMapping]] = defaultdict(dict)
    rows = db.session.execute(
        select(ListMapping, Unit.code).outerjoin(Unit, Unit.id == ListMapping.sender_id).order_by(ListMapping.id)
    )
    for mapping, sender in rows:
        found[mapping.fingerprint][sender] = ColumnMapping(
            ListKind(mapping.kind),
            mapping.first_row,
            {int(position): Column(column) for position, column in mapping.columns.items()},
        )
    return found


def last_said(conference_id: int, subject: Subject) -> dict[int, dict[str, Value]]:
    """What lists last said about each thing of a kind."""
    rows = db.session.execute(
        select(ImportedValue.subject_id, ImportedValue.said).where(
            ImportedValue.conference_id == conference_id, ImportedValue.subject == subject
        )
    )
    return dict(rows.all())


def batches_of(conference_id: int) -> list[Row[tuple[ImportBatch, int]]]:
    """Every import of a conference, the latest first, with the number of its files."""
    files = select(func.count(ImportFile.id)).where(ImportFile.batch_id == ImportBatch.id).scalar_subquery()
    return list(
        db.session.execute(
            select(ImportBatch, files)
            .where(ImportBatch.conference_id == conference_id)
            .order_by(ImportBatch.id.desc())
            .limit(MOST_BATCHES)
        )
    )


def findings(batch_id: int, kind: FindingKind, ask: Ask) -> Page[ImportFinding]:
    """One page of what a preview found."""
    statement = select(ImportFinding).where(ImportFinding.batch_id == batch_id, ImportFinding.kind == kind)
    page = page_of(statement, ask, sorts={"": (ImportFinding.position,)}, default="", last=ImportFinding.id)
    page.items = [row[0] for row in page.items]
    return page


def finding_of_place(batch_id: int, place: str) -> ImportFinding | None:
    """The disagreement about one person, found by the row that stands."""
    found = db.session.scalars(
        select(ImportFinding).where(ImportFinding.batch_id == batch_id, ImportFinding.kind == FindingKind.CONFLICT)
    )
    return next((finding for finding in found if finding.facts.get("place") == place), None)


def rejects(batch_id: int, ask: Ask) -> Page[ImportReject]:
    """One page of the rows that came back."""
    page = page_of(
        select(ImportReject).where(ImportReject.batch_id == batch_id),
        ask,
        sorts={"": (ImportReject.position,)},
        default="",
        last=ImportReject.id,
    )
    page.items = [row[0] for row in page.items]
    return page


def all_rejects(batch_id: int) -> list[ImportReject]:
    return list(
        db.session.scalars(
            select(ImportReject).where(ImportReject.batch_id == batch_id).order_by(ImportReject.position)
        )
    )
