"""For organizers and for officers of units: what their people have said they will do, on the page and as a sheet."""

from __future__ import annotations

from io import BytesIO

from flask import g, render_template, request, send_file
from flask.typing import ResponseReturnValue

from conference.adapters.spreadsheet import write_workbook
from conference.directory.models import Unit
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.aside import aside
from conference.foundation.db import transaction
from conference.foundation.sheets import Cell, Table
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.reflections import access
from conference.reflections.commitments import Promised, all_commitments, commitments_page
from conference.reflections.views import bp, unit_within
from conference.registry.access import reach_of
from conference.registry.actions import note_export
from conference.registry.rules import Reach
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

GATHERERS = (Role.ORGANIZER, Role.UNIT_OFFICER)
"""Whom the writing page names to the writer: nobody else reads what somebody has said they will do."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = (9, 28, 26, 40, 50, 20, 36)


def _asked(code: str, unit: str) -> tuple[Conference, Unit | None, list[str] | None]:
    """The conference, the unit that was asked for, and the branches that are shown; None for all."""
    conference = enter_conference(code)
    reach = reach_of(g.actor, conference)
    access.check_gathers(reach)
    asked = unit_within(reach, unit)
    return conference, asked, [asked.path] if asked is not None else _branches(reach)


def _branches(reach: Reach) -> list[str] | None:
    return None if reach.is_whole else sorted(reach.unit_paths)


@bp.get("/conferences/<code>/reflections/commitments")
@allow(*GATHERERS)
def commitments(code: str) -> ResponseReturnValue:
    ask = ask_from_request("unit")
    conference, unit, within = _asked(code, ask.query.get("unit", ""))
    page = commitments_page(conference.id, ask, within=within)
    return render_template("reflections/commitments.html", conference=conference, page=addressed(page), unit=unit)


@bp.get("/conferences/<code>/reflections/commitments.xlsx")
@allow(*GATHERERS)
def commitments_sheet(code: str) -> ResponseReturnValue:
    """A line each, unit by unit. Who took it is in the journal."""
    conference, _unit, within = _asked(code, request.args.get("unit", ""))
    people = list(all_commitments(conference.id, within=within))
    head = [_("Số thẻ"), _("Họ và tên"), _("Chức vụ"), _("Đơn vị"), _("Việc sẽ làm"), _("Thời hạn"), _("Thước đo")]
    rows = (row for person in people for row in _rows(person))
    with transaction():
        note_export(conference_id=conference.id, count=len(people), by=g.actor, at=clock.now())
    target = BytesIO()
    aside(write_workbook, target, [Table(_("Việc sẽ làm"), head, rows, WIDTHS)])
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=f"viec-se-lam-{conference.code}.xlsx")


def _rows(person: Promised) -> list[list[Cell]]:
    whose: list[Cell] = [person.number, person.full_name, person.position, person.unit]
    return [[*whose, one.what, one.due, one.measure] for one in person.lines]
