"""Uploading lists, seeing what they would do, deciding, bringing them in, taking them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from conference.adapters.sheet_bounds import MAX_FILE_BYTES
from conference.adapters.spreadsheet import check_file, write_workbook
from conference.foundation import chance, clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Job, JobState
from conference.foundation.paging import Page
from conference.foundation.sheets import Table
from conference.planning.entry import enter_to_change
from conference.planning.models import Conference
from conference.registry.imports import access, actions, queries, taking_back, words
from conference.registry.imports.actions import StoredFile
from conference.registry.imports.forms import read_mapping
from conference.registry.imports.jobs import files_folder
from conference.registry.imports.models import ImportBatch
from conference.registry.imports.rules import BatchState, FindingKind
from conference.web.errors import SENTENCES, sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("imports", __name__)
MOST_FILES = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REJECTED = "rejected"
SHEETS = "sheets"


@bp.get("/conferences/<code>/imports/")
@allow(Role.ORGANIZER, Role.ADMIN)
def batches(code: str) -> ResponseReturnValue:
    return _start_page(enter_to_change(code), [])


def _start_page(conference: Conference, refusals: list[str], status: int = 200) -> ResponseReturnValue:
    form = Form()
    for refusal in refusals:
        form.fault("files", refusal, _("Tệp danh sách"))
    page = render_template(
        "registry/imports/start.html",
        conference=conference,
        batches=queries.batches_of(conference.id),
        form=form,
        refusals=refusals,
        words=words,
    )
    return page, status


@bp.post("/conferences/<code>/imports/")
@allow(Role.ORGANIZER, Role.ADMIN)
def upload(code: str) -> ResponseReturnValue:
    """Take files in. One that we would not read is named with its reason, and does not hold up the others."""
    conference = enter_to_change(code)
    sent = [file for file in request.files.getlist("files") if file.filename]
    if len(sent) > MOST_FILES:
        raise DomainError("import_too_many_files", most=MOST_FILES)
    stored: list[StoredFile] = []
    refused: list[DomainError] = []
    for file in sent:
        try:
            stored.append(_store(file, {one.sha256: one.name for one in stored}))
        except DomainError as error:
            refused.append(error)
    if not stored:
        refused = refused or [DomainError("import_no_files")]
        return _start_page(conference, [sentence_of(refusal) for refusal in refused], SENTENCES[refused[0].code][0])
    with transaction():
        batch = actions.start_import(conference=conference, files=stored, by=g.actor, at=clock.now())
    for refusal in refused:
        flash(sentence_of(refusal), "bad")
    return redirect(url_for(".preview", code=code, batch_id=batch.id), 303)


def _store(file: FileStorage, earlier: Mapping[str, str]) -> StoredFile:
    """Keep one uploaded file under a name of ours, once it is known to be a list we would read."""
    name = PurePath((file.filename or "").replace("\\", "/")).name[:200] or "?"
    content = file.stream.read(MAX_FILE_BYTES + 1)
    check_file(name, content)
    digest = sha256(content).hexdigest()
    if digest in earlier:
        raise DomainError("sheet_twice", file=name, other=earlier[digest])
    stored_as = chance.uuid().hex
    folder = files_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / stored_as).write_bytes(content)
    return StoredFile(name, stored_as, len(content), digest)


@bp.get("/conferences/<code>/imports/<int:batch_id>")
@allow(Role.ORGANIZER, Role.ADMIN)
def preview(code: str, batch_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    batch = access.import_in(conference, batch_id)
    if batch.state in (BatchState.READING, BatchState.APPLYING):
        return render_template("registry/imports/working.html", conference=conference, batch=batch, job=_job(batch))
    figures = batch.figures or {}
    shown = _shown(figures)
    return render_template(
        "registry/imports/preview.html",
        conference=conference,
        batch=batch,
        figures=figures,
        shown=shown,
        page=_page(batch, shown),
        first_rejects=_page(batch, REJECTED) if shown != REJECTED and figures.get("rejected") else None,
        sheet=_sheet_to_show(batch),
        unread=[
            (file, at, sheet) for file in batch.files for at, sheet in enumerate(file.sheets) if sheet["needs_mapping"]
        ],
        quotas=[(file, sheet) for file in batch.files for sheet in file.sheets if sheet.get("is_quotas")],
        old_encodings=[file for file in batch.files if any(s["encoding"] in words.OLD_ENCODINGS for s in file.sheets)],
        words=words,
        kinds=FindingKind,
    )


def _shown(figures: dict[str, Any]) -> str:
    """The tab that was asked for; else the first that has something a person should decide."""
    tabs = (*words.TABS, REJECTED, SHEETS)
    asked = request.args.get("show", "")
    if asked in tabs:
        return asked
    order = (
        FindingKind.CONFLICT,
        FindingKind.KEPT,
        FindingKind.MISSING,
        REJECTED,
        FindingKind.CHANGED,
        FindingKind.NEW,
    )
    return next((str(tab) for tab in order if figures.get(words.FIGURE_OF[tab])), SHEETS)


def _page(batch: ImportBatch, shown: str) -> Page[Any] | None:
    ask = ask_from_request("show")
    if shown == REJECTED:
        return addressed(queries.rejects(batch.id, ask))
    if shown == SHEETS:
        return None
    return addressed(queries.findings(batch.id, FindingKind(shown), ask))


def _sheet_to_show(batch: ImportBatch) -> tuple[Any, dict[str, Any]] | None:
    """The sheet whose columns stand on top: one that asks for a decision, else the hardest of those recognised."""
    sheets = [(file, sheet) for file in batch.files for sheet in file.sheets]
    asked = request.args.get("file", type=int)
    of_file = [pair for pair in sheets if pair[0].id == asked]
    ordered = sorted(
        of_file or sheets,
        key=lambda pair: (
            not pair[1]["needs_mapping"],
            pair[1]["kind"] != "delegates",
            -len(pair[1]["by_content"]),
            -len(pair[1]["head_rows"]),
        ),
    )
    return ordered[0] if ordered else None


def _job(batch: ImportBatch) -> Job | None:
    return db.session.get(Job, batch.job_id) if batch.job_id else None


@bp.get("/conferences/<code>/imports/<int:batch_id>/progress")
@allow(Role.ORGANIZER, Role.ADMIN)
def progress(code: str, batch_id: int) -> ResponseReturnValue:
    batch = access.import_in(enter_to_change(code), batch_id)
    job = _job(batch)
    here = url_for(".preview", code=code, batch_id=batch.id)
    if batch.state not in (BatchState.READING, BatchState.APPLYING):
        return {"state": "done", "done": 3, "total": 3, "result_url": here}
    failed = job is not None and job.state in (JobState.FAILED, JobState.STOPPED)
    started = job.started_at if job else None
    return {
        "state": "failed" if failed else "running",
        "done": job.done if job else 0,
        "total": 3,
        "seconds": round((clock.now() - started).total_seconds()) if started else 0,
        "result_url": here,
    }


Act = Callable[[ImportBatch], Any]


def _act(code: str, batch_id: int, act: Act, *, show: str | None = None) -> ResponseReturnValue:
    conference = enter_to_change(code)
    with transaction():
        act(access.import_in(conference, batch_id))
    return redirect(url_for(".preview", code=code, batch_id=batch_id, show=show), 303)


@bp.post("/conferences/<code>/imports/<int:batch_id>/apply")
@allow(Role.ORGANIZER, Role.ADMIN)
def apply(code: str, batch_id: int) -> ResponseReturnValue:
    return _act(code, batch_id, lambda batch: actions.ask_to_apply(batch=batch, by=g.actor, at=clock.now()))


@bp.post("/conferences/<code>/imports/<int:batch_id>/discard")
@allow(Role.ORGANIZER, Role.ADMIN)
def discard(code: str, batch_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    with transaction():
        batch = access.import_in(conference, batch_id)
        actions.discard(batch=batch, by=g.actor, at=clock.now())
        stored = [file.stored_as for file in batch.files]
    for name in stored:  # the rows are gone first: a file without a row is found by nobody
        Path(files_folder() / name).unlink(missing_ok=True)
    flash(_("Đã bỏ lần nhập này. Không có gì thay đổi."))
    return redirect(url_for(".batches", code=code), 303)


@bp.post("/conferences/<code>/imports/<int:batch_id>/take-back")
@allow(Role.ORGANIZER, Role.ADMIN)
def take_back(code: str, batch_id: int) -> ResponseReturnValue:
    return _act(code, batch_id, lambda batch: taking_back.take_back(batch=batch, by=g.actor, at=clock.now()))


@bp.post("/conferences/<code>/imports/<int:batch_id>/site")
@allow(Role.ORGANIZER, Role.ADMIN)
def choose_site(code: str, batch_id: int) -> ResponseReturnValue:
    """Decide where two lists disagree about a person's site; only a site that one of them names can be chosen."""
    place, chosen = request.form.get("place", ""), request.form.get("site", "")

    def act(batch: ImportBatch) -> None:
        finding = queries.finding_of_place(batch.id, place)
        if finding is None:
            raise DomainError("not_found")
        named = {finding.facts["site"], *(other["site"] for other in finding.facts["others"])}
        if chosen not in named:
            raise DomainError("bad_request")
        site = None if chosen == finding.facts["site"] else chosen
        actions.choose_site(batch=batch, place=place, site_code=site, by=g.actor, at=clock.now())

    return _act(code, batch_id, act, show=FindingKind.CONFLICT.value)


@bp.post("/conferences/<code>/imports/<int:batch_id>/files/<int:file_id>/encoding")
@allow(Role.ORGANIZER, Role.ADMIN)
def choose_encoding(code: str, batch_id: int, file_id: int) -> ResponseReturnValue:
    chosen = request.form.get("encoding", "")
    if chosen and chosen not in dict(words.encodings()):
        raise DomainError("bad_request")
    return _act(
        code,
        batch_id,
        lambda batch: actions.choose_encoding(
            batch=batch,
            file=access.file_in(batch, file_id),
            encoding=chosen or None,
            by=g.actor,
            at=clock.now(),
        ),
    )


@bp.get("/conferences/<code>/imports/<int:batch_id>/files/<int:file_id>/sheets/<int:at>")
@allow(Role.ORGANIZER, Role.ADMIN)
def mapping(code: str, batch_id: int, file_id: int, at: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    return _mapping_page(conference, access.import_in(conference, batch_id), file_id, at, Form())


def _mapping_page(
    conference: Conference, batch: ImportBatch, file_id: int, at: int, form: Form, status: int = 200
) -> ResponseReturnValue:
    file = access.file_in(batch, file_id)
    if at >= len(file.sheets):
        raise DomainError("not_found")
    sheet = file.sheets[at]
    page = render_template(
        "registry/imports/mapping.html",
        conference=conference,
        batch=batch,
        file=file,
        at=at,
        sheet=sheet,
        width=max((len(row) for row in sheet["samples"]), default=0),
        form=form,
        words=words,
    )
    return page, status


@bp.post("/conferences/<code>/imports/<int:batch_id>/files/<int:file_id>/sheets/<int:at>")
@allow(Role.ORGANIZER, Role.ADMIN)
def remember_mapping(code: str, batch_id: int, file_id: int, at: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    batch = access.import_in(conference, batch_id)
    file = access.file_in(batch, file_id)
    if at >= len(file.sheets):
        raise DomainError("not_found")
    sheet = file.sheets[at]
    form = Form(request.form)
    said = read_mapping(form, sheet)
    if said is None:
        return _mapping_page(conference, batch, file_id, at, form, 422)
    with transaction():
        batch = access.import_in(conference, batch_id)
        actions.remember_mapping(batch=batch, sheet=sheet, mapping=said, by=g.actor, at=clock.now())
    return redirect(url_for(".preview", code=code, batch_id=batch_id), 303)


@bp.get("/conferences/<code>/imports/<int:batch_id>/rejects.xlsx")
@allow(Role.ORGANIZER, Role.ADMIN)
def rejects_file(code: str, batch_id: int) -> ResponseReturnValue:
    """The rows that came back, each with its place, the reason and its original cells."""
    conference = enter_to_change(code)
    batch = access.import_in(conference, batch_id)
    rejects = queries.all_rejects(batch.id)
    width = max((len(reject.cells) for reject in rejects), default=0)
    table = Table(
        _("Dòng lỗi"),
        [_("Tệp"), _("Trang"), _("Dòng"), _("Lý do"), *(_("Ô %(number)s", number=at + 1) for at in range(width))],
        [[r.file, r.sheet, r.row, words.reason_of(r.why, r.nearest), *r.cells] for r in rejects],
        (44, 24, 8, 60),
    )
    content = BytesIO()
    write_workbook(content, [table])
    content.seek(0)
    name = f"dong-loi-{conference.code}-{batch.id}.xlsx"
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=name)
