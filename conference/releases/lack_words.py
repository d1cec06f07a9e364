"""The words of what a plan lacks, each with the step that mends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement

from conference.planning.models import Conference, ConferenceState
from conference.planning.modules import Module
from conference.planning.words import NOT_VISIBLE, FaultLine
from conference.registry.rules import place_name
from conference.releases import lacks
from conference.sites.ladder.rules import Rung
from conference.web import filters
from conference.web.words import _

NAMED = 5
"""So many are named one by one; the rest is counted."""


def lack_lines(conference: Conference, behind: Mapping[Rung, int], visible: ColumnElement[bool]) -> list[FaultLine]:
    """Everything that the plan page does not find by itself. Nothing of it stops a publication.

    ``behind`` is at how many sites a rung is not climbed yet. Conferences that are not ``visible`` to the reader are
    not named.
    """
    lines = [*_hosts(conference), *_others(conference, visible), *_people(conference)]
    if conference.uses(Module.NAMING):
        lines += _quotas(conference)
    if conference.state is ConferenceState.PUBLISHED and conference.uses(Module.CHECKIN):
        lines += _doors(conference, behind)
    return lines


def _line(title: str, detail: str, step: str, endpoint: str, **values: object) -> FaultLine:
    return FaultLine(blocks=False, title=title, detail=detail, step=step, endpoint=endpoint, values=values)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        return _("%(names)s và %(count)s nữa.", names=shown, count=filters.number(len(names) - NAMED))
    return f"{shown}."


def _hosts(conference: Conference) -> list[FaultLine]:
    lines = []
    for _phone, rows in groupby(lacks.hosts_twice(conference.id), key=lambda row: row.manager_phone):
        places = list(rows)
        lines.append(
            _line(
                _("Một phụ trách ở %(count)s điểm cầu cùng lúc", count=len(places)),
                f"{places[0].manager_name}: {_listed([place_name(row.name) for row in places])}",
                _("Đổi phụ trách"),
                "sites.edit_site",
                code=conference.code,
                site_id=places[-1].id,
            )
        )
    return lines


def _others(conference: Conference, visible: ColumnElement[bool]) -> list[FaultLine]:
    """What other conferences of the same hours have, too."""
    found = lacks.at_the_same_time(conference, visible)
    others = {id: title or str(NOT_VISIBLE) for id, title in found.items()}
    if not others:
        return []
    lines = [
        _line(
            _("Điểm cầu dự hai hội nghị cùng lúc") if row.is_site else _("Phụ trách ở hai hội nghị cùng lúc"),
            _(
                "%(what)s cũng có trong “%(conference)s”.",
                what=place_name(row.name) if row.is_site else row.manager_name,
                conference=others[row.other],
            ),
            _("Xem điểm cầu này"),
            "sites.edit_site",
            code=conference.code,
            site_id=row.id,
        )
        for row in lacks.taken_by_others(conference.id, list(others))
    ]
    return lines + [
        _line(
            _("%(count)s người được triệu tập hai hội nghị cùng lúc", count=filters.number(count)),
            _("Họ cũng có trong danh sách của “%(conference)s”.", conference=others[other]),
            _("Xem những người này"),
            "registry.people",
            code=conference.code,
            lack=other,
        )
        for other, count in lacks.called_by_others(conference.id, list(others)).items()
    ]


def _people(conference: Conference) -> list[FaultLine]:
    lines = []
    if count := lacks.without_site(conference.id):
        lines.append(
            _line(
                _("%(count)s đại biểu chưa có điểm cầu", count=filters.number(count)),
                _("Điểm cầu ghi cho họ không dự hội nghị này."),
                _("Xem những người này"),
                "registry.people",
                code=conference.code,
                lack=lacks.NO_SITE,
            )
        )
    if names := lacks.called_twice(conference.id):
        lines.append(
            _line(
                _("%(count)s người có thể được triệu tập hai lần", count=filters.number(len(names))),
                _listed(names),
                _("Xem từng cặp và gộp"),
                "doubles.doubles",
                code=conference.code,
            )
        )
    return lines


def _quotas(conference: Conference) -> list[FaultLine]:
    gap, lines = lacks.quota_gap(conference.id), []
    if gap.places:
        lines.append(
            _line(
                _("Còn %(count)s chỗ trong chỉ tiêu chưa có người", count=filters.number(gap.places)),
                _listed(gap.units),
                _("Xem chỉ tiêu"),
                "naming.quota_list",
                code=conference.code,
                lack="missing",
            )
        )
    if gap.homeless:
        lines.append(
            _line(
                _("%(count)s đơn vị có chỉ tiêu mà chưa có điểm cầu", count=filters.number(len(gap.homeless))),
                _listed(gap.homeless),
                _("Ghép đơn vị vào điểm cầu"),
                "sites.overview",
                code=conference.code,
            )
        )
    return lines


def _doors(conference: Conference, behind: Mapping[Rung, int]) -> list[FaultLine]:
    """By the ladder of readiness: a site where people were counted has a device that works, whatever it is now."""
    without, untried = behind[Rung.DEVICES], behind[Rung.REHEARSAL]
    lines = []
    if without:
        lines.append(
            _line(
                _("%(count)s điểm cầu chưa có máy điểm danh", count=filters.number(without)),
                _("Phụ trách chưa ghi danh máy nào."),
                _("Xem các điểm cầu này"),
                "sites.readiness",
                code=conference.code,
                rung=Rung.DEVICES,
                stand="open",
            )
        )
    if untried:
        lines.append(
            _line(
                _("%(count)s điểm cầu chưa quét thử", count=filters.number(untried)),
                _("Chưa máy nào ở đó qua bước kiểm tra."),
                _("Xem các điểm cầu này"),
                "sites.readiness",
                code=conference.code,
                rung=Rung.REHEARSAL,
                stand="open",
            )
        )
    return lines
