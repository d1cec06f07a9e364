"""The pages of a merger: naming the units, seeing what follows, and what has become of it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.directory.access import may_rename, unit_for
from conference.directory.models import Unit
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.registry.mergers import actions, queries
from conference.registry.mergers.forms import read_merger
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _

bp = Blueprint("mergers", __name__)
CHANGERS = (Role.ADMIN, Role.ORGANIZER)


def _enter() -> None:
    if not may_rename(g.actor):
        raise DomainError("forbidden")


def _merger(unit_id: int, day: str) -> tuple[Unit, date]:
    """The successor and the day of a merger that stands. Raises ``not_found``."""
    _enter()
    successor = unit_for(g.actor, unit_id)
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise DomainError("not_found") from error
    if not queries.merged_into(successor.id, on):
        raise DomainError("not_found")
    return successor, on


@bp.get("/units/merge")
@allow(*CHANGERS)
def new() -> ResponseReturnValue:
    _enter()
    return render_template("registry/mergers/new.html", form=Form())


@bp.post("/units/merge")
@allow(*CHANGERS)
def merge() -> ResponseReturnValue:
    """First shown with what follows from it; carried out once somebody has said so."""
    _enter()
    form, merger = read_merger(request.form)
    if merger is None:
        return render_template("registry/mergers/new.html", form=form), 422
    ids = [unit.id for unit in merger.units]
    if request.form.get("sure") != "1":
        return render_template(
            "registry/mergers/preview.html",
            form=form,
            merger=merger,
            parts=queries.parts_of(ids),
            touched=queries.touched(ids, merger.day),
        )
    with transaction():
        actions.merge_units(unit_ids=ids, successor_id=merger.successor.id, day=merger.day, by=g.actor, at=clock.now())
    flash(_("Đã ghi: %(count)s đơn vị kết thúc từ %(day)s.", count=len(ids), day=filters.day(merger.day)), "ok")
    return redirect(url_for(".merged", unit_id=merger.successor.id, day=merger.day.isoformat()), 303)


@bp.get("/units/<int:unit_id>/merged/<day>")
@allow(*CHANGERS)
def merged(unit_id: int, day: str) -> ResponseReturnValue:
    successor, on = _merger(unit_id, day)
    ids = [unit.id for unit in queries.merged_into(successor.id, on)]
    parts = queries.parts_of(ids)
    return render_template(
        "registry/mergers/merged.html",
        successor=successor,
        day=on,
        parts=parts,
        people=sum(part.people for part in parts),
        touched=queries.touched(ids, on),
        is_final=queries.have_gone_along(ids),
    )


@bp.post("/units/<int:unit_id>/merged/<day>/follow")
@allow(*CHANGERS)
def follow(unit_id: int, day: str) -> ResponseReturnValue:
    successor, on = _merger(unit_id, day)
    with transaction():
        count = actions.go_along(successor_id=successor.id, day=on, by=g.actor, at=clock.now())
    flash(_("Đã chuyển %(count)s người sang đơn vị tiếp nhận.", count=filters.number(count)), "ok")
    return redirect(url_for(".merged", unit_id=unit_id, day=day), 303)


@bp.post("/units/<int:unit_id>/merged/<day>/undo")
@allow(*CHANGERS)
def undo(unit_id: int, day: str) -> ResponseReturnValue:
    successor, on = _merger(unit_id, day)
    with transaction():
        count = actions.take_back(successor_id=successor.id, day=on, by=g.actor, at=clock.now())
    flash(_("Đã bỏ sáp nhập: %(count)s đơn vị hoạt động như cũ.", count=filters.number(count)), "ok")
    return redirect(url_for("directory.unit", unit_id=unit_id), 303)
