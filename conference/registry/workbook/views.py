"""The organizer's workbook: taking it along, sending it back, seeing what differs, bringing that in."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from re import fullmatch

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.sheet_bounds import MAX_FILE_BYTES
from conference.adapters.spreadsheet import check_file, read_workbook, write_workbook
from conference.directory.access import may_rename
from conference.foundation import chance, clock
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.entry import enter_to_change
from conference.planning.models import Conference
from conference.planning.views import CHANGERS
from conference.registry.imports.queries import known_units
from conference.registry.lists.units import UnitIndex
from conference.registry.workbook import actions, content, queries, words
from conference.registry.workbook.comparison import compare
from conference.registry.workbook.rules import Differences, Kind
from conference.web.errors import SENTENCES, sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _

bp = Blueprint("workbook", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT_FOR = timedelta(days=1)
MOST_SHOWN = 300


@bp.get("/conferences/<code>/workbook")
@allow(*CHANGERS)
def start(code: str) -> ResponseReturnValue:
    return _start_page(enter_to_change(code), Form())


def _start_page(conference: Conference, form: Form) -> str:
    return render_template("registry/workbook/start.html", conference=conference, form=form, sheets=content.SHEETS)


@bp.get("/conferences/<code>/workbook.xlsx")
@allow(*CHANGERS)
def export(code: str) -> ResponseReturnValue:
    """Everything as it stands, to be edited and sent back."""
    conference = enter_to_change(code)
    made = BytesIO()
    write_workbook(made, content.tables_of(list(queries.standing(conference).values())))
    with transaction():
        record(by=g.actor, at=clock.now(), action="workbook.export", subject=("conference", conference.id))
    made.seek(0)
    return send_file(made, mimetype=XLSX, as_attachment=True, download_name=f"so-ban-to-chuc-{conference.code}.xlsx")


def _folder(conference: Conference) -> Path:
    folder: Path = current_app.extensions["settings"].data_dir / "files" / "workbooks" / str(conference.id)
    return folder


def _forget_old(folder: Path) -> None:
    """A workbook that nobody decided on within a day goes; it can be sent again."""
    for file in folder.glob("*"):
        if clock.now().timestamp() - file.stat().st_mtime > KEPT_FOR.total_seconds():
            file.unlink(missing_ok=True)


@bp.post("/conferences/<code>/workbook")
@allow(*CHANGERS)
def send(code: str) -> ResponseReturnValue:
    """Take an edited workbook in. Nothing of the conference changes."""
    conference = enter_to_change(code)
    form, sent = Form(), request.files.get("file")
    label = _("Tệp Excel")
    if sent is None or not sent.filename:
        form.fault("file", _("Mời chọn tệp đã sửa."), label)
        return _start_page(conference, form), 422
    data = sent.stream.read(MAX_FILE_BYTES + 1)
    try:
        check_file(sent.filename, data)
        content.read(read_workbook(sent.filename, data), UnitIndex(known_units(conference.id)))
    except DomainError as error:
        form.fault("file", sentence_of(error), label)
        return _start_page(conference, form), SENTENCES[error.code][0]
    folder, name = _folder(conference), chance.uuid().hex
    folder.mkdir(parents=True, exist_ok=True)
    _forget_old(folder)
    (folder / f"{name}.{sent.filename.rpartition('.')[2].lower()[:4]}").write_bytes(data)
    return redirect(url_for(".preview", code=code, name=name), 303)


def _kept(conference: Conference, name: str) -> Path:
    """The file under this drawn name, of this conference. Raises ``not_found``."""
    found = next(iter(_folder(conference).glob(f"{name}.*")), None) if fullmatch(r"[0-9a-f]{32}", name) else None
    if found is None:
        raise DomainError("not_found")
    return found


def _differences(conference: Conference, file: Path) -> Differences:
    found = content.read(read_workbook(file.name, file.read_bytes()), UnitIndex(known_units(conference.id)))
    known = queries.known(
        conference,
        numbers=any(row.kind is Kind.PIN and row.values.get("number") for row in found.sent),
        may_change_units=may_rename(g.actor),
        at=clock.now(),
    )
    differences = compare(queries.standing(conference), found.base, found.sent, known)
    differences.rejected[:0] = found.rejected
    return differences


@bp.get("/conferences/<code>/workbook/<name>")
@allow(*CHANGERS)
def preview(code: str, name: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = _differences(conference, _kept(conference, name))
    return render_template(
        "registry/workbook/preview.html",
        conference=conference,
        name=name,
        found=found,
        sure=[change for change in found.changes if not change.is_conflict],
        conflicts=[change for change in found.changes if change.is_conflict],
        most=MOST_SHOWN,
        words=words,
    )


@bp.post("/conferences/<code>/workbook/<name>/apply")
@allow(*CHANGERS)
def apply(code: str, name: str) -> ResponseReturnValue:
    """Carry out what differs now, so that what somebody changed since the preview is not run over."""
    conference = enter_to_change(code)
    file = _kept(conference, name)
    with transaction():
        differences = _differences(conference, file)
        done = actions.bring_back(
            conference=conference,
            differences=differences,
            take=frozenset(request.form.getlist("take")),
            by=g.actor,
            at=clock.now(),
        )
    file.unlink(missing_ok=True)
    flash(_("Đã đưa %(count)s thay đổi từ tệp vào hội nghị.", count=done), "ok")
    kinds = {change.kind for change in differences.changes} | {row.kind for row in differences.new}
    return redirect(url_for("naming.quota_list" if kinds == {Kind.QUOTA} else ".start", code=code), 303)


@bp.post("/conferences/<code>/workbook/<name>/discard")
@allow(*CHANGERS)
def discard(code: str, name: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    _kept(conference, name).unlink(missing_ok=True)
    flash(_("Đã bỏ tệp này. Không có gì thay đổi."))
    return redirect(url_for(".start", code=code), 303)
