"""Everything that a board shows of one study session at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from conference.checkin import queries as checkin
from conference.live import queries, rules
from conference.live.rules import SiteCount, SiteState
from conference.planning.models import Conference, StudySession

SHORT_PROVINCES = {
    "Thừa Thiên Huế": "TT Huế",
    "Bà Rịa - Vũng Tàu": "BR-VT",
    "Hồ Chí Minh": "TP.HCM",
}


@dataclass(frozen=True)
class Cell:
    """One province of the control room."""

    province: str
    summoned: int
    present: int
    marks: list[rules.Mark]

    @property
    def label(self) -> str:
        return SHORT_PROVINCES.get(self.province, self.province)

    @property
    def share(self) -> float:
        return 100 * self.present / self.summoned if self.summoned else 0.0

    @property
    def has_trouble(self) -> bool:
        return any(mark.state in rules.TROUBLE for mark in self.marks)


@dataclass(frozen=True)
class Picture:
    """Everything a board shows of one study session at one moment."""

    study_session: StudySession
    at: datetime
    version: int
    sites: list[tuple[SiteCount, SiteState]]
    arrivals: list[tuple[datetime, int]]
    target: float

    @property
    def summoned(self) -> int:
        return sum(site.summoned for site, _state in self.sites)

    @property
    def present(self) -> int:
        return sum(site.present for site, _state in self.sites)

    @property
    def share(self) -> Decimal:
        return Decimal(100 * self.present) / self.summoned if self.summoned else Decimal(0)

    @property
    def forecast(self) -> datetime | None:
        return rules.forecast(
            self.arrivals, present=self.present, summoned=self.summoned, target=self.target, at=self.at
        )

    def in_state(self, *states: SiteState) -> list[SiteCount]:
        return [site for site, state in self.sites if state in states]

    @property
    def cells(self) -> list[Cell]:
        ordered = sorted(self.sites, key=lambda pair: self._place(pair[0].province))
        return [_cell(province, list(pairs)) for province, pairs in groupby(ordered, key=lambda pair: pair[0].province)]

    def _place(self, province: str) -> int:
        return next(place for place, (site, _state) in enumerate(self.sites) if site.province == province)


def _cell(province: str, pairs: list[tuple[SiteCount, SiteState]]) -> Cell:
    return Cell(
        province,
        sum(site.summoned for site, _state in pairs),
        sum(site.present for site, _state in pairs),
        rules.place_marks(pairs),
    )


def take_picture(conference: Conference, study_session: StudySession, at: datetime) -> Picture:
    target = float(conference.target_rate) / 100
    version = queries.board_version(conference.id)  # first: a count that slips in between is pushed again
    counted = queries.site_counts(conference.id, study_session.id, at=at)
    states = [
        (
            site,
            rules.site_state(
                site, at=at, doors_open_at=study_session.doors_open_at, ends_at=study_session.ends_at, target=target
            ),
        )
        for site in counted
    ]
    return Picture(study_session, at, version, states, checkin.arrivals_by_minute(study_session.id), target)
