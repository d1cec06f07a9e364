"""For the person: what is kept of them, a file of it, and the wish to be erased."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.privacy import actions, collecting, queries, words
from conference.privacy.archive_views import send_archive
from conference.privacy.rules import BACKUP_DAYS
from conference.privacy.views import bp
from conference.registry.access import attendee_themself
from conference.web.guard import allow
from conference.web.words import _


@bp.get("/my/data")
@allow(Role.ATTENDEE)
def mine() -> ResponseReturnValue:
    attendee = attendee_themself(g.actor)
    return render_template(
        "privacy/mine.html",
        attendee=attendee,
        conference=attendee.conference,
        register=words.REGISTER,
        wish=queries.request_of(attendee.id),
        wish_words=words.REQUESTS,
        backup_days=BACKUP_DAYS,
    )


@bp.post("/my/data.zip")
@allow(Role.ATTENDEE)
def take_mine() -> ResponseReturnValue:
    """What is kept of the person in this conference: the link is of one conference, and so is what it opens."""
    attendee = attendee_themself(g.actor)
    with transaction():
        actions.note_export(attendee_id=attendee.id, by=g.actor, at=clock.now())
    called = collecting.called_as(attendee.person_id, {attendee.conference_id})
    return send_archive(collecting.data_of(called, with_papers=True), f"du-lieu-{attendee.conference.code}")


@bp.post("/my/data/erasure")
@allow(Role.ATTENDEE)
def ask_erasure() -> ResponseReturnValue:
    with transaction():
        actions.ask(attendee_id=attendee_themself(g.actor).id, by=g.actor, at=clock.now())
    flash(_("Đã gửi yêu cầu. Ban Tổ chức trả lời trên trang này."), "ok")
    return redirect(url_for("privacy.mine"), 303)


@bp.post("/my/data/erasure/take-back")
@allow(Role.ATTENDEE)
def take_back_erasure() -> ResponseReturnValue:
    with transaction():
        actions.take_back(attendee_id=attendee_themself(g.actor).id, by=g.actor, at=clock.now())
    flash(_("Đã rút yêu cầu xóa. Không có gì thay đổi."), "ok")
    return redirect(url_for("privacy.mine"), 303)
