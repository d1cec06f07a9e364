"""How far the writing is, by unit and by site: one pass over the people, tables whose every figure leads to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page
from conference.reflections.rules import HANDED_IN, MISSING, MUST_WRITE, Standing
from conference.reflections.standing import Counts, standing_query
from conference.sites.models import Site


@dataclass
class Line:
    """A unit with everybody in and below it, or a site, and how many of its people stand where."""

    id: int
    name: str
    sort_key: str
    standings: dict[Standing, int] = field(default_factory=dict)

    def add(self, standing: Standing, count: int) -> None:
        self.standings[standing] = self.standings.get(standing, 0) + count

    def _of(self, *standings: Standing) -> int:
        return sum(self.standings.get(one, 0) for one in standings)

    @property
    def must(self) -> int:
        return self._of(*MUST_WRITE)

    @property
    def handed_in(self) -> int:
        return self._of(*HANDED_IN)

    @property
    def late(self) -> int:
        return self._of(Standing.LATE)

    @property
    def missing(self) -> int:
        return self._of(*MISSING)

    @property
    def absent(self) -> int:
        return self._of(Standing.ABSENT)

    @property
    def exempt(self) -> int:
        return self._of(Standing.EXEMPT, Standing.NOT_REQUIRED)


SORTS: Mapping[str, Callable[[Line], Any]] = {
    "name": lambda line: line.sort_key,
    "must": lambda line: line.must,
    "handed_in": lambda line: line.handed_in,
    "late": lambda line: line.late,
    "missing": lambda line: line.missing,
    "absent": lambda line: line.absent,
    "exempt": lambda line: line.exempt,
}


@dataclass(frozen=True)
class Progress:
    """Everybody of a conference within reach, counted once by unit, site and standing."""

    tally: list[tuple[int, int, Standing, int]]  # unit id, site id, standing, how many

    @property
    def counts(self) -> Counts:
        whole: dict[Standing, int] = {}
        for _unit, _site, standing, count in self.tally:
            whole[standing] = whole.get(standing, 0) + count
        return Counts(whole)

    def by_site(self, ask: Ask) -> Page[Line]:
        ids = {site for _unit, site, _standing, _count in self.tally}
        rows = db.session.execute(select(Site.id, Site.name, Site.sort_key).where(Site.id.in_(ids)))
        lines = {id: Line(id, name, key) for id, name, key in rows}
        for _unit, site, standing, count in self.tally:
            lines[site].add(standing, count)
        return _page(lines.values(), ask)

    def by_unit(self, ask: Ask, *, above: Unit | None, within: Iterable[str] | None) -> Page[Line]:
        """Lines for the units directly below ``above``; without it for one's own, or those below the root."""
        own = set(within or ())
        paths: dict[int, str] = {}
        lines: dict[int, Line] = {}
        for id, name, key, path, parent, level in db.session.execute(
            select(Unit.id, Unit.name, Unit.sort_key, Unit.path, Unit.parent_id, Unit.level)
        ):
            paths[id] = path
            if parent == above.id if above is not None else (path in own if own else level == 2):
                lines[id] = Line(id, name, key)
        for unit, _site, standing, count in self.tally:
            line = next((lines[int(id)] for id in paths[unit].split("/") if id and int(id) in lines), None)
            if line is not None:
                line.add(standing, count)
        return _page([line for line in lines.values() if line.standings], ask)


def progress_of(conference_id: int, *, within: Iterable[str] | None) -> Progress:
    rows = standing_query(conference_id, within=within).statement.subquery()
    groups = (rows.c.unit_id, rows.c.site_id, rows.c.standing)
    found = db.session.execute(select(*groups, func.count()).group_by(*groups))
    return Progress([(unit, site, Standing(standing), count) for unit, site, standing, count in found])


def _page(lines: Iterable[Line], ask: Ask) -> Page[Line]:
    """One page of lines, sorted as asked; equal figures by name."""
    name = ask.sort if ask.sort in SORTS else "name"
    ordered = sorted(lines, key=lambda line: (line.sort_key, line.id))
    ordered.sort(key=SORTS[name], reverse=ask.direction == "desc")
    number = min(ask.number, max(1, -(-len(ordered) // ask.size)))
    begin = (number - 1) * ask.size
    settled = Ask(number, ask.size, name, ask.direction, ask.query)
    return Page(ordered[begin : begin + ask.size], len(ordered), settled)


def unit_named(unit_id: int) -> Unit | None:
    return db.session.get(Unit, unit_id)
