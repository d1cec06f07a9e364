"""Units in their tree, with the people of each and of all below."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.directory import access, actions, queries, words
from conference.directory.forms import read_unit_names
from conference.directory.models import Unit
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("directory", __name__)
READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER)


@bp.get("/units")
@allow(*READERS)
def units() -> ResponseReturnValue:
    visible = access.visible_units(g.actor)
    page = queries.units_page(visible, ask_from_request("q", "level", "kind"))
    return render_template(
        "directory/units.html",
        page=addressed(page),
        levels=queries.levels(visible),
        counts=queries.people_counts(),
        may_rename=access.may_rename(g.actor),
        words=words,
    )


@bp.get("/units/<int:unit_id>")
@allow(*READERS)
def unit(unit_id: int) -> ResponseReturnValue:
    found = access.unit_for(g.actor, unit_id)
    return render_template(
        "directory/unit.html",
        unit=found,
        line=queries.line_of(found, access.visible_units(g.actor)),
        children=queries.children_of(found.id),
        counts=queries.people_counts(queries.below(found.path)),
        may_rename=access.may_rename(g.actor),
        successor=db.session.get(Unit, found.successor_id) if found.successor_id else None,
        predecessors=queries.predecessors_of(found.id),
        words=words,
    )


@bp.get("/units/<int:unit_id>/people")
@allow(*READERS)
def people(unit_id: int) -> ResponseReturnValue:
    """Whom a figure stands for: names, positions and units, nothing else about a person."""
    found = access.unit_for(g.actor, unit_id)
    page = queries.people_page(found, ask_from_request("q"))
    return render_template("directory/people.html", unit=found, page=addressed(page))


@bp.get("/units/<int:unit_id>/edit")
@allow(Role.ADMIN, Role.ORGANIZER)
def edit_unit(unit_id: int) -> ResponseReturnValue:
    found = _unit_to_rename(unit_id)
    form = Form()
    form.values = {"name": found.name, "short_name": found.short_name, "was": found.name}
    return render_template("directory/edit.html", unit=found, form=form)


@bp.post("/units/<int:unit_id>/edit")
@allow(Role.ADMIN, Role.ORGANIZER)
def rename_unit(unit_id: int) -> ResponseReturnValue:
    found = _unit_to_rename(unit_id)
    form, names = read_unit_names(request.form)
    if not form.is_valid:
        return render_template("directory/edit.html", unit=found, form=form), 422
    try:
        with transaction():
            actions.rename_unit(
                unit=found,
                was=form.values.get("was", ""),
                name=names.name,
                short_name=names.short_name,
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code != "changed_meanwhile":
            raise
        found = _unit_to_rename(unit_id)
        form.fault("name", _("Tên vừa được người khác đổi thành “%(name)s”.", name=found.name), _("Tên đơn vị"))
        form.values["was"] = found.name
        return render_template("directory/edit.html", unit=found, form=form), 409
    flash(_("Đã lưu tên đơn vị."), "ok")
    return redirect(url_for("directory.unit", unit_id=unit_id))


def _unit_to_rename(unit_id: int) -> Unit:
    if not access.may_rename(g.actor):
        raise DomainError("forbidden")
    return access.unit_for(g.actor, unit_id)
