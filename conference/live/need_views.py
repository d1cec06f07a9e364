"""What needs a person now, most urgent first: gathered from the areas, each with the page where it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, url_for

from conference.checkin import headcounts
from conference.checkin import queries as checkin
from conference.checkin.trying import tried_by_site
from conference.foundation.actor import Actor
from conference.grading.copying_queries import undecided_count
from conference.live.picture import Picture
from conference.live.rules import SiteCount, SiteState
from conference.planning.models import Conference, ConferenceState
from conference.planning.module_views import is_used
from conference.privacy.queries import waiting_count
from conference.registry.naming import queries as naming
from conference.registry.queries import moved_at_doors
from conference.registry.rules import place_name
from conference.registry.substitutes import requested_count
from conference.sites.queries import every_site
from conference.sites.rehearsals import queries as rehearsals
from conference.sites.rehearsals.rules import SETTING_UP, Part
from conference.web import filters
from conference.web.guard import may_enter
from conference.web.words import _

NAMES_SHOWN = 3
MOVES_ARE_NEWS = timedelta(days=1)


@dataclass(frozen=True)
class Need:
    """One row of "Cần đồng chí xử lý": a state's shape, a sentence, the evidence, and a button."""

    shape: str
    sentence: str
    detail: str
    label: str
    url: str
    urgency: int
    since: datetime | None = None


def needs_of(conference: Conference, picture: Picture | None, actor: Actor, at: datetime) -> list[Need]:
    """Everything that waits for this actor in this conference, the most urgent first."""
    found = [
        *_of_plan(conference),
        *_of_doors(conference, picture, at),
        *_of_rehearsal(conference, picture, at),
        *_of_people(conference, at),
        *_of_cases(conference, actor),
        *_of_copies(conference),
        *_of_wishes(conference),
    ]
    for provide in current_app.extensions.get("needs", ()):
        found += provide(conference, at)
    return sorted((need for need in found if _may_open(conference, actor, need)), key=lambda need: need.urgency)


def _may_open(conference: Conference, actor: Actor, need: Need) -> bool:
    """Whoever could not open the page, or whose conference does without it, is not asked to."""
    adapter = current_app.url_map.bind("")
    endpoint, _values = adapter.match(need.url.partition("?")[0].partition("#")[0])
    return may_enter(actor, endpoint) and is_used(conference, endpoint)


def _of_plan(conference: Conference) -> Iterator[Need]:
    if conference.state is ConferenceState.DRAFT:
        yield Need(
            "draft",
            _("Hội nghị còn là dự thảo"),
            _("Chưa ai ngoài Ban Tổ chức nhìn thấy. Xem lại chương trình rồi ban hành."),
            _("Mở kế hoạch"),
            url_for("planning.plan", code=conference.code),
            40,
        )


def _of_doors(conference: Conference, picture: Picture | None, at: datetime) -> Iterator[Need]:
    if picture is None:
        return
    session = picture.study_session
    address = url_for("live.table", code=conference.code, session=session.id)
    for site in picture.in_state(SiteState.LINE_LOST):
        minutes = int((at - site.silent_since).total_seconds() // 60) if site.silent_since else 0
        yield Need(
            "line_lost",
            _("%(site)s mất kết nối đã %(minutes)s phút", site=site.name, minutes=filters.number(minutes)),
            _(
                "%(present)s trên %(summoned)s đại biểu đã vào. Máy quét vẫn đếm và sẽ tự gửi khi có mạng.",
                present=filters.number(site.present),
                summoned=filters.number(site.summoned),
            ),
            _("Xem điểm cầu"),
            f"{address}#site-{site.site_id}",
            10,
            site.silent_since,
        )
    yield from _of_halls(conference, session.id)
    late = picture.in_state(SiteState.NOT_OPEN) if session.doors_open_at <= at < session.ends_at else []
    if late:
        yield Need(
            "not_ready",
            _("%(count)s điểm cầu chưa mở điểm danh", count=filters.number(len(late))),
            _("%(names)s. Lẽ ra mở lúc %(time)s.", names=_names(late), time=filters.clock(session.doors_open_at)),
            _("Xem điểm cầu"),
            f"{address}#{SiteState.NOT_OPEN}",
            20,
            session.doors_open_at,
        )
    unconfirmed = [site for site, _state in picture.sites if not site.is_closed] if at >= session.ends_at else []
    if unconfirmed and at - session.ends_at < timedelta(days=14):
        yield Need(
            "due",
            _("%(count)s điểm cầu chưa xác nhận danh sách vắng", count=filters.number(len(unconfirmed))),
            _("Người chưa điểm danh chỉ thành vắng không phép khi phụ trách điểm cầu xác nhận."),
            _("Xem điểm cầu"),
            f"{address}#{SiteState.OVER}",
            60,
        )


def _of_rehearsal(conference: Conference, picture: Picture | None, at: datetime) -> Iterator[Need]:
    """Sites that have not shown themselves in the last rehearsal, while there is time to call them."""
    if picture is None or picture.study_session.doors_open_at <= at:
        return
    over = [one for one in rehearsals.rehearsals_of(conference.id) if one.ends_at + SETTING_UP < at]
    if not over:
        return
    last = over[-1]
    absent = rehearsals.count_taken(last, tried_by_site(last.id), every_site()).absent
    if absent:
        yield Need(
            "not_ready",
            _("%(count)s điểm cầu chưa dự %(title)s", count=filters.number(absent), title=last.title),
            _("Máy ở đó quét thử bù được đến khi mở cửa."),
            _("Xem điểm cầu"),
            url_for("sites.rehearsal", code=conference.code, rehearsal_id=last.id, part=Part.ABSENT.value),
            32,
            last.ends_at,
        )


def _of_halls(conference: Conference, study_session_id: int) -> Iterator[Need]:
    """Halls whose host counted otherwise than the door, by more than the conference allows."""
    off = [
        one
        for one in headcounts.latest_counts(conference.id, study_session_id)
        if abs(one.difference) > conference.headcount_tolerance
    ]
    if off:
        worst = max(off, key=lambda one: abs(one.difference))
        yield Need(
            "needs_decision",
            _("%(count)s hội trường đếm lệch với điểm danh", count=filters.number(len(off))),
            _(
                "%(site)s đếm %(people)s người lúc %(time)s, điểm danh %(scanned)s.",
                site=place_name(worst.site_name),
                people=filters.number(worst.people),
                time=filters.clock(worst.counted_at),
                scanned=filters.number(worst.scanned),
            ),
            _("Xem số đếm"),
            url_for("checkin.hall_counts", code=conference.code),
            25,
            worst.counted_at,
        )


def _of_people(conference: Conference, at: datetime) -> Iterator[Need]:
    """Substitutes that units have named, for the organizer's word; people whom doors took in for good, to know of."""
    moved = moved_at_doors(conference.id, since=at - MOVES_ARE_NEWS)
    if moved:
        yield Need(
            "guest_elsewhere",
            _("%(count)s người chuyển hẳn tại cửa", count=filters.number(moved)),
            _("Cửa đã nhận họ về điểm cầu khác nơi được gọi. Nơi nào hết chỗ thì có việc cần quyết định riêng."),
            _("Xem danh sách"),
            url_for("registry.people", code=conference.code, called="moved"),
            70,
        )
    proposed = naming.waiting_count(conference.id)
    if proposed:
        yield Need(
            "needs_decision",
            _("%(count)s đề nghị của đơn vị chờ duyệt", count=filters.number(proposed)),
            _("Cử thêm, rút ra hoặc thay người. Người được cử có thẻ khi được duyệt."),
            _("Mở đề nghị"),
            url_for("naming.nominations", code=conference.code),
            34,
        )
    waiting = requested_count(conference.id)
    if waiting:
        yield Need(
            "needs_decision",
            _("%(count)s người dự thay chờ duyệt", count=filters.number(waiting)),
            _("Đơn vị đã cử. Người dự thay có thẻ khi được duyệt."),
            _("Xem danh sách"),
            url_for("registry.people", code=conference.code, called="asked_substitute"),
            35,
        )


def _of_cases(conference: Conference, actor: Actor) -> Iterator[Need]:
    if not may_enter(actor, "checkin.cases"):
        return
    total = checkin.open_case_count(conference.id)
    if total:
        yield Need(
            "needs_decision",
            _("%(count)s lượt quét cần quyết định", count=filters.number(total)),
            _("Hai nơi ghi khác nhau hoặc thẻ không còn hiệu lực. Mỗi việc có đủ chứng cứ hai phía."),
            _("Mở hộp xử lý"),
            url_for("checkin.cases", code=conference.code),
            30,
        )


def _of_copies(conference: Conference) -> Iterator[Need]:
    """Papers that may be copied, for the council's word."""
    total = undecided_count(conference.id)
    if total:
        yield Need(
            "needs_decision",
            _("%(count)s bài nghi sao chép chưa có quyết định", count=filters.number(total)),
            _("Máy chỉ đưa chứng cứ, đặt hai bài cạnh nhau. Hội đồng quyết định từng bài."),
            _("Xem các bài"),
            url_for("grading.copies", code=conference.code, level="suspect", ruled="no"),
            45,
        )


def _of_wishes(conference: Conference) -> Iterator[Need]:
    """People who ask to be erased."""
    total = waiting_count(conference.id)
    if total:
        yield Need(
            "needs_decision",
            _("%(count)s người yêu cầu xóa dữ liệu cá nhân", count=filters.number(total)),
            _("Mỗi yêu cầu cần một câu trả lời: xóa, hoặc nói rõ vì sao chưa xóa được."),
            _("Xem yêu cầu"),
            url_for("privacy.register"),
            50,
        )


def _names(sites: list[SiteCount]) -> str:
    shown = ", ".join(site.name for site in sites[:NAMES_SHOWN])
    more = len(sites) - NAMES_SHOWN
    return _("%(names)s và %(more)s nơi khác", names=shown, more=more) if more > 0 else shown
