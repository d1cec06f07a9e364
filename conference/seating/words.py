"""The area's Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.seating.rules import KILOMETRES, ProposalState, Reach, Scope, Shortage, Why, gap
from conference.web.filters import decimal, number
from conference.web.words import _, lazy

SCOPES = {
    Scope.UNSEATED: (
        lazy("Chỉ những người chưa có chỗ"),
        lazy("Người ở điểm cầu không dùng nữa, chưa có hội trường hoặc quá sức chứa. Người khác ngồi yên."),
    ),
    Scope.EVERYBODY: (
        lazy("Mọi người"),
        lazy("Xếp lại cả hội nghị: vẫn giữ chỗ cũ khi có thể, và đổi khi gần hơn hoặc để đủ chỗ cho người khác."),
    ),
}
REACHES = {
    Reach.PROVINCE: lazy("Trong tỉnh"),
    Reach.NEIGHBOURS: lazy("Tỉnh lân cận, đến %(km)s km"),
    Reach.COUNTRY: lazy("Cả nước"),
}
WHYS = {
    Why.PINNED: lazy("Được ghim về đây"),
    Why.NO_SITE: lazy("Đơn vị chưa có điểm cầu"),
    Why.CLOSING: lazy("Điểm cầu cũ không dùng nữa"),
    Why.NO_WAVE: lazy("Chưa có đợt"),
    Why.NOT_JOINED: lazy("Điểm cầu cũ không tham gia hội nghị"),
    Why.NO_HALL: lazy("Điểm cầu cũ chưa có hội trường"),
    Why.TOO_FEW_SEATS: lazy("Điểm cầu cũ quá sức chứa"),
    Why.TOGETHER: lazy("Ngồi cùng đơn vị"),
    Why.NEARER: lazy("Gần hơn"),
    Why.MAKES_ROOM: lazy("Nhường chỗ cho đơn vị khác"),
}
STATES = {
    ProposalState.OPEN: ("due", lazy("Chờ quyết định")),
    ProposalState.ACCEPTED: ("done", lazy("Đã áp dụng")),
    ProposalState.DISCARDED: ("inactive", lazy("Đã bỏ")),
}


def reach_word(reach: Reach) -> str:
    return str(REACHES[reach]) % {"km": KILOMETRES[reach]}


def gap_sentence(cost: int, bound: int) -> str:
    """What the bound means, for somebody who has never heard of one."""
    share = gap(cost, bound)
    if cost == 0:
        return _("Không ai phải đổi chỗ hay đi xa.")
    if share < 0.0005:
        return _("Đã chứng minh: không có cách xếp nào ít phải đổi, tách và đi xa hơn.")
    percent = decimal(max(0.1, 100 * share), 1)
    return _(
        "Có thể còn cách xếp tốt hơn, nhưng nhiều nhất là tốt hơn %(percent)s%% tính chung việc đổi chỗ, "
        "tách đơn vị và đường đi.",
        percent=percent,
    )


def missing_sentence(missing: Mapping[str, Any], sites: Mapping[int, str]) -> tuple[str, str]:
    """(which seats are missing where, what to do about it)."""
    kind, people = Shortage(missing["kind"]), number(missing["people"])
    province = missing["province"] or _("Đơn vị Trung ương")
    if kind is Shortage.PIN:
        site = sites.get(missing["site_id"], "")
        return (
            _("%(site)s thiếu %(people)s chỗ cho người được ghim về đó.", site=site, people=people),
            _("Cần hội trường lớn hơn ở đó, hoặc bỏ ghim."),
        )
    sentence = _("%(province)s thiếu %(people)s chỗ.", province=province, people=people)
    if unnamed := missing.get("unnamed", 0):
        sentence = _(
            "%(province)s thiếu %(people)s chỗ, trong đó %(unnamed)s chỗ cho người chưa cử.",
            province=province,
            people=people,
            unnamed=number(unnamed),
        )
    if kind is Shortage.OUT_OF_REACH:
        return sentence, _("Không có điểm cầu nào trong tầm đi. Cần thêm điểm cầu, hoặc cho đi xa hơn.")
    if kind is Shortage.SCATTERED:
        return sentence, _(
            "Trong tầm đi còn %(free)s chỗ trống, nhưng nằm rải rác nên không đủ cho đơn vị ngồi liền. "
            "Hãy cho tách đơn vị nhỏ hơn, hoặc thêm hội trường.",
            free=number(missing["free_seats"]),
        )
    return sentence, _("Mọi điểm cầu trong tầm đi đã kín. Cần thêm hội trường, hoặc cho đi xa hơn.")
