"""How far the writing is, by unit and by site: tables whose every figure leads to its people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import SQLColumnExpression, Subquery, case, func, or_, select

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.reflections.rules import HANDED_IN, MISSING, MUST_WRITE, Standing
from conference.reflections.standing import standing_query
from conference.sites.models import Site

COLUMNS: tuple[tuple[str, tuple[Standing, ...]], ...] = (
    ("must", MUST_WRITE),
    ("handed_in", HANDED_IN),
    ("late", (Standing.LATE,)),
    ("missing", MISSING),
    ("absent", (Standing.ABSENT,)),
    ("exempt", (Standing.EXEMPT, Standing.NOT_REQUIRED)),
)
"""The figures of a line, and which standings each counts."""


def _counted(conference_id: int, by: str, within: Iterable[str] | None) -> Subquery:
    """The figures for each site or unit that people are called by: one pass, before anything is joined to it."""
    rows = standing_query(conference_id, within=within).statement.subquery()
    counts = [
        func.sum(case((rows.c.standing.in_([one.value for one in standings]), 1), else_=0)).label(name)
        for name, standings in COLUMNS
    ]
    return select(rows.c[by], *counts).group_by(rows.c[by]).subquery()


def _sums(counted: Subquery) -> list[SQLColumnExpression[Any]]:
    return [func.sum(counted.c[name]).label(name) for name, _standings in COLUMNS]


def _sorts(
    sums: Sequence[SQLColumnExpression[Any]], name: SQLColumnExpression[Any]
) -> dict[str, Sequence[SQLColumnExpression[Any]]]:
    figures = {column: [total, name] for (column, _standings), total in zip(COLUMNS, sums, strict=True)}
    return {"name": [name], **figures}


def sites_page(conference_id: int, ask: Ask, *, within: Iterable[str] | None) -> Page[Any]:
    """A line for each site: id, name and the figures of the people called there."""
    rows = _counted(conference_id, "site_id", within)
    sums = _sums(rows)
    statement = (
        select(Site.id, Site.name, Site.sort_key, *sums)
        .join(rows, rows.c.site_id == Site.id)
        .group_by(Site.id, Site.name, Site.sort_key)
    )
    return page_of(statement, ask, sorts=_sorts(sums, Site.sort_key), default="name", last=Site.id)


def units_page(conference_id: int, ask: Ask, *, above: Unit | None, within: Iterable[str] | None) -> Page[Any]:
    """A line for each unit directly below ``above`` with everybody in and below it; the topmost ones without it."""
    rows = _counted(conference_id, "unit_id", within)
    sums = _sums(rows)
    own = Unit.__table__.alias("own")
    statement = (
        select(Unit.id, Unit.name, Unit.sort_key, *sums)
        .join(own, func.substr(own.c.path, 1, func.length(Unit.path)) == Unit.path)
        .join(rows, rows.c.unit_id == own.c.id)
        .group_by(Unit.id, Unit.name, Unit.sort_key)
    )
    if above is not None:
        statement = statement.where(Unit.parent_id == above.id)
    elif within is not None:
        statement = statement.where(or_(*(Unit.path == path for path in within)))
    else:
        statement = statement.where(Unit.level == 2)
    return page_of(statement, ask, sorts=_sorts(sums, Unit.sort_key), default="name", last=Unit.id)


def unit_named(unit_id: int) -> Unit | None:
    return db.session.get(Unit, unit_id)
