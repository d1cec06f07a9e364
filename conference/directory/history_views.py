"""The history of units on screen: one begins, one ends, its people follow the one that takes its place."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.directory import access, actions, queries, words
from conference.directory.forms import read_ending, read_new_unit
from conference.directory.models import Unit, UnitKind
from conference.directory.views import bp
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _

CHANGERS = (Role.ADMIN, Role.ORGANIZER)
SHOWN = 20


def _unit_to_change(unit_id: int) -> Unit:
    found = access.unit_for(g.actor, unit_id)
    if not access.may_rename(g.actor):
        raise DomainError("forbidden")
    return found


@bp.get("/units/new")
@allow(*CHANGERS)
def new_unit() -> ResponseReturnValue:
    if not access.may_rename(g.actor):
        raise DomainError("forbidden")
    above = row_number(request.args.get("parent", ""))
    parent = access.unit_for(g.actor, above) if above is not None else None
    return _new_page(Form({"parent": parent.code if parent else "", "kind": UnitKind.GRASSROOTS}))


def _new_page(form: Form) -> str:
    kinds = [(key.value, str(word)) for key, word in words.KINDS.items()]
    return render_template("directory/new_unit.html", form=form, kinds=kinds)


@bp.post("/units/new")
@allow(*CHANGERS)
def found_unit() -> ResponseReturnValue:
    if not access.may_rename(g.actor):
        raise DomainError("forbidden")
    form, new = read_new_unit(request.form)
    if new is None:
        return _new_page(form), 422
    with transaction():
        unit = actions.found_unit(
            code=new.code,
            name=new.name,
            short_name=new.short_name,
            kind=new.kind,
            parent=db.session.merge(new.parent),
            valid_from=new.valid_from,
            by=g.actor,
            at=clock.now(),
        )
    flash(_("Đã thêm đơn vị %(name)s.", name=unit.name), "ok")
    return redirect(url_for("directory.unit", unit_id=unit.id), 303)


@bp.get("/units/<int:unit_id>/end")
@allow(*CHANGERS)
def ending(unit_id: int) -> ResponseReturnValue:
    unit = _unit_to_change(unit_id)
    successor = db.session.get(Unit, unit.successor_id) if unit.successor_id else None
    day = filters.day(unit.valid_to) if unit.valid_to else ""
    return _ending_page(unit, Form({"valid_to": day, "successor": successor.code if successor else ""}))


def _ending_page(unit: Unit, form: Form) -> str:
    return render_template("directory/end_unit.html", unit=unit, form=form, children=queries.living_children(unit.id))


@bp.post("/units/<int:unit_id>/end")
@allow(*CHANGERS)
def end_unit(unit_id: int) -> ResponseReturnValue:
    unit = _unit_to_change(unit_id)
    form, end = read_ending(request.form, unit)
    if end is None:
        return _ending_page(unit, form), 422
    with transaction():
        actions.end_unit(
            unit=access.unit_for(g.actor, unit_id),
            valid_to=end.valid_to,
            successor=end.successor,
            by=g.actor,
            at=clock.now(),
        )
    flash(
        _("Đã ghi: đơn vị kết thúc từ %(day)s.", day=filters.day(end.valid_to)),
        "undo:" + url_for("directory.reopen_unit", unit_id=unit_id),
    )
    way = "directory.following" if end.successor is not None else "directory.unit"
    return redirect(url_for(way, unit_id=unit_id), 303)


@bp.post("/units/<int:unit_id>/reopen")
@allow(*CHANGERS)
def reopen_unit(unit_id: int) -> ResponseReturnValue:
    _unit_to_change(unit_id)
    with transaction():
        actions.reopen_unit(unit=access.unit_for(g.actor, unit_id), by=g.actor, at=clock.now())
    flash(_("Đơn vị hoạt động như cũ."), "ok")
    return redirect(url_for("directory.unit", unit_id=unit_id), 303)


@bp.get("/units/<int:unit_id>/follow")
@allow(*CHANGERS)
def following(unit_id: int) -> ResponseReturnValue:
    """Who would follow the successor, before anybody does."""
    unit = _unit_to_change(unit_id)
    if unit.valid_to is None or unit.successor_id is None:
        raise DomainError("unit_without_successor")
    return render_template(
        "directory/follow.html",
        unit=unit,
        successor=db.session.get_one(Unit, unit.successor_id),
        people=queries.own_people(unit.id, SHOWN),
        total=queries.own_count(unit.id),
    )


@bp.post("/units/<int:unit_id>/follow")
@allow(*CHANGERS)
def follow_successor(unit_id: int) -> ResponseReturnValue:
    _unit_to_change(unit_id)
    with transaction():
        count = actions.follow_successor(unit=access.unit_for(g.actor, unit_id), by=g.actor, at=clock.now())
    flash(_("Đã chuyển %(count)s người sang đơn vị tiếp nhận.", count=filters.number(count)), "ok")
    return redirect(url_for("directory.unit", unit_id=unit_id), 303)
