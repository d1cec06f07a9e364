"""Reading for imports: what is known before files are read, and what a preview shows."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import aliased

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.registry.imports.models import (
    ImportedValue,
    ListMapping,
)
from conference.registry.imports.rules import Subject, Value
from conference.registry.lists.columns import Column, ListKind
from conference.registry.lists.layout import ColumnMapping
from conference.registry.lists.sites import SiteEntry
from conference.registry.lists.units import UnitEntry
from conference.registry.recognition import Mappings
from conference.sites.models import ConferenceSite, Site


def known_units() -> list[UnitEntry]:
    """The tree of units as lists name it."""
    above = aliased(Unit)
    rows = db.session.execute(
        select(Unit.code, Unit.name, above.code, Unit.province)
        .outerjoin(above, above.id == Unit.parent_id)
        .order_by(Unit.id)
    ).tuples()
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
    rows = db.session.execute(joined).tuples().all() or db.session.execute(query).tuples().all()
    return [SiteEntry(code, name, province=province, host_code=host) for code, name, province, host in rows]


def known_mappings() -> Mappings:
    """What people said about unknown shapes: by the look of the head, then by the sender's code."""
    found: dict[str, dict[str | None, ColumnMapping]] = defaultdict(dict)
    rows = db.session.execute(select(ListMapping, Unit.code).outerjoin(Unit, Unit.id == ListMapping.sender_id))
    for mapping, sender in rows.tuples():
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
    return dict(rows.tuples().all())
