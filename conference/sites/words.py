"""The words of sites: levels, what is lacking, and what a plan hears about its sites."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Subquery

from conference.planning.models import Conference
from conference.planning.words import NOT_VISIBLE, FaultLine
from conference.sites import queries, rules
from conference.sites.models import SiteLevel
from conference.sites.rules import Lack, Readiness
from conference.web import filters
from conference.web.words import _, lazy

LEVELS = {
    SiteLevel.CENTRAL: lazy("Trung tâm"),
    SiteLevel.PROVINCIAL: lazy("Cấp tỉnh"),
    SiteLevel.DISTRICT: lazy("Cấp huyện"),
    SiteLevel.COMMUNE: lazy("Cấp xã"),
}
READINESS = {
    Readiness.READY: lazy("Sẵn sàng"),
    Readiness.NOT_READY: lazy("Chưa sẵn sàng"),
}
LACKS = {
    Lack.HALL: lazy("Chưa có hội trường"),
    Lack.SEATS: lazy("Thiếu chỗ ngồi"),
    Lack.HOST: lazy("Chưa có phụ trách"),
    Lack.PHONE: lazy("Phụ trách chưa có số điện thoại"),
}

NAMED = 5
"""So many sites are named one by one; the rest is a number that leads to the list."""


def lack_sentence(lack: Lack, *, seats: int | None, called: int) -> str:
    if lack is Lack.SEATS and seats is not None:
        return _("Thiếu %(count)s chỗ", count=filters.number(called - seats))
    return str(LACKS[lack])


def plan_faults(conference: Conference, called: Subquery, visible: ColumnElement[bool]) -> list[FaultLine]:
    """What is wrong with the sites of a plan: none at all, no hall, a hall taken twice, seats and hosts missing.

    Conferences that are not ``visible`` to the reader are not named.
    """
    code = {"code": conference.code}
    count = queries.count_sites(conference.id, queries.every_site(), called)
    if not count.sites:
        return [
            FaultLine(
                blocks=True,
                title=_("Chưa có điểm cầu nào"),
                detail=_("Đại biểu chưa biết ngồi ở đâu."),
                step=_("Chọn các điểm cầu"),
                endpoint="sites.outside",
                values=code,
            )
        ]
    lines: list[FaultLine] = []
    if count.missing[Lack.HALL]:
        lines.append(_grouped(conference, Lack.HALL, count.missing[Lack.HALL], called))
    lines += _double_bookings(conference, visible)
    if count.missing[Lack.SEATS]:
        lines += _shortages(conference, count.missing[Lack.SEATS], called)
    lines += [
        _grouped(conference, lack, count.missing[lack], called)
        for lack in (Lack.HOST, Lack.PHONE)
        if count.missing[lack]
    ]
    return lines


def _grouped(conference: Conference, lack: Lack, count: int, called: Subquery) -> FaultLine:
    named = [row[1] for row in queries.lacking_sites(conference.id, lack, called, most=NAMED)]
    titles = {
        Lack.HALL: _("%(count)s điểm cầu chưa có hội trường", count=filters.number(count)),
        Lack.HOST: _("%(count)s điểm cầu chưa có phụ trách", count=filters.number(count)),
        Lack.PHONE: _("%(count)s phụ trách chưa có số điện thoại", count=filters.number(count)),
    }
    return FaultLine(
        blocks=lack is Lack.HALL,
        title=titles[lack],
        detail=_and_more(named, count),
        step=_("Chọn hội trường") if lack is Lack.HALL else _("Ghi phụ trách"),
        endpoint="sites.overview",
        values={"code": conference.code, "lack": lack},
    )


def _and_more(names: Sequence[str], count: int) -> str:
    listed = ", ".join(names)
    if count > len(names):
        return _("%(names)s và %(count)s điểm cầu nữa.", names=listed, count=filters.number(count - len(names)))
    return f"{listed}."


def _shortages(conference: Conference, count: int, called: Subquery) -> list[FaultLine]:
    lines = [
        FaultLine(
            blocks=False,
            title=_("Thiếu %(count)s chỗ ở %(site)s", count=filters.number(people - (seats or 0)), site=name),
            detail=_(
                "Triệu tập %(called)s, hội trường %(seats)s ghế.",
                called=filters.number(people),
                seats=filters.number(seats or 0),
            ),
            step=_("Đổi hội trường"),
            endpoint="sites.edit_site",
            values={"code": conference.code, "site_id": site_id},
        )
        for site_id, name, seats, people in queries.lacking_sites(conference.id, Lack.SEATS, called, most=NAMED)
    ]
    if count > len(lines):
        lines.append(
            FaultLine(
                blocks=False,
                title=_("%(count)s điểm cầu nữa thiếu chỗ", count=filters.number(count - len(lines))),
                step=_("Xem các điểm cầu thiếu chỗ"),
                endpoint="sites.overview",
                values={"code": conference.code, "lack": Lack.SEATS},
            )
        )
    return lines


def _double_bookings(conference: Conference, visible: ColumnElement[bool]) -> list[FaultLine]:
    others = queries.conferences_sharing_halls(conference)
    if not others:
        return []
    clashes = rules.double_bookings(conference.id, queries.bookings_of(conference, others))
    halls = queries.halls_by_id({clash.hall_id for clash in clashes})
    titles = queries.conference_titles({clash.other_conference_id for clash in clashes}, visible)
    lines = [
        FaultLine(
            blocks=True,
            title=_("Hội trường ở hai hội nghị cùng lúc"),
            detail=_(
                "%(hall)s ở %(site)s đã dành cho “%(conference)s” từ %(begins)s đến %(ends)s.",
                hall=halls[clash.hall_id][2],
                site=halls[clash.hall_id][1],
                conference=titles.get(clash.other_conference_id, NOT_VISIBLE),
                begins=filters.moment(clash.from_),
                ends=filters.clock(clash.until),
            ),
            step=_("Chọn hội trường khác"),
            endpoint="sites.edit_site",
            values={"code": conference.code, "site_id": halls[clash.hall_id][0]},
        )
        for clash in clashes[:NAMED]
    ]
    if len(clashes) > NAMED:
        lines.append(
            FaultLine(
                blocks=True,
                title=_("%(count)s hội trường nữa ở hai hội nghị cùng lúc", count=filters.number(len(clashes) - NAMED)),
                detail=_("Hiện ra khi các hội trường trên đã sửa."),
            )
        )
    return lines
