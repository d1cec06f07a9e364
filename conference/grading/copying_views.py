"""Papers that are like others: the list, the groups, two texts side by side, and the council's decision."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from conference.foundation import clock
from conference.foundation.db import TROUBLES, db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import JobState, latest
from conference.foundation.journal import record
from conference.foundation.text import row_number
from conference.grading import access, copying, copying_queries, queries, words
from conference.grading.forms import MOST_MARK, two_places
from conference.grading.rules import RulingKind
from conference.grading.views import ORGANISING, bp, organised, tabs_of
from conference.planning.models import Conference
from conference.reflections.models import Submission
from conference.reflections.shelf_views import read_sent
from conference.reflections.similarity import managing, rules
from conference.reflections.similarity import queries as similarity
from conference.reflections.similarity.evidence import lay_beside
from conference.reflections.similarity.jobs import KIND, ask_for_index
from conference.reflections.task_forms import read_moment
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.jobs import progress_of as job_progress
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

MOST_TEXT = 400_000
KEPT_ON_PAGE = ("ruled_already", "not_handed_in", "returned_before", "rewritten_meanwhile", "changed_meanwhile")


def join_pages(app: Flask) -> None:
    """Say on a person's page by which decision the paper was given back."""
    app.extensions.setdefault("return_decisions", []).append(_decided_at)


def _decided_at(attendee_id: int) -> str | None:
    found = copying_queries.returned_by_ruling(attendee_id)
    return None if found is None else url_for("grading.copy", code=found[0], submission_id=found[1])


@bp.get("/conferences/<code>/grading/copies")
@allow(*ORGANISING)
def copies(code: str) -> ResponseReturnValue:
    """Papers to be looked at, or the groups that they form."""
    conference = organised(code)
    index = similarity.index_of(conference.id)
    limits = copying_queries.limits_of(index)
    by = "group" if request.args.get("by") == "group" else "paper"
    ask = ask_from_request("by", "level", "site", "q", "ruled", "group")
    if by == "group":
        page = copying_queries.groups_page(conference.id, ask)
    else:
        page = copying_queries.papers_page(conference.id, limits, ask)
    members = copying_queries.members_of(conference.id, [row.id for row in page.items]) if by == "group" else {}
    closest = [row.closest_id for row in page.items if row.closest_id] if by == "paper" else []
    return render_template(
        "grading/copies.html",
        conference=conference,
        tabs=tabs_of(conference, "copies"),
        index=index,
        limits=limits,
        figures=copying_queries.figures_of(conference.id, limits, similarity.how_many_wait(conference.id)),
        page=addressed(page),
        by=by,
        members=members,
        shown_of_a_group=copying_queries.SHOWN_OF_A_GROUP,
        closest={id: _named(row, conference) for id, row in copying_queries.authors_of(closest).items()},
        sites=queries.sites_to_choose(conference.id),
        comparing=_running(conference.id),
        percent=share_percent,
        level=limits.level,
        words=words,
    )


def share_percent(share: int) -> str:
    """A share as people read it: 74,3%."""
    return filters.percent(Decimal(share) / 100, 1)


def _named(row: Any, conference: Conference) -> dict[str, Any]:
    """Who wrote a paper, as far as the visitor may know: authors of other conferences only for who organises those."""
    if row.conference_id == conference.id:
        return {"name": row.full_name, "second": f"{row.unit} · {row.site}", "may_read": True, "earlier": None}
    elsewhere = db.session.get_one(Conference, row.conference_id)
    if not access.may_organise(g.actor, elsewhere):
        return {"name": _("Một bài ở hội nghị trước"), "second": "", "may_read": False, "earlier": _("hội nghị trước")}
    return {"name": row.full_name, "second": row.unit, "may_read": True, "earlier": row.code}


def _running(conference_id: int) -> dict[str, Any] | None:
    """The work of comparing all papers. That of a new one takes a moment and is not shown."""
    job = latest(KIND, conference_id)
    if job is None or job.state not in (JobState.WAITING, JobState.RUNNING) or not job.payload["whole"]:
        return None
    return {"id": job.id, **job_progress(job, clock.now())}


@bp.post("/conferences/<code>/grading/copies/compare")
@allow(*ORGANISING)
def compare_copies(code: str) -> ResponseReturnValue:
    """Compare all papers again, in the background."""
    conference = organised(code)
    if _running(conference.id) is None:
        with transaction():
            ask_for_index(conference.id, by=g.actor, whole=True)
    return redirect(url_for("grading.copies", code=code))


# ---- one paper


@bp.get("/conferences/<code>/grading/copies/<int:submission_id>")
@allow(*ORGANISING)
def copy(code: str, submission_id: int) -> ResponseReturnValue:
    """Two papers side by side. Who read them is in the journal."""
    conference = organised(code)
    paper = _paper(conference, submission_id)
    page = _copy_page(conference, paper, Form())
    _likenesses, other, _share = _chosen(paper)
    with transaction():
        record(
            by=g.actor,
            at=clock.now(),
            action="similarity.read",
            subject=("submission", paper.id),
            after={"other": other or None},
        )
    return page


def _chosen(paper: Submission) -> tuple[list[tuple[int, int]], int, int | None]:
    """What the paper is like, and of these the one that is asked for, else the closest: its id and share."""
    likenesses = copying_queries.likenesses_of(paper.id)
    chosen = row_number(request.args.get("with", "")) or (likenesses[0][0] if likenesses else 0)
    return likenesses, chosen, dict(likenesses).get(chosen)


def _paper(conference: Conference, submission_id: int) -> Submission:
    found = copying_queries.paper_in(conference.id, submission_id)
    if found is None:
        raise DomainError("not_found")
    return found


def _copy_page(conference: Conference, paper: Submission, form: Form) -> str:
    likenesses, chosen, share = _chosen(paper)
    authors = copying_queries.authors_of([paper.id, *(id for id, _share in likenesses)])
    named = {id: _named(row, conference) for id, row in authors.items()}
    beside = None
    if share is not None and named[chosen]["may_read"]:
        beside = lay_beside(conference, paper.id, chosen)
    limits = copying_queries.limits_of(similarity.index_of(conference.id))
    rulings = copying.rulings_about(paper.id)
    return render_template(
        "grading/copy.html",
        conference=conference,
        tabs=tabs_of(conference, "copies"),
        paper=paper,
        author=authors[paper.id],
        named=named,
        likenesses=likenesses,
        chosen=chosen,
        share=share,
        is_same_person=share is not None and authors[chosen].person_id == authors[paper.id].person_id,
        beside=beside,
        limits=limits,
        level=limits.level(share or 0),
        percent=share_percent,
        ruling=next((one for one in rulings if one.undone_at is None), None),
        undone=[one for one in rulings if one.undone_at is not None],
        form=form,
        ruling_choices=[(kind.value, words.RULINGS[kind], words.RULING_HINTS[kind]) for kind in RulingKind],
        words=words,
    )


@bp.post("/conferences/<code>/grading/copies/<int:submission_id>/rule")
@allow(*ORGANISING)
def rule_copy(code: str, submission_id: int) -> ResponseReturnValue:
    """Decide about a paper, with a reason."""
    conference = organised(code)
    paper = _paper(conference, submission_id)
    form = Form(request.form)
    verdict = _read_verdict(form, conference)
    if verdict is None:
        return _copy_page(conference, paper, form), 422
    other = row_number(request.args.get("with", ""))
    share = dict(copying_queries.likenesses_of(paper.id)).get(other or 0)
    try:
        with transaction():
            copying.rule(
                conference=conference,
                submission=paper,
                verdict=verdict,
                share=share or 0,
                other_id=other if share is not None else None,
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        return _refused(error, conference, submission_id, form)
    flash(_("Đã ghi quyết định: %(kind)s.", kind=words.RULINGS[verdict.kind]), "ok")
    return redirect(url_for("grading.copy", code=code, submission_id=submission_id, **_beside()))


def _beside() -> dict[str, Any]:
    other = row_number(request.args.get("with", ""))
    return {"with": str(other)} if other else {}


def _read_verdict(form: Form, conference: Conference) -> copying.Verdict | None:
    kind = form.choice("kind", _("Quyết định"), RulingKind)
    reason = form.text("reason", _("Lý do"), required=True, most=1_000, lines=True)
    points, until = Decimal("0.00"), None
    if kind is RulingKind.DEDUCTED:
        scheme = queries.scheme_of(conference.id)
        step = scheme.rounding if scheme else Decimal("0.25")
        read = form.decimal("points", _("Số điểm trừ"), low=step, high=MOST_MARK, step=step)
        points = two_places(read) if read is not None else points
    elif kind is RulingKind.RETURNED:
        until = read_moment(form, "until", _("Viết lại đến"), conference.timezone)
        if until is not None and until <= clock.now():
            form.fault("until_day", _("Hạn viết lại phải ở phía trước."), _("Viết lại đến"))
    if not form.is_valid or kind is None:
        return None
    return copying.Verdict(kind, reason, points, until)


def _refused(error: DomainError, conference: Conference, submission_id: int, form: Form) -> ResponseReturnValue:
    """The page again with what was typed, and why it was not done."""
    if error.code not in KEPT_ON_PAGE:
        raise error
    db.session.rollback()
    form.fault("kind", sentence_of(error), _("Quyết định"))
    return _copy_page(conference, _paper(conference, submission_id), form), 409


@bp.post("/conferences/<code>/grading/copies/<int:submission_id>/undo")
@allow(*ORGANISING)
def undo_ruling(code: str, submission_id: int) -> ResponseReturnValue:
    """Take a decision back, with a reason. What was published stands until the next release."""
    conference = organised(code)
    paper = _paper(conference, submission_id)
    form = Form(request.form)
    reason = form.text("undo_reason", _("Lý do"), required=True, most=1_000, lines=True)
    if not form.is_valid:
        return _copy_page(conference, paper, form), 422
    try:
        with transaction():
            copying.undo(conference=conference, submission=paper, reason=reason, by=g.actor, at=clock.now())
    except DomainError as error:
        return _refused(error, conference, submission_id, form)
    flash(_("Đã rút quyết định. Quyết định cũ vẫn còn trong nhật ký."), "ok")
    return redirect(url_for("grading.copy", code=code, submission_id=submission_id, **_beside()))


# ---- limits and official texts


@bp.get("/conferences/<code>/grading/copies/settings")
@allow(*ORGANISING)
def copy_settings(code: str) -> ResponseReturnValue:
    return _settings_page(organised(code), Form())


def _settings_page(conference: Conference, form: Form) -> str:
    return render_template(
        "grading/copy_settings.html",
        conference=conference,
        tabs=tabs_of(conference, "copies"),
        limits=copying_queries.limits_of(similarity.index_of(conference.id)),
        least=rules.LEAST_PERCENT,
        texts=copying_queries.official_texts(conference.id),
        form=form,
    )


@bp.post("/conferences/<code>/grading/copies/limits")
@allow(*ORGANISING)
def change_copy_limits(code: str) -> ResponseReturnValue:
    conference = organised(code)
    form = Form(request.form)
    watch = form.whole("watch", _("Cần xem từ"), low=rules.LEAST_PERCENT, high=100)
    suspect = form.whole("suspect", _("Nghi sao chép từ"), low=rules.LEAST_PERCENT, high=100)
    if watch and suspect and suspect < watch:
        form.fault("suspect", _("Mức nghi sao chép phải từ mức cần xem trở lên."), _("Nghi sao chép từ"))
    if not form.is_valid or watch is None or suspect is None:
        return _settings_page(conference, form), 422
    with transaction():
        managing.set_limits(
            conference_id=conference.id, limits=rules.Limits(watch, suspect), by=g.actor, at=clock.now()
        )
    flash(_("Đã lưu hai mức."), "ok")
    return redirect(url_for("grading.copy_settings", code=code))


@bp.post("/conferences/<code>/grading/copies/texts")
@allow(*ORGANISING)
def add_official_text(code: str) -> ResponseReturnValue:
    """Let everybody quote a text, pasted or in a file; papers are compared again."""
    conference = organised(code)
    form = Form(request.form)
    title = form.text("title", _("Tên văn bản"), required=True, most=300)
    text = form.text("text", _("Nội dung"), most=MOST_TEXT, lines=True)
    file = request.files.get("file")
    if file is not None and file.filename:
        text = _text_of_file(file, form) or text
    elif not text:
        form.fault("text", _("Mời dán nội dung văn bản, hoặc chọn tệp .docx, .pdf."), _("Nội dung"))
    if not form.is_valid:
        return _settings_page(conference, form), 422
    with transaction():
        managing.add_official_text(conference_id=conference.id, title=title, text=text, by=g.actor, at=clock.now())
        ask_for_index(conference.id, by=g.actor, whole=True)
    flash(_("Đã thêm văn bản. Các bài đang được so lại."), "ok")
    return redirect(url_for("grading.copy_settings", code=code))


def _text_of_file(file: FileStorage, form: Form) -> str:
    """The text of a document that was sent; what is wrong with it goes to the form."""
    try:
        text = read_sent(file).text.strip()
    except DomainError as error:
        if error.code in TROUBLES:
            raise
        form.fault("file", sentence_of(error), _("Tệp"))
        return ""
    if not text or len(text) > MOST_TEXT:
        sentence = _("Tệp này không có chữ đọc được.") if not text else _("Văn bản dài quá mức so được.")
        form.fault("file", _("%(what)s Mời dán phần cần trích vào ô nội dung.", what=sentence), _("Tệp"))
    return text


@bp.post("/conferences/<code>/grading/copies/texts/<int:text_id>/remove")
@allow(*ORGANISING)
def remove_official_text(code: str, text_id: int) -> ResponseReturnValue:
    conference = organised(code)
    with transaction():
        managing.remove_official_text(conference_id=conference.id, text_id=text_id, by=g.actor, at=clock.now())
        ask_for_index(conference.id, by=g.actor, whole=True)
    flash(_("Đã bỏ văn bản. Các bài đang được so lại."), "ok")
    return redirect(url_for("grading.copy_settings", code=code))
