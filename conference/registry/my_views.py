"""The attendee's own page, behind the personal link, and the calendars one can subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from flask import Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.adapters.calendar import write_calendar
from conference.adapters.qr import qr_svg
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.calendar import Calendar, Mailbox
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning import queries as planning
from conference.planning.access import may_change
from conference.planning.documents.models import TopicDocument
from conference.planning.documents.queries import document_in, documents_of
from conference.planning.documents.views import handed_out
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.given import GivenSession
from conference.planning.modules import Module, shown_by
from conference.registry import (
    access,
    actions,
    calendars,
    feed_actions,
    forms,
    queries,
    rules,
    substitutes,
    visits,
    words,
)
from conference.registry.called import sessions_of
from conference.registry.feeds import Feed, FeedKind, feed_token, read_feed_token
from conference.registry.models import Attendee
from conference.registry.told import told_plan, whereabouts
from conference.registry.views import bp, hook, session_word
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _, language, lazy

ICS = "text/calendar; charset=utf-8"
STEPS = (
    ("attend", lazy("Dự hội nghị")),
    ("write", lazy("Thu hoạch")),
    ("result", lazy("Kết quả")),
    ("certificate", lazy("Chứng nhận")),
)
MODULE_STEPS = {"write": Module.REFLECTIONS, "result": Module.GRADING, "certificate": Module.GRADING}


def organizer_mailbox() -> Mailbox:
    return Mailbox(*parseaddr(current_app.extensions["settings"].mail_from))


def feed_address(feed: Feed) -> str:
    settings = current_app.extensions["settings"]
    return f"{settings.address}{url_for('registry.calendar_feed', token=feed_token(settings.secret_key, feed))}"


# ---- the link


@bp.get("/p/<token>")
@allow(Role.ANYONE)
def open_link(token: str) -> ResponseReturnValue:
    """Exchange the personal link for a cookie at once, so that it leaves the address bar and every Referer."""
    if visits.visitor_of_token(token) is None:
        return render_template("registry/no_link.html"), 404
    response = redirect(url_for("registry.my_page"))
    visits.keep(response, token)
    return response


# ---- the page


@bp.get("/my/")
@allow(Role.ATTENDEE)
def my_page() -> ResponseReturnValue:
    return _my_page(access.attendee_themself(g.actor), Form())


def _my_page(attendee: Attendee, form: Form) -> str:
    conference = attendee.conference
    plan = told_plan(conference)
    there = whereabouts(attendee, plan)
    study_sessions = there.study_sessions
    at = clock.now()
    is_over = bool(study_sessions) and at > study_sessions[-1].ends_at
    makers = sorted(hook("my_page_parts", []), key=lambda part: part[0])
    parts = [make(attendee.id) for _order, make in makers if shown_by(conference, make)]
    counts = conference.uses(Module.CHECKIN)
    return render_template(
        "registry/my_page.html",
        attendee=attendee,
        person=attendee.person,
        conference=conference,
        first_day=study_sessions[0].held_on if study_sessions else conference.starts_on,
        days=[(one, session_word(one), _items(one, at)) for one in study_sessions],
        documents=_documents(conference.id, study_sessions),
        inside=_inside_a_sentence,
        title=plan.title,
        place=there.place,
        wave=there.wave,
        seat=there.seat,
        host_number=(there.place.host_phone if there.place else "").replace(" ", ""),
        steps=_steps(attendee, is_over=is_over),
        # The adapter makes it of digits alone; in the page itself it needs no second request.
        qr=Markup(qr_svg(attendee.ticket)) if attendee.ticket and counts and not conference.is_called_off else "",  # noqa: S704
        ticket_above=not is_over,
        parts=[part for part in parts if part],
        leaves=queries.leaves_of(attendee.id),
        substitutes=substitutes.substitutes_of(attendee.id),
        replaces=substitutes.replaced_by(attendee.id) if attendee.is_substitute else [],
        may_ask_leave=bool(study_sessions)
        and not conference.is_called_off
        and rules.may_still_ask_leave(study_sessions[0].starts_at, at),
        leave_until=study_sessions[0].starts_at - rules.LEAVE_CLOSES if study_sessions else None,
        session_choices=[(one.id, session_word(one)) for one in study_sessions],
        session_word=session_word,
        words=words,
        form=form,
        feed=feed_address(Feed(FeedKind.ATTENDEE, attendee.id, attendee.link_issue)),
    )


def _documents(conference_id: int, study_sessions: Sequence[GivenSession]) -> list[tuple[str, list[TopicDocument]]]:
    """Titles of the topics that somebody comes to, with what there is to read of each."""
    found = documents_of(conference_id)
    return [(topic.title, found[topic.id]) for one in study_sessions for topic in one.topics if topic.id in found]


def _inside_a_sentence(word: str) -> str:
    return word[:1].lower() + word[1:] if language() == "vi" else word


def _items(study_session: Any, at: Any) -> list[dict[str, Any]]:
    return [
        {
            "time": filters.clock(topic.starts_at),
            "title": topic.title,
            "note": topic.presenter.position or topic.presenter.name if topic.presenter else "",
            "state": "done" if topic.ends_at <= at else ("now" if topic.starts_at <= at else "todo"),
        }
        for topic in study_session.topics
    ]


def _steps(attendee: Attendee, *, is_over: bool) -> list[dict[str, Any]]:
    """The four nodes of an attendee's way. Later areas say how far theirs are."""
    known = hook("my_page_steps", {})
    steps = []
    for key, label in STEPS:
        if key in MODULE_STEPS and not attendee.conference.uses(MODULE_STEPS[key]):
            continue
        if key in known:
            state, address = known[key](attendee.id)
        else:
            state, address = ("done" if is_over else "now") if key == "attend" else "todo", None
        steps.append({"label": str(label), "state": state, "url": address})
    return steps


@bp.get("/my/ticket.svg")
@allow(Role.ATTENDEE)
def my_ticket() -> ResponseReturnValue:
    """The QR of the current ticket: digits in numeric mode, black on white in both themes."""
    attendee = access.attendee_themself(g.actor)
    if not attendee.ticket:
        abort(404)
    headers = {}
    if "download" in request.args:
        headers["Content-Disposition"] = f'attachment; filename="the-{attendee.number}.svg"'
    return Response(qr_svg(attendee.ticket), content_type="image/svg+xml", headers=headers)


@bp.get("/my/documents/<int:document_id>")
@allow(Role.ATTENDEE)
def my_document(document_id: int) -> ResponseReturnValue:
    """A document of a topic of the attendee's own conference."""
    attendee = access.attendee_themself(g.actor)
    return handed_out(document_in(attendee.conference_id, document_id))


@bp.get("/my/calendar.ics")
@allow(Role.ATTENDEE)
def my_calendar() -> ResponseReturnValue:
    """The summons as a calendar entry."""
    attendee = access.attendee_themself(g.actor)
    event = calendars.summons_event(
        attendee,
        attendee.conference,
        told_plan(attendee.conference),
        organizer=organizer_mailbox(),
        at=clock.now(),
    )
    if event is None:
        raise DomainError("not_found")
    return _ics(calendars.summons_calendar(event, attendee.conference), f"{attendee.conference.code}.ics")


@bp.post("/my/leave")
@allow(Role.ATTENDEE)
def ask_my_leave() -> ResponseReturnValue:
    attendee = access.attendee_themself(g.actor)
    study_sessions = sessions_of(attendee.wave_id, planning.programme_of(attendee.conference_id))
    form, study_session_id, reason = forms.read_leave(request.form, [one.id for one in study_sessions])
    if not form.is_valid:
        return _my_page(attendee, form), 422
    with transaction():
        actions.ask_leave(
            attendee=attendee,
            study_sessions=study_sessions,
            study_session_id=study_session_id,
            reason=reason,
            by=g.actor,
            at=clock.now(),
        )
    flash(_("Đã gửi đơn xin vắng. Ban Tổ chức trả lời ngay trên trang này."), "ok")
    return redirect(url_for("registry.my_page") + "#leave")


# ---- calendars to subscribe to


@bp.get("/calendar/<token>.ics")
@allow(Role.ANYONE)
def calendar_feed(token: str) -> ResponseReturnValue:
    feed = read_feed_token(current_app.extensions["settings"].secret_key, token)
    calendar = _calendar_of(feed) if feed else None
    if calendar is None:
        raise DomainError("not_found")
    response = _ics(calendar, "hoi-nghi.ics", inline=True)
    response.cache_control.private = True
    response.cache_control.max_age = int(timedelta(minutes=30).total_seconds())
    return response


def _calendar_of(feed: Feed) -> Calendar | None:
    at = clock.now()
    if feed.kind is FeedKind.ATTENDEE:
        return calendars.attendee_feed(feed.id, feed.issue, organizer=organizer_mailbox(), at=at)
    if feed.kind is FeedKind.SITE:
        return calendars.site_feed(feed.id, feed.issue, at=at)
    if feed.kind is FeedKind.PRESENTER:
        return calendars.presenter_feed(feed.id, feed.issue, at=at)
    return calendars.conference_feed(feed.id, feed.issue, at=at)


def _ics(calendar: Calendar, name: str, *, inline: bool = False) -> Response:
    response = Response(write_calendar(calendar))
    response.headers["Content-Type"] = f"{ICS}; method={calendar.method}"
    how = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    return response


@bp.get("/conferences/<code>/calendars")
@allow(Role.ADMIN, Role.ORGANIZER, Role.LEADER)
def calendar_list(code: str) -> ResponseReturnValue:
    """Every calendar of a conference with its address to hand on."""
    conference = enter_conference(code)
    return render_template(
        "registry/calendars.html",
        conference=conference,
        may_change=may_change(g.actor, conference),
        whole=feed_address(Feed(FeedKind.CONFERENCE, conference.id, conference.feed_issue)),
        sites=[
            (joined.site, feed_address(Feed(FeedKind.SITE, joined.id, conference.feed_issue)))
            for joined in calendars.joined_sites(conference.id)
        ],
        presenters=[
            (presenter, feed_address(Feed(FeedKind.PRESENTER, presenter.id, presenter.feed_issue)))
            for presenter in calendars.presenters_of(conference.id)
        ],
    )


@bp.post("/conferences/<code>/calendars/renew")
@allow(Role.ADMIN, Role.ORGANIZER)
def renew_calendars(code: str) -> ResponseReturnValue:
    """End every address of the conference's calendars, for who had one that should not: the page shows the new ones."""
    conference = enter_to_change(code)
    with transaction():
        feed_actions.renew_feeds(conference=conference, by=g.actor, at=clock.now())
    flash(_("Các địa chỉ cũ đã hết hiệu lực. Mời đồng chí gửi địa chỉ mới cho người cần."), "ok")
    return redirect(url_for("registry.calendar_list", code=conference.code))
