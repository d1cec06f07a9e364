"""Reading the ladder: what shows that a rung is climbed, for one site or for all of them in one statement.

What later areas know (people called, devices, people counted) arrives as subqueries by site, so that one statement
counts and filters however many sites there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, null, or_, select

from conference.accounts.models import Account
from conference.foundation.db import Moment, db
from conference.foundation.paging import AnySelect
from conference.foundation.text import collation_key
from conference.planning.models import Conference, StudySession
from conference.sites.ladder.models import CheckItem, LadderRule, LineTest, SiteCheck, SiteRung
from conference.sites.ladder.rules import (
    DEFAULTS,
    MOST_LOST,
    CheckState,
    Owner,
    Rung,
    RungRule,
    Standing,
    due_at,
    standing,
)
from conference.sites.models import ConferenceSite, Site
from conference.sites.rehearsals.queries import last_by_site


@dataclass(frozen=True)
class Sources:
    """Subqueries with ``site_id``: ``called``; ``devices``, ``ready``, ``rehearsed``, ``line`` and ``spoken_at``;
    ``present``."""

    called: Subquery
    doors: Subquery
    counted: Subquery


@dataclass(frozen=True)
class Ladder:
    """What one conference asks of its sites, by when, and where the evidence is read."""

    conference_id: int
    rules: Mapping[Rung, RungRule]
    opens_at: datetime | None
    starts_at: datetime | None
    at: datetime
    sources: Sources
    rungs: Sequence[Rung]
    """Those that this conference asks."""

    rehearsed_at: datetime | None
    """When the last rehearsal of all sites ends: what its rung is due by."""

    def due_at(self, rung: Rung) -> datetime | None:
        if rung is Rung.REHEARSAL and self.rehearsed_at is not None:
            return self.rehearsed_at
        return due_at(self.starts_at, self.rules[rung])


def first_session(conference: Conference) -> StudySession | None:
    return db.session.scalars(
        select(StudySession)
        .where(StudySession.conference_id == conference.id)
        .order_by(StudySession.starts_at)
        .limit(1)
    ).first()


def rules_of(conference_id: int) -> dict[Rung, RungRule]:
    """Every rung as this conference has it; the usual where nothing was laid down."""
    own = {
        row.rung: RungRule(row.owner, row.minutes_before, row.bound)
        for row in db.session.scalars(select(LadderRule).where(LadderRule.conference_id == conference_id))
    }
    return {rung: own.get(rung, DEFAULTS[rung]) for rung in Rung}


# ---- conditions over all sites at once


def _latest_tests() -> Subquery:
    newest = select(func.max(LineTest.id)).group_by(LineTest.conference_site_id)
    return select(LineTest).where(LineTest.id.in_(newest)).subquery()


def _said() -> Subquery:
    """One row a site: of each rung its own time and whether somebody confirmed it."""
    columns: list[ColumnElement[Any]] = []
    for rung in Rung:
        here = SiteRung.rung == rung
        columns += [
            func.max(case((here, SiteRung.due_at)), type_=Moment()).label(f"{rung}_due"),
            func.max(case((and_(here, SiteRung.confirmed_at.is_not(None)), 1), else_=0)).label(f"{rung}_hand"),
        ]
    return select(SiteRung.conference_site_id, *columns).group_by(SiteRung.conference_site_id).subquery()


@dataclass(frozen=True)
class _Parts:
    """The joined statement over the sites of a conference with the condition of each rung."""

    statement: AnySelect
    shown: Mapping[Rung, ColumnElement[bool]]
    hand: Mapping[Rung, ColumnElement[bool]]
    own_due: Mapping[Rung, ColumnElement[Any]]
    rehearsal_ends_at: ColumnElement[Any]

    def is_done(self, rung: Rung) -> ColumnElement[bool]:
        return or_(self.shown[rung], self.hand[rung])


def _parts(ladder: Ladder) -> _Parts:
    doors, counted, called = ladder.sources.doors, ladder.sources.counted, ladder.sources.called
    tests, said, planned = _latest_tests(), _said(), last_by_site(ladder.conference_id)
    present, people = func.coalesce(counted.c.present, 0), func.coalesce(called.c.at_once, 0)
    line, quorum = ladder.rules[Rung.LINE].bound, ladder.rules[Rung.QUORUM].bound
    has_spoken = doors.c.spoken_at >= ladder.opens_at if ladder.opens_at is not None else literal(False)
    is_good_test = and_(tests.c.median_ms <= (line or 0), tests.c.lost <= MOST_LOST)
    shown: dict[Rung, ColumnElement[bool]] = {
        Rung.HALL: ConferenceSite.hall_id.is_not(None),
        Rung.HOST: and_(ConferenceSite.manager_name != "", ConferenceSite.manager_phone != ""),
        # Whoever has counted people had a device, a line and a code that was read.
        Rung.DEVICES: or_(func.coalesce(doors.c.devices, 0) > 0, present > 0),
        Rung.LINE: or_(func.coalesce(doors.c.line, 0) > 0, is_good_test, present > 0),
        # Where a rehearsal is planned a device must have been tried in it, or since; elsewhere at any time.
        Rung.REHEARSAL: or_(
            func.coalesce(case((planned.c.ends_at.is_not(None), doors.c.rehearsed), else_=doors.c.ready), 0) > 0,
            present > 0,
        ),
        Rung.DOORS: or_(has_spoken, present > 0),
        Rung.QUORUM: and_(people > 0, present * 100 >= people * (quorum or 0)),
    }
    statement: AnySelect = (
        select(ConferenceSite.id)
        .join(Site, Site.id == ConferenceSite.site_id)
        .outerjoin(called, called.c.site_id == ConferenceSite.site_id)
        .outerjoin(doors, doors.c.site_id == ConferenceSite.site_id)
        .outerjoin(counted, counted.c.site_id == ConferenceSite.site_id)
        .outerjoin(tests, tests.c.conference_site_id == ConferenceSite.id)
        .outerjoin(said, said.c.conference_site_id == ConferenceSite.id)
        .outerjoin(planned, planned.c.conference_site_id == ConferenceSite.id)
        .where(ConferenceSite.conference_id == ladder.conference_id)
    )
    facts = {
        "devices": doors.c.devices,
        "ready": doors.c.ready,
        "rehearsed": doors.c.rehearsed,
        "rehearsal_ends_at": planned.c.ends_at,
        "present": present,
        "called": people,
        "median_ms": tests.c.median_ms,
        "worst_ms": tests.c.worst_ms,
        "lost": tests.c.lost,
        "tested_at": tests.c.tested_at,
    }
    return _Parts(
        statement.add_columns(*(column.label(name) for name, column in facts.items())),
        {rung: func.coalesce(condition, literal(False)) for rung, condition in shown.items()},
        {rung: func.coalesce(said.c[f"{rung}_hand"], 0) == 1 for rung in Rung},
        {rung: said.c[f"{rung}_due"] for rung in Rung},
        planned.c.ends_at,
    )


def _is_overdue(ladder: Ladder, parts: _Parts, rung: Rung) -> ColumnElement[bool]:
    usual = ladder.due_at(rung)
    planned = [parts.rehearsal_ends_at] if rung is Rung.REHEARSAL else []
    due = func.coalesce(parts.own_due[rung], *planned, usual if usual is not None else null(), type_=Moment())
    return and_(~parts.is_done(rung), func.coalesce(due < ladder.at, literal(False)))


@dataclass(frozen=True)
class RungCount:
    done: int
    overdue: int


def count_rungs(ladder: Ladder, visible: ColumnElement[bool]) -> dict[Rung, RungCount]:
    """At how many sites each rung is climbed, and at how many it is overdue; one statement for all sites."""
    parts = _parts(ladder)
    columns = []
    for rung in ladder.rungs:
        for condition in (parts.is_done(rung), _is_overdue(ladder, parts, rung)):
            columns.append(func.coalesce(func.sum(case((condition, 1), else_=0)), 0))
    row = db.session.execute(
        parts.statement.where(visible).with_only_columns(*columns, maintain_column_froms=True)
    ).one()
    return {rung: RungCount(row[2 * place], row[2 * place + 1]) for place, rung in enumerate(ladder.rungs)}


@dataclass(frozen=True)
class ProvinceCount:
    """How a rung stands at the sites of one province."""

    province: str
    sites: int
    done: int
    overdue: int

    def with_those_of(self, other: ProvinceCount) -> ProvinceCount:
        return ProvinceCount(
            self.province, self.sites + other.sites, self.done + other.done, self.overdue + other.overdue
        )


def count_provinces(ladder: Ladder, rung: Rung, visible: ColumnElement[bool]) -> list[ProvinceCount]:
    """One statement and one row a province, however many sites there are."""
    parts = _parts(ladder)
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
        for condition in (parts.is_done(rung), _is_overdue(ladder, parts, rung))
    ]
    statement = (
        parts.statement.where(visible)
        .with_only_columns(Site.province, func.count(), *sums, maintain_column_froms=True)
        .group_by(Site.province)
    )
    found = [ProvinceCount(*row) for row in db.session.execute(statement)]
    return sorted(found, key=lambda one: collation_key(one.province))


def sites_where(ladder: Ladder, rung: Rung, wanted: Standing) -> Select[Any]:
    """Ids of the conference's sites at which a rung stands like this; ``OPEN`` is whatever is not done."""
    parts = _parts(ladder)
    condition = {
        Standing.DONE: parts.is_done(rung),
        Standing.OPEN: ~parts.is_done(rung),
        Standing.OVERDUE: _is_overdue(ladder, parts, rung),
    }[wanted]
    return parts.statement.with_only_columns(ConferenceSite.id, maintain_column_froms=True).where(condition)


# ---- one site, or those of a page


@dataclass(frozen=True)
class RungLine:
    """One rung of one site."""

    rung: Rung
    standing: Standing
    owner: Owner
    due_at: datetime | None
    is_shown: bool
    confirmed_at: datetime | None
    confirmed_by: str
    remark: str


@dataclass(frozen=True)
class Climbed:
    """How far one site has come, with the figures that show it."""

    rungs: Sequence[RungLine]
    facts: Mapping[str, Any]

    @property
    def done(self) -> int:
        return sum(line.standing is Standing.DONE for line in self.rungs)

    @property
    def overdue(self) -> int:
        return sum(line.standing is Standing.OVERDUE for line in self.rungs)

    @property
    def next(self) -> RungLine | None:
        """What is asked of the site now: the first rung that is not climbed."""
        return next((line for line in self.rungs if line.standing is not Standing.DONE), None)


def climbed(ladder: Ladder, conference_site_ids: Sequence[int]) -> dict[int, Climbed]:
    """Two statements, however many sites: what shows each rung, and what people said about it."""
    parts = _parts(ladder)
    shown = [case((parts.shown[rung], 1), else_=0).label(f"{rung}_shown") for rung in ladder.rungs]
    rows = db.session.execute(
        parts.statement.add_columns(*shown).where(ConferenceSite.id.in_(conference_site_ids))
    ).all()
    said: dict[tuple[int, Rung], tuple[SiteRung, str]] = {
        (row.SiteRung.conference_site_id, row.SiteRung.rung): (row.SiteRung, row.full_name or "")
        for row in db.session.execute(
            select(SiteRung, Account.full_name)
            .outerjoin(Account, Account.id == SiteRung.confirmed_by_id)
            .where(SiteRung.conference_site_id.in_(conference_site_ids))
            .execution_options(populate_existing=True)
        )
    }
    found = {}
    for row in rows:
        facts = row._asdict()
        lines = [
            _line(
                ladder,
                rung,
                bool(facts[f"{rung}_shown"]),
                said.get((row.id, rung)),
                (row.rehearsal_ends_at if rung is Rung.REHEARSAL else None) or ladder.due_at(rung),
            )
            for rung in ladder.rungs
        ]
        found[row.id] = Climbed(lines, facts)
    return found


def _line(
    ladder: Ladder, rung: Rung, is_shown: bool, told: tuple[SiteRung, str] | None, usual: datetime | None
) -> RungLine:
    said, name = told if told else (None, "")
    due = said.due_at if said and said.due_at else usual
    is_done = is_shown or (said is not None and said.confirmed_at is not None)
    return RungLine(
        rung=rung,
        standing=standing(is_done=is_done, due=due, at=ladder.at),
        owner=said.owner if said and said.owner else ladder.rules[rung].owner,
        due_at=due,
        is_shown=is_shown,
        confirmed_at=said.confirmed_at if said else None,
        confirmed_by=name,
        remark=said.remark if said else "",
    )


# ---- the checklist


def own_items(conference_id: int) -> list[tuple[str, str]]:
    """(key, title) of the conference's own checklist; empty while it uses the usual one."""
    rows = db.session.execute(
        select(CheckItem.key, CheckItem.title)
        .where(CheckItem.conference_id == conference_id)
        .order_by(CheckItem.position, CheckItem.id)
    )
    return [(key, title) for key, title in rows]


def checks_of(conference_site_id: int) -> dict[str, SiteCheck]:
    return {
        check.key: check
        for check in db.session.scalars(select(SiteCheck).where(SiteCheck.conference_site_id == conference_site_id))
    }


@dataclass(frozen=True)
class ChecksCount:
    good: int
    faults: int


def count_checks(conference_site_ids: Sequence[int], keys: Sequence[str]) -> dict[int, ChecksCount]:
    """How many lines of today's checklist were found good or faulty at each of these sites."""
    rows = db.session.execute(
        select(
            SiteCheck.conference_site_id,
            func.sum(case((SiteCheck.state == CheckState.GOOD, 1), else_=0)),
            func.sum(case((SiteCheck.state == CheckState.FAULT, 1), else_=0)),
        )
        .where(SiteCheck.conference_site_id.in_(conference_site_ids), SiteCheck.key.in_(keys))
        .group_by(SiteCheck.conference_site_id)
    )
    return {id: ChecksCount(good, faults) for id, good, faults in rows}


@dataclass(frozen=True)
class ChecksTotal:
    """Over all sites: where every line is good, where one is faulty, where somebody has begun."""

    complete: int
    faulty: int
    begun: int


def total_checks(conference_id: int, visible: ColumnElement[bool], keys: Sequence[str]) -> ChecksTotal:
    good = func.sum(case((SiteCheck.state == CheckState.GOOD, 1), else_=0))
    by_site = (
        select(
            good.label("good"),
            (func.count() - good).label("faults"),
        )
        .join(ConferenceSite, ConferenceSite.id == SiteCheck.conference_site_id)
        .join(Site, Site.id == ConferenceSite.site_id)
        .where(ConferenceSite.conference_id == conference_id, SiteCheck.key.in_(keys), visible)
        .group_by(SiteCheck.conference_site_id)
        .subquery()
    )
    complete, faulty, begun = db.session.execute(
        select(
            func.coalesce(func.sum(case((by_site.c.good == len(keys), 1), else_=0)), 0),
            func.coalesce(func.sum(case((by_site.c.faults > 0, 1), else_=0)), 0),
            func.count(),
        ).select_from(by_site)
    ).one()
    return ChecksTotal(complete, faulty, begun)
