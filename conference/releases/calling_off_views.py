"""Calling a whole conference off: what it would mean, the letters about it, and holding it after all."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask import request as sent
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.notices import actions as notices
from conference.notices.models import MailState
from conference.notices.views import domain, enter_as_organizer, may_send
from conference.notices.words import STATES
from conference.planning.forms import read_version
from conference.planning.models import ConferenceState
from conference.planning.queries import programme_of
from conference.planning.views import plan_faults
from conference.releases import calling_off
from conference.releases.views import bp
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _

__all__ = ["bp"]  # the area's blueprint, with every route of it


@bp.get("/conferences/<code>/call-off")
@allow(Role.ORGANIZER)
def calling_off_page(code: str) -> ResponseReturnValue:
    conference = enter_as_organizer(code)
    is_off = conference.is_called_off
    is_published = conference.state is ConferenceState.PUBLISHED
    has_begun = is_published and calling_off.have_doors_opened(conference.id, clock.now())
    letters = calling_off.letters_by_state(conference.id) if is_off else {}
    faults = plan_faults(conference, programme_of(conference.id)) if is_off else []
    return render_template(
        "releases/call_off.html",
        conference=conference,
        is_off=is_off,
        is_published=is_published,
        has_begun=has_begun,
        found=calling_off.consequences_of(conference.id),
        letters=list(letters.items()),
        held=letters.get(MailState.HELD, 0),
        left=sum(count for state, count in letters.items() if state not in notices.UNSENT),
        may_send=may_send(conference),
        blocking=sum(line.blocks for line in faults),
        states=STATES,
    )


@bp.post("/conferences/<code>/call-off")
@allow(Role.ORGANIZER)
def call_off(code: str) -> ResponseReturnValue:
    """Calendars cancel it at once; the letters wait until somebody sends them."""
    conference = enter_as_organizer(code)
    with transaction():
        letters = calling_off.call_off(
            conference=conference,
            version=read_version(Form(sent.form)),
            domain=domain(),
            by=g.actor,
            at=clock.now(),
        )
    flash(
        _("Đã hủy hội nghị. %(count)s thư báo hủy đang giữ đến khi đồng chí gửi.", count=filters.number(letters)), "ok"
    )
    return redirect(url_for("releases.calling_off_page", code=conference.code))


@bp.post("/conferences/<code>/call-off/send")
@allow(Role.ORGANIZER)
def send_call_off(code: str) -> ResponseReturnValue:
    """Let the letters about it go. Pressing twice sends each once."""
    conference = enter_as_organizer(code)
    if not may_send(conference):
        raise DomainError("mail_stays_inside")
    with transaction():
        count = notices.send_call_off(conference_id=conference.id, by=g.actor, at=clock.now())
    flash(_("%(count)s thư được đưa vào hàng gửi.", count=filters.number(count)), "ok")
    return redirect(url_for("releases.calling_off_page", code=conference.code))


@bp.post("/conferences/<code>/call-off/undo")
@allow(Role.ORGANIZER)
def hold_after_all(code: str) -> ResponseReturnValue:
    """It is held after all: the next release, with a new summons for who was told that it is off."""
    conference = enter_as_organizer(code)
    with transaction():
        faults = plan_faults(conference, programme_of(conference.id))
        release, letters = calling_off.hold_after_all(
            conference=conference,
            version=read_version(Form(sent.form)),
            blocking=sum(line.blocks for line in faults),
            domain=domain(),
            note=_("Tổ chức lại sau khi đã hủy"),
            by=g.actor,
            at=clock.now(),
        )
    flash(
        _(
            "Đã phát hành bản %(number)s. %(letters)s thư đã viết, đang giữ đến khi đồng chí gửi.",
            number=release.number,
            letters=filters.number(letters.all),
        ),
        "ok",
    )
    return redirect(url_for("releases.release", code=conference.code, number=release.number))
