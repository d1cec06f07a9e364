"""The table of a report: by province, site, unit or wave. The page and the sheet are drawn from this one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from sqlalchemy import func, literal, select

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.text import collation_key
from conference.planning.models import Conference, StudySession, Wave
from conference.planning.queries import waves_of
from conference.reflections.queries import form_of
from conference.reflections.rules import TaskForm
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.reports.ledger import Ledger
from conference.reports.rules import Column, Figure, Value, columns_of, figures_of, module_of, values_of
from conference.sites.models import ConferenceSite, Site


class By(StrEnum):
    PROVINCE = "province"
    SITE = "site"
    UNIT = "unit"
    OWN = "own"  # people of a unit itself, without the units below it
    WAVE = "wave"
    SITE_AND_WAVE = "site_and_wave"


NO_WAVE = "none"
"""Names those who are in no wave (yet)."""


@dataclass(frozen=True)
class Line:
    """One row: what it is about, how many sites lie in it, and its cells."""

    by: By
    key: str
    label: str
    second: str
    sites: int | None
    counts: Mapping[str, int]
    columns: Sequence[Column]
    has_below: bool = False
    level: int = 0

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """Its cells; worked out for the lines that are shown."""
        return values_of(self.counts, self.columns)


@dataclass(frozen=True)
class ReportTable:
    by: By
    study_sessions: Sequence[StudySession]
    columns: Sequence[Column]
    lines: Sequence[Line]
    total: Line
    form: TaskForm | None  # what people write, or sit instead


@dataclass(frozen=True)
class Sheaf:
    """What every table of one report shares."""

    conference: Conference
    study_sessions: Sequence[StudySession]
    ledger: Ledger
    reach: Reach
    wave: str = ""  # of whose people alone it is: the id of a wave, or ``NO_WAVE``; empty: of everybody

    def of_wave(self, key: str) -> Sheaf:
        """The same of the people of one wave, or of those who are in none."""
        wave_id = None if key == NO_WAVE else int(key)
        return replace(self, ledger=self.ledger.of(Attendee.wave_id.is_not_distinct_from(wave_id)), wave=key)

    @property
    def has_everybody(self) -> bool:
        """So that places without anybody are shown, too."""
        return self.reach.is_whole and not self.wave

    @cached_property
    def waves(self) -> Sequence[Wave]:
        return waves_of(self.conference.id)

    @cached_property
    def form(self) -> TaskForm | None:
        """What the conference asks of its people after it."""
        return form_of(self.conference.id)

    @cached_property
    def figures(self) -> list[Figure]:
        return list(figures_of([one.id for one in self.study_sessions]).values())

    @cached_property
    def nothing(self) -> Mapping[str, int]:
        return dict.fromkeys((figure.key for figure in self.figures), 0)

    @cached_property
    def columns(self) -> list[Column]:
        """Those of the parts that the conference uses."""
        columns = columns_of([one.id for one in self.study_sessions])
        modules = [(column, module_of(column)) for column in columns]
        return [column for column, module in modules if module is None or self.conference.uses(module)]

    def line(
        self,
        by: By,
        key: object,
        label: str,
        counts: Mapping[str, int],
        *,
        second: str = "",
        sites: int | None = None,
        has_below: bool = False,
        level: int = 0,
    ) -> Line:
        return Line(by, str(key), label, second, sites, counts, self.columns, has_below, level)

    def table(
        self, by: By, lines: Sequence[Line], counts: Iterable[Mapping[str, int]], sites: int | None
    ) -> ReportTable:
        total = dict(self.nothing)
        for one in counts:
            for key, count in one.items():
                total[key] += count
        whole = self.line(by, "", "", total, sites=sites)
        return ReportTable(by, self.study_sessions, self.columns, lines, whole, self.form)


def by_province(sheaf: Sheaf) -> ReportTable:
    by_place = sheaf.ledger.counts(sheaf.figures, Attendee.site_id)
    of_site = dict(db.session.execute(select(Site.id, Site.province)).all())
    counts: dict[str, dict[str, int]] = {}
    for site_id, found in by_place.items():
        summed = counts.setdefault(of_site[site_id], dict.fromkeys(found, 0))
        for key, count in found.items():
            summed[key] += count
    places: dict[str, int] = {}
    for province, _site in _joined_sites(sheaf, None if sheaf.has_everybody else counts.keys()):
        places[province] = places.get(province, 0) + 1
    lines = [
        sheaf.line(
            By.PROVINCE,
            province,
            province,
            counts.get(province, sheaf.nothing),
            sites=places.get(province, 0),
        )
        for province in sorted({*places, *counts}, key=collation_key)
    ]
    return sheaf.table(By.PROVINCE, lines, counts.values(), sum(places.values()))


def _joined_sites(sheaf: Sheaf, provinces: Iterable[str] | None) -> list[tuple[str, int]]:
    statement = (
        select(Site.province, Site.id)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == sheaf.conference.id)
    )
    if provinces is not None:
        statement = statement.where(Site.province.in_(sorted(provinces)))
    return [(province, id) for province, id in db.session.execute(statement)]


def by_site(sheaf: Sheaf, *, province: str = "") -> ReportTable:
    """One row a site in the organiser's order; of one province when it is named."""
    counts = sheaf.ledger.counts(sheaf.figures, Attendee.site_id)
    rows = db.session.execute(
        select(Site.id, Site.name, Site.province)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == sheaf.conference.id)
        .order_by(ConferenceSite.position, Site.id)
    ).all()
    lines = [
        sheaf.line(By.SITE, id, name, counts.get(id, sheaf.nothing), second=of_province)
        for id, name, of_province in rows
        if (id in counts or sheaf.has_everybody) and province in ("", of_province)
    ]
    shown = [counts[int(line.key)] for line in lines if int(line.key) in counts]
    return sheaf.table(By.SITE, lines, shown if province else counts.values(), len(lines))


def by_wave(sheaf: Sheaf) -> ReportTable:
    """One row a wave; where there are any, one for those who are in none, without a label."""
    counts = sheaf.ledger.counts(sheaf.figures, func.coalesce(Attendee.wave_id, 0))
    lines = [sheaf.line(By.WAVE, one.id, one.title, counts.get(one.id, sheaf.nothing)) for one in sheaf.waves]
    if 0 in counts:
        lines.append(sheaf.line(By.WAVE, NO_WAVE, "", counts[0]))
    return sheaf.table(By.WAVE, lines, counts.values(), None)


def by_site_and_wave(sheaf: Sheaf) -> ReportTable:
    """One row for each wave at each site that has people in it, site after site; for the sheet."""
    names = {str(one.id): one.title for one in sheaf.waves} | {NO_WAVE: ""}
    of_waves = [(name, by_site(sheaf.of_wave(key))) for key, name in names.items()]
    order: dict[str, int] = {}
    for _name, table in of_waves:
        for line in table.lines:
            order.setdefault(line.key, len(order))
    lines = [
        replace(line, by=By.SITE_AND_WAVE, second=name)
        for name, table in of_waves
        for line in table.lines
        if any(line.counts.values())
    ]
    lines.sort(key=lambda line: order[line.key])
    return sheaf.table(By.SITE_AND_WAVE, lines, [table.total.counts for _name, table in of_waves], None)


def by_unit(sheaf: Sheaf, *, above: Unit | None) -> ReportTable:
    """The units directly below one, each with everything under it; and, where there are any, the unit's own people.

    Without ``above``: from the root, or for someone of a unit from that unit.
    """
    tree = _Tree(sheaf)
    top = [above.id] if above is not None else tree.roots()
    if above is None and len(top) == 1:
        above_id: int | None = top[0]
    else:
        above_id = above.id if above is not None else None
    lines, parts = [], []
    if above_id is not None:
        own = tree.own.get(above_id)
        if own:
            lines.append(sheaf.line(By.OWN, above_id, tree.name(above_id), own))
            parts.append(own)
        shown = tree.below(above_id)
    else:
        shown = top
    for id in shown:
        summed = tree.summed[id]
        if any(summed.values()):
            lines.append(sheaf.line(By.UNIT, id, tree.name(id), summed, has_below=bool(tree.below(id))))
            parts.append(summed)
    return sheaf.table(By.UNIT, lines, parts, None)


def by_every_unit(sheaf: Sheaf) -> ReportTable:
    """All units that have people, or have units below them that do, in the order of the tree: for the sheet."""
    tree = _Tree(sheaf)
    lines: list[Line] = []

    def walk(id: int, level: int) -> None:
        if not any(tree.summed[id].values()):
            return
        lines.append(sheaf.line(By.UNIT, id, tree.name(id), tree.summed[id], level=level))
        for child in tree.below(id):
            walk(child, level + 1)

    for root in tree.roots():
        walk(root, 0)
    return sheaf.table(By.UNIT, lines, tree.own.values(), None)


class _Tree:
    """Units of the conference's people with all above them, and the counts of each with what lies below."""

    def __init__(self, sheaf: Sheaf) -> None:
        self.own = sheaf.ledger.counts(sheaf.figures, Attendee.unit_id)
        self.summed: dict[int, dict[str, int]] = {}
        self._names: dict[int, tuple[str, str]] = {}
        self._below: dict[int, list[int]] = {}
        rows = db.session.execute(select(Unit.id, Unit.name, Unit.sort_key, Unit.path)).all()
        paths = {id: [int(step) for step in path.strip("/").split("/")] for id, _name, _key, path in rows}
        reached = {row.id: sheaf.reach.covers(row.path) for row in rows}
        wanted: set[int] = set()
        for id, counts in self.own.items():
            for step in paths[id]:
                if not reached.get(step, False):
                    continue
                wanted.add(step)
                summed = self.summed.setdefault(step, dict(sheaf.nothing))
                for key, count in counts.items():
                    summed[key] += count
        self._parents = {id: paths[id][-2] if len(paths[id]) > 1 else None for id in wanted}
        self._names = {row.id: (row.sort_key, row.name) for row in rows if row.id in wanted}
        for id in sorted(wanted, key=lambda one: self._names[one]):
            parent = self._parents[id]
            if parent in wanted:
                self._below.setdefault(parent, []).append(id)

    def name(self, id: int) -> str:
        return self._names[id][1] if id in self._names else ""

    def below(self, id: int) -> list[int]:
        return self._below.get(id, [])

    def roots(self) -> list[int]:
        found = [id for id in self.summed if self._parents[id] not in self.summed]
        return sorted(found, key=lambda one: self._names[one])


def grand_total(sheaf: Sheaf) -> dict[str, int]:
    """Every figure over everybody, counted without any grouping by place."""
    counts = sheaf.ledger.counts(sheaf.figures, literal(0))
    return dict(counts.get(0, sheaf.nothing))
