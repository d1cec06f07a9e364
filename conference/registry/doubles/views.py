"""The organizer's page of possible doubles: two lines side by side, one decision each."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.planning.entry import enter_to_change
from conference.planning.models import Conference
from conference.registry.access import attendee_to_change, reach_of
from conference.registry.doubles import actions, queries
from conference.registry.doubles.rules import Likeness
from conference.registry.models import Attendee
from conference.web.guard import allow
from conference.web.words import _, lazy

bp = Blueprint("doubles", __name__)
SHOWN = 20
WORDS = {
    Likeness.SAME_PERSON: lazy("Cùng họ tên, cùng ngày sinh hoặc điện thoại"),
    Likeness.SAME_CONTACT: lazy("Cùng tên, cùng điện thoại hoặc thư điện tử"),
    Likeness.NEAR_BIRTH: lazy("Cùng họ tên và đơn vị, ngày sinh gần giống"),
}


@bp.get("/conferences/<code>/doubles")
@allow(Role.ORGANIZER)
def doubles(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    pairs = queries.possible_doubles(conference.id)
    people = queries.attendees_of(pairs[:SHOWN])
    return render_template(
        "registry/doubles/doubles.html",
        conference=conference,
        pairs=[(people[pair.first], people[pair.second], WORDS[pair.likeness]) for pair in pairs[:SHOWN]],
        acted=actions.with_facts(people),
        total=len(pairs),
        merges=queries.merges_of(conference.id),
    )


@bp.post("/conferences/<code>/doubles")
@allow(Role.ORGANIZER)
def decide_double(code: str) -> ResponseReturnValue:
    """Merge two lines, keeping the one whose number is ``keep``, or say that they are two people."""
    conference = enter_to_change(code)
    decision = request.form.get("decision", "")
    if decision not in ("merge", "apart"):
        raise DomainError("decision_missing")
    first, second = _attendee(conference, "keep"), _attendee(conference, "other")
    with transaction():
        if decision == "merge":
            merged = actions.merge(conference=conference, first=first, second=second, by=g.actor, at=clock.now())
        else:
            actions.tell_apart(first=first, second=second, by=g.actor, at=clock.now())
    if decision == "merge":
        numbers = {first.id: first.number, second.id: second.number}
        flash(
            _("Đã gộp, giữ thẻ số %(number)s. Thẻ và đường dẫn kia vẫn dùng được.", number=numbers[merged.kept_id]),
            "undo:" + url_for(".undo_merge", code=conference.code, merge_id=merged.id),
        )
    else:
        flash(_("Đã ghi nhận là hai người, sẽ không hỏi lại."), "ok")
    return redirect(url_for(".doubles", code=conference.code), 303)


def _attendee(conference: Conference, field: str) -> Attendee:
    number = row_number(request.form.get(field, ""))
    if number is None:
        raise DomainError("bad_request")
    return attendee_to_change(reach_of(g.actor, conference), conference, number)


@bp.post("/conferences/<code>/doubles/<int:merge_id>/undo")
@allow(Role.ORGANIZER)
def undo_merge(code: str, merge_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = queries.merge_in(conference.id, merge_id)
    if found is None:
        raise DomainError("not_found")
    with transaction():
        actions.undo(merge=db.session.merge(found), by=g.actor, at=clock.now())
    flash(_("Đã bỏ gộp, hai người như cũ."), "ok")
    return redirect(url_for(".doubles", code=conference.code), 303)
