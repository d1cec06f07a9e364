"""The organizer's first screen, the control room, and the whole picture for boards that (re)connect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.errors import DomainError
from conference.live import queries, rules, steps
from conference.live.need_views import needs_of
from conference.live.picture import Picture, take_picture
from conference.live.rules import SiteState
from conference.planning.entry import enter_conference
from conference.planning.models import Conference, DayPart, StudySession, Topic, TopicKind
from conference.planning.modules import Module
from conference.web import filters
from conference.web.guard import allow
from conference.web.words import _

bp = Blueprint("live", __name__)

WATCHERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER)
MOST_NEEDS = 7
MOST_ON_BOARD = 6
LONGEST_NOTE = 60
CURVE_AT_LEAST = timedelta(minutes=75)


@dataclass(frozen=True)
class Called:
    """What the first screen shows of a conference that counts nobody."""

    people: int
    sites: int


@bp.get("/conferences/<code>/")
@allow(*WATCHERS)
def home(code: str) -> ResponseReturnValue:
    """What is the state, what needs me now, where next."""
    conference = enter_conference(code)
    at = clock.now()
    study_session = _asked_session(queries.sessions_of(conference), at)
    counts = conference.uses(Module.CHECKIN)
    picture = take_picture(conference, study_session, at) if study_session and counts else None
    called = Called(*queries.called_and_sites(conference.id)) if not counts else None
    needs = needs_of(conference, picture, g.actor, at)
    sites = len(picture.sites) if picture else called.sites if called else 0
    return render_template(
        "live/home.html",
        conference=conference,
        picture=picture,
        called=called,
        title=_situation(study_session, sites, at),
        part_word=_part_word(study_session.part) if study_session else "",
        facts=_facts(conference, picture) if picture else [],
        needs=needs[:MOST_NEEDS],
        needs_total=len(needs),
        next_items=_next_items(queries.next_topics(conference.id, at), at),
        at=at,
    )


@bp.get("/conferences/<code>/board")
@allow(*WATCHERS)
def board(code: str) -> ResponseReturnValue:
    """The control room: one cell a province, one mark a site. ``?projector=1`` for the wall of a hall."""
    conference = enter_conference(code)
    at = clock.now()
    sessions = queries.sessions_of(conference)
    study_session = _asked_session(sessions, at)
    if study_session is None:
        raise DomainError("no_study_session")
    picture = take_picture(conference, study_session, at)
    order = "needs" if request.args.get("order") == "needs" else "place"
    cells = picture.cells
    if order == "needs":
        cells.sort(key=lambda cell: (not cell.has_trouble, cell.share))
    return render_template(
        "live/projector.html" if request.args.get("projector") == "1" else "live/board.html",
        conference=conference,
        picture=picture,
        cells=cells,
        cell_width=rules.CELL_WIDTH,
        cell_height=rules.CELL_HEIGHT,
        order=order,
        session_tabs=_session_tabs(conference, sessions, study_session),
        needs=needs_of(conference, picture, g.actor, at)[:MOST_ON_BOARD],
        at=at,
        **_curve(picture),
    )


@bp.get("/conferences/<code>/board/table")
@allow(*WATCHERS)
def table(code: str) -> ResponseReturnValue:
    """The same facts as the control room, as a table: for screen readers, and for whoever prefers figures."""
    conference = enter_conference(code)
    at = clock.now()
    study_session = _asked_session(queries.sessions_of(conference), at)
    if study_session is None:
        raise DomainError("no_study_session")
    picture = take_picture(conference, study_session, at)
    groups = [(state, found) for state in SiteState if (found := picture.in_state(state))]
    return render_template("live/table.html", conference=conference, picture=picture, groups=groups, at=at)


@bp.get("/conferences/<code>/board.json")
@allow(*WATCHERS)
def board_json(code: str) -> ResponseReturnValue:
    """The whole picture with its version: asked for after a reconnect, and every ten seconds while sockets fail."""
    conference = enter_conference(code)
    at = clock.now()
    study_session = _asked_session(queries.sessions_of(conference), at)
    if study_session is None:
        raise DomainError("no_study_session")
    picture = take_picture(conference, study_session, at)
    return {
        "session": study_session.id,
        "version": picture.version,
        "at": at.isoformat(),
        "present": picture.present,
        "summoned": picture.summoned,
        "sites": [[site.site_id, site.present] for site, _state in picture.sites],
        "states": {str(site.site_id): state for site, state in picture.sites},
    }


def _asked_session(sessions: list[StudySession], at: datetime) -> StudySession | None:
    asked = request.args.get("session", type=int)
    return next((s for s in sessions if s.id == asked), None) or queries.session_at(sessions, at)


def _next_items(topics: list[Topic], at: datetime) -> list[dict[str, Any]]:
    """The programme from now on, as the span of the day."""
    items = []
    for topic in topics:
        runs = topic.starts_at <= at
        head, _sign, rest = topic.title.partition(": ")
        title, note = (head, _shortened(rest)) if rest and topic.kind is TopicKind.TOPIC else (topic.title, "")
        if runs:
            note = _("đang diễn ra, đến %(time)s", time=filters.clock(topic.ends_at))
        items.append(
            {
                "time": filters.clock(topic.starts_at),
                "title": title,
                "note": note,
                "state": "now" if runs else "todo",
            }
        )
    return items


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_NOTE else text[:LONGEST_NOTE].rsplit(" ", 1)[0] + "…"


def _part_word(part: DayPart) -> str:
    words = {
        DayPart.MORNING: _("Buổi sáng"),
        DayPart.AFTERNOON: _("Buổi chiều"),
        DayPart.EVENING: _("Buổi tối"),
    }
    return words[part]


def _session_tabs(conference: Conference, sessions: list[StudySession], current: StudySession) -> list[dict[str, Any]]:
    several_days = len({session.held_on for session in sessions}) > 1
    return [
        {
            "label": _part_word(session.part) + (f" {filters.day(session.held_on)[:5]}" if several_days else ""),
            "url": url_for("live.board", code=conference.code, session=session.id),
            "current": session.id == current.id,
        }
        for session in sessions
    ]


def _curve(picture: Picture) -> dict[str, Any]:
    """Points of the arrival curve in minutes after the doors opened, with its axis and table."""
    session = picture.study_session
    begin = session.doors_open_at

    def minutes(moment: datetime) -> float:
        return (moment - begin).total_seconds() / 60

    curve = [(moment, count) for moment, count in rules.cumulative(picture.arrivals) if moment >= begin]
    end = max([begin + CURVE_AT_LEAST, *(moment for moment, _count in curve[-1:])])
    quarter = timedelta(minutes=15)
    steps = max(1, round((end - begin) / quarter / 3)) * quarter
    labels = []
    moment = begin
    while moment <= end:
        labels.append((minutes(moment), filters.clock(moment)))
        moment += steps
    return {
        "points": [(minutes(moment), count) for moment, count in curve],
        "x_from": 0,
        "x_to": minutes(end),
        "x_labels": labels,
        "opens_at": minutes(session.starts_at),
        "curve_rows": [(filters.clock(moment), count) for moment, count in curve[:: max(1, len(curve) // 12)]],
    }


def _situation(session: StudySession | None, count: int, at: datetime) -> str:
    """The title of the first screen is its situation, in one sentence; ``count`` is of sites."""
    if session is None or not count:
        return _("Đang chuẩn bị hội nghị")
    if at < session.doors_open_at:
        days = (session.held_on - at.date()).days
        if days > 0:
            return _("Còn %(days)s ngày đến hội nghị ở %(count)s điểm cầu", days=days, count=count)
        return _("Hôm nay hội nghị họp ở %(count)s điểm cầu", count=count)
    if at < session.starts_at:
        return _("Đang đón đại biểu ở %(count)s điểm cầu", count=count)
    if at < session.ends_at:
        return _("Hội nghị đang họp ở %(count)s điểm cầu", count=count)
    return _("Hội nghị đã họp xong ở %(count)s điểm cầu", count=count)


def _facts(conference: Conference, picture: Picture) -> list[dict[str, Any]]:
    """Five facts of the sites, which add up to all of them."""
    words = (
        (SiteState.LIVE, _("điểm cầu đang đón")),
        (SiteState.REACHED, _("đạt chỉ tiêu")),
        (SiteState.LINE_LOST, _("mất kết nối, vẫn đếm")),
        (SiteState.NOT_OPEN, _("chưa mở điểm danh")),
        (SiteState.READY, _("sẵn sàng")),
        (SiteState.OVER, _("đã kết thúc")),
    )
    address = url_for("live.table", code=conference.code, session=picture.study_session.id)
    facts = [
        {"value": len(picture.in_state(state)), "words": label, "url": f"{address}#{state}", "drawer": False}
        for state, label in words
    ]
    return [fact for fact in facts if fact["value"]] or facts[:1]


def steps_of(conference: Conference) -> dict[str, tuple[str, str]]:
    """How far each step of the chain is: done, now or todo, with a short figure. For the side bar of every page."""
    at = clock.now()
    sessions = queries.sessions_of(conference)
    milestones = queries.milestones(conference.id)
    moments = steps.Moments(
        published_at=conference.published_at,
        doors_open_at=sessions[0].doors_open_at if sessions else None,
        ends_at=sessions[-1].ends_at if sessions else None,
        writing_ends_at=milestones.writing_ends_at,
    )
    states = steps.states(
        moments,
        at=at,
        is_called=milestones.has_letters,
        is_graded=milestones.has_papers,
        is_released=milestones.has_release,
    )
    figures: dict[str, str] = {}
    current = queries.session_at(sessions, at)
    counts = conference.uses(Module.CHECKIN)
    if counts and current is not None and states["count"] is not steps.StepState.AHEAD:
        total = queries.summoned_to(current)
        figures["count"] = f"{100 * queries.present_total(current.id) // total}%" if total else ""
    return {step: (state.value, figures.get(step, "")) for step, state in states.items()}
