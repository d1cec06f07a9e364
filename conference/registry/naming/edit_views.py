"""Correcting a person on the list: the organizer at any time, the own unit's officer until the list is frozen."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.directory.models import Sex
from conference.foundation import clock
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning.entry import enter_to_name
from conference.planning.models import Conference
from conference.registry import words as people_words
from conference.registry.access import attendee_to_speak_for, reach_of
from conference.registry.editing import PersonFacts, edit_person, facts_of, stamp_of
from conference.registry.models import Attendee
from conference.registry.naming import actions, forms, quotas
from conference.registry.naming.rules import is_frozen
from conference.registry.naming.views import SPEAKERS, bp
from conference.registry.rules import Reach
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _


def _step_in(code: str, number: int) -> tuple[Conference, Reach, Attendee]:
    """Raises ``list_frozen_for_units`` for an officer once the list is frozen."""
    conference = enter_to_name(code)
    reach = reach_of(g.actor, conference)
    attendee = attendee_to_speak_for(reach, conference, number)
    rule = actions.rule_of(conference.id)
    if not reach.may_change and rule is not None and is_frozen(rule.freezes_at, clock.now()):
        raise DomainError("list_frozen_for_units")
    return conference, reach, attendee


@bp.get("/conferences/<code>/people/<int:number>/edit")
@allow(*SPEAKERS)
def edit_delegate(code: str, number: int) -> ResponseReturnValue:
    conference, _reach, attendee = _step_in(code, number)
    facts = facts_of(attendee)
    values = {
        "full_name": facts.full_name,
        "birth": filters.day(facts.birth_date) if facts.birth_date else "",
        "sex": facts.sex.value if facts.sex else "",
        "position": facts.position,
        "phone": facts.phone,
        "email": facts.email,
        "stamp": stamp_of(facts),
    }
    return _page(conference, attendee, Form(values), [str(id) for id in facts.categories or ()])


def _page(conference: Conference, attendee: Attendee, form: Form, chosen: list[str], **more: Any) -> str:
    return render_template(
        "registry/naming/edit.html",
        conference=conference,
        attendee=attendee,
        form=form,
        chosen=chosen,
        categories=quotas.categories(),
        sexes=[(key.value, str(word)) for key, word in people_words.SEXES.items()],
    )


@bp.post("/conferences/<code>/people/<int:number>/edit")
@allow(*SPEAKERS)
def change_delegate(code: str, number: int) -> ResponseReturnValue:
    conference, reach, attendee = _step_in(code, number)
    form = Form(request.form)
    who = forms.read_identity(form)
    chosen = request.form.getlist("categories")
    categories = forms.read_categories(form, chosen, [id for id, _name in quotas.categories()])
    if not form.is_valid:
        return _page(conference, attendee, form, chosen), 422
    year = attendee.person.birth_year if who.birth is None else None
    facts = PersonFacts(
        full_name=who.name,
        birth_date=who.birth,
        birth_year=year if who.birth is None else who.birth.year,
        sex=Sex(who.sex) if who.sex else None,
        position=who.position,
        phone=who.phone,
        email=who.email,
        categories=sorted(categories),
    )
    with transaction():
        attendee = attendee_to_speak_for(reach, conference, number)
        changed = edit_person(
            attendee=attendee, facts=facts, stamp=request.form.get("stamp", ""), by=g.actor, at=clock.now()
        )
    flash(_("Đã lưu thông tin.") if changed else _("Không có gì thay đổi."), "ok")
    return redirect(url_for("registry.person", code=conference.code, number=number), 303)
