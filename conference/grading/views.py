"""Grading for those who organise it: scheme, graders, progress, disagreements, releases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from conference.accounts.queries import account_by_login
from conference.foundation import chance, clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Job, JobState, enqueue
from conference.grading import access, actions, blind, marking, queries, quizzes, releasing, words
from conference.grading.forms import MOST_SEED, SchemeForm, read_scheme, scheme_form
from conference.grading.models import MarkingScheme, Release
from conference.grading.rules import MOST_PARTS, PaperState, Rank, scheme_faults, shares
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.reflections.quiz.queries import sits_a_test
from conference.reflections.shelf_views import picture_as_data
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.jobs import progress_of as job_progress
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("grading", __name__)

READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER)
ORGANISING = (Role.ADMIN, Role.ORGANIZER)
OF_READERS = ("graders", "papers", "copies")
"""Pages that a test has no use for: nobody reads it."""

JOB_KINDS = ("grading.share_out", "grading.release")


def organised(code: str) -> Conference:
    """The conference, for somebody who may change its grading."""
    conference = enter_conference(code)
    access.check_organises(g.actor, conference)
    return conference


def tabs_of(conference: Conference, current: str) -> list[dict[str, Any]]:
    is_test = sits_a_test(conference.id)
    entries = (
        ("overview", _("Tiến độ")),
        ("scheme", _("Thang điểm")),
        ("graders", _("Tổ chấm")),
        ("papers", _("Bài cần xem")),
        ("copies", _("Trùng lặp")),
        ("releases", _("Công bố")),
    )
    return [
        {"label": label, "url": url_for(f"grading.{name}", code=conference.code), "current": name == current}
        for name, label in entries
        if not (is_test and name in OF_READERS)
    ]


# ---- progress


@bp.get("/conferences/<code>/grading")
@allow(*READERS)
def overview(code: str) -> ResponseReturnValue:
    """How far grading is, and what comes next."""
    conference = enter_conference(code)
    progress = queries.progress_of(conference.id)
    last = releasing.latest_release(conference.id)
    scheme = queries.scheme_of(conference.id)
    is_test = sits_a_test(conference.id)
    return render_template(
        "grading/tests.html" if is_test else "grading/overview.html",
        unsettled=quizzes.unsettled(conference.id) if is_test else 0,
        conference=conference,
        tabs=tabs_of(conference, "overview"),
        progress=progress,
        title=_situation(progress),
        scheme=scheme.as_scheme() if scheme else None,
        pending=releasing.pending(conference.id, last),
        last=last,
        ranks=_rank_parts(last) if last else [],
        spread=queries.load_spread(conference.id) if progress.papers else None,
        work=running_job(conference.id),
        may_organise=access.may_organise(g.actor, conference),
        words=words,
        PaperState=PaperState,
    )


def _situation(progress: queries.Progress) -> str:
    if not progress.papers:
        return _("Chưa chia bài cho người chấm")
    if progress.settled + progress.withdrawn == progress.papers:
        return _("Đã chấm xong %(count)s bài", count=filters.number(progress.settled))
    return _(
        "Đã thống nhất điểm %(settled)s trên %(papers)s bài",
        settled=filters.number(progress.settled),
        papers=filters.number(progress.papers),
    )


def _rank_parts(last: Release) -> list[dict[str, Any]]:
    counts = [last.figures["ranks"][rank.value] for rank in Rank]
    return [
        {"label": str(words.RANKS[rank]), "count": count, "percent": filters.percent(share), "url": None}
        for rank, count, share in zip(Rank, counts, shares(counts), strict=True)
    ]


def running_job(conference_id: int) -> dict[str, Any] | None:
    """Long work of this conference's grading that is under way."""
    job = db.session.scalars(
        select(Job)
        .where(
            Job.conference_id == conference_id,
            Job.kind.in_(JOB_KINDS),
            Job.state.in_([JobState.WAITING, JobState.RUNNING]),
        )
        .order_by(Job.id.desc())
        .limit(1)
    ).first()
    return {"id": job.id, "kind": job.kind, **job_progress(job, clock.now())} if job else None


def refuse_second_job(conference_id: int) -> None:
    if running_job(conference_id) is not None:
        raise DomainError("grading_at_work")


@bp.post("/conferences/<code>/grading/share")
@allow(*ORGANISING)
def share_out(code: str) -> ResponseReturnValue:
    """Share papers out in the background: to first and second readers, or to third ones."""
    conference = organised(code)
    if sits_a_test(conference.id):
        raise DomainError("tests_need_no_readers")
    thirds = request.form.get("thirds") == "1"
    if len(queries.readers_of(conference.id)) < queries.READINGS_EACH:
        raise DomainError("too_few_graders")
    refuse_second_job(conference.id)
    payload = {"conference_id": conference.id, "seed": chance.uuid().int % MOST_SEED, "thirds": thirds}
    with transaction():
        enqueue("grading.share_out", payload, by=g.actor, at=clock.now(), conference_id=conference.id)
    return redirect(url_for("grading.overview", code=code))


# ---- the scheme


@bp.get("/conferences/<code>/grading/scheme")
@allow(*READERS)
def scheme(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    laid_down = queries.scheme_of(conference.id)
    return _scheme_page(conference, laid_down, scheme_form(laid_down or actions.usual_scheme(conference.id)))


@bp.post("/conferences/<code>/grading/scheme")
@allow(*ORGANISING)
def change_scheme(code: str) -> ResponseReturnValue:
    conference = organised(code)
    form, wanted = read_scheme(request.form)
    if wanted is None:
        return _scheme_page(conference, queries.scheme_of(conference.id), form), 422
    try:
        reopened = _save_scheme(conference.id, wanted)
    except DomainError as error:
        if not error.code.startswith("scheme_") or error.code == "scheme_frozen":
            raise
        form.fault(_field_of(error.code), sentence_of(error), "")
        return _scheme_page(conference, queries.scheme_of(conference.id), form), 422
    flash(_("Đã lưu thang điểm."), "ok")
    if reopened:
        flash(
            _("%(count)s lượt chấm không còn khớp thang điểm mới đã được mở lại.", count=filters.number(reopened)),
            "warn",
        )
    return redirect(url_for("grading.scheme", code=code))


def _save_scheme(conference_id: int, wanted: SchemeForm) -> int:
    with transaction():
        return actions.change_scheme(
            scheme=actions.ensure_scheme(conference_id=conference_id, by=g.actor, at=clock.now()),
            version=wanted.version,
            step=wanted.step,
            tolerance=wanted.tolerance,
            rounding=wanted.rounding,
            parts=wanted.parts,
            minimums=wanted.minimums,
            by=g.actor,
            at=clock.now(),
        )


def _field_of(code: str) -> str:
    return {
        "scheme_without_parts": "part-1-title",
        "scheme_part_off_step": "part-1-max",
        "scheme_cuts_out_of_order": "cut-excellent",
        "scheme_cut_out_of_reach": "cut-excellent",
    }.get(code, "step")


def _scheme_page(conference: Conference, laid_down: MarkingScheme | None, form: Form) -> str:
    return render_template(
        "grading/scheme.html",
        conference=conference,
        tabs=tabs_of(conference, "scheme"),
        scheme=laid_down.as_scheme() if laid_down else None,
        frozen_at=laid_down.frozen_at if laid_down else None,
        form=form,
        most_parts=MOST_PARTS,
        may_change=access.may_organise(g.actor, conference) and (laid_down is None or laid_down.frozen_at is None),
        has_faults=bool(laid_down and scheme_faults(laid_down.as_scheme())),
        words=words,
    )


# ---- graders


@bp.get("/conferences/<code>/grading/graders")
@allow(*READERS)
def graders(code: str) -> ResponseReturnValue:
    return _graders_page(enter_conference(code), Form())


def _graders_page(conference: Conference, form: Form) -> str:
    return render_template(
        "grading/graders.html",
        conference=conference,
        tabs=tabs_of(conference, "graders"),
        page=addressed(queries.graders_page(conference.id, ask_from_request())),
        sites=queries.sites_to_choose(conference.id),
        form=form,
        may_organise=access.may_organise(g.actor, conference),
    )


@bp.post("/conferences/<code>/grading/graders")
@allow(*ORGANISING)
def add_grader(code: str) -> ResponseReturnValue:
    """Call an account to grade; its unit and site say whose papers it never gets."""
    conference = organised(code)
    form = Form(request.form)
    login = form.text("login", _("Tài khoản"), required=True, most=100)
    unit_code = form.text("unit", _("Mã đơn vị"), most=40)
    site_id = form.one_of(
        "site", _("Điểm cầu"), [str(id) for id, _name in queries.sites_to_choose(conference.id)], required=False
    )
    account = account_by_login(login) if login else None
    if login and account is None:
        form.fault("login", _("Không có tài khoản này. Mời đồng chí tạo tài khoản trước."), _("Tài khoản"))
    unit_id = account.unit_id if account else None
    if unit_code:
        unit_id = queries.unit_by_code(unit_code)
        if unit_id is None:
            form.fault("unit", _("Không có đơn vị mang mã này."), _("Mã đơn vị"))
    if account is not None and unit_id is None:
        form.fault("unit", _("Tài khoản chưa gắn với đơn vị nào, mời ghi mã đơn vị."), _("Mã đơn vị"))
    if not form.is_valid or account is None or unit_id is None:
        return _graders_page(conference, form), 422
    with transaction():
        actions.add_grader(
            conference_id=conference.id,
            account=account,
            unit_id=unit_id,
            site_id=int(site_id) if site_id else None,
            by=g.actor,
            at=clock.now(),
        )
    flash(_("Đã thêm %(name)s vào hội đồng chấm.", name=account.full_name), "ok")
    return redirect(url_for("grading.graders", code=code))


@bp.post("/conferences/<code>/grading/graders/<int:grader_id>/remove")
@allow(*ORGANISING)
def remove_grader(code: str, grader_id: int) -> ResponseReturnValue:
    conference = organised(code)
    with transaction():
        grader = access.grader_in(conference, grader_id)
        waiting = actions.remove_grader(grader=grader, by=g.actor, at=clock.now())
    flash(_("Đã rút khỏi hội đồng. %(count)s bài chờ chia lại.", count=filters.number(waiting)), "info")
    return redirect(url_for("grading.graders", code=code))


# ---- papers that need a person


@bp.get("/conferences/<code>/grading/papers")
@allow(*ORGANISING)
def papers(code: str) -> ResponseReturnValue:
    """Papers whose readings lie too far apart, that a grader questions, or all; with every reading beside them."""
    conference = organised(code)
    ask = ask_from_request("show")
    show = ask.query.get("show", "disagreed")
    page = addressed(
        queries.papers_page(
            conference.id,
            ask,
            state=PaperState.DISAGREED if show == "disagreed" else None,
            questioned=show == "questioned",
        )
    )
    return render_template(
        "grading/papers.html",
        conference=conference,
        tabs=tabs_of(conference, "papers"),
        page=page,
        readings=queries.readings_of([row.id for row in page.items]),
        show=show,
        disagreed=queries.states_of(conference.id).get(PaperState.DISAGREED, 0),
        words=words,
    )


@bp.get("/conferences/<code>/grading/readings/<int:reading_id>")
@allow(*ORGANISING)
def reading(code: str, reading_id: int) -> ResponseReturnValue:
    """One reading with its text, as its grader saw it."""
    conference = organised(code)
    found = access.reading_in(conference, reading_id)
    laid_down = queries.scheme_of(conference.id)
    assert laid_down is not None
    paper = blind.paper_of(found.id)
    return render_template(
        "grading/reading.html",
        conference=conference,
        tabs=tabs_of(conference, "papers"),
        reading=found,
        paper=paper,
        pictures=[picture_as_data(blind.picture_of(found.id, place + 1)) for place in range(paper.pages)],
        scheme=laid_down.as_scheme(),
        words=words,
    )


@bp.post("/conferences/<code>/grading/readings/<int:reading_id>/reopen")
@allow(*ORGANISING)
def reopen(code: str, reading_id: int) -> ResponseReturnValue:
    """Give a reading back to its grader, with a reason. What was published stands until the next release."""
    conference = organised(code)
    form = Form(request.form)
    reason = form.text("reason", _("Lý do"), required=True, most=300)
    if not form.is_valid:
        flash(form.errors["reason"], "bad")
        return reading(code, reading_id), 422  # type: ignore[return-value]
    with transaction():
        marking.reopen(reading=access.reading_in(conference, reading_id), reason=reason, by=g.actor, at=clock.now())
    flash(_("Đã mở lại lượt chấm cho người chấm sửa."), "ok")
    return redirect(url_for("grading.reading", code=code, reading_id=reading_id))


# ---- releases


@bp.get("/conferences/<code>/grading/releases")
@allow(*READERS)
def releases(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    made = releasing.releases_of(conference.id)
    return render_template(
        "grading/releases.html",
        conference=conference,
        tabs=tabs_of(conference, "releases"),
        releases=made,
        pending=releasing.pending(conference.id, made[0] if made else None),
        papers=sum(queries.states_of(conference.id).values()),
        work=running_job(conference.id),
        may_organise=access.may_organise(g.actor, conference),
        words=words,
        Rank=Rank,
    )


@bp.post("/conferences/<code>/grading/releases")
@allow(*ORGANISING)
def release(code: str) -> ResponseReturnValue:
    """Publish, when the numbers are still those that the question named."""
    conference = organised(code)
    form = Form(request.form)
    count = form.whole("papers", _("Số bài"), low=0, high=100_000_000)
    note = form.text("note", _("Ghi chú"), most=300)
    pending = releasing.pending(conference.id, releasing.latest_release(conference.id))
    if not form.is_valid or count != pending.papers:
        raise DomainError("release_moved")
    if not pending.papers:
        raise DomainError("nothing_to_release")
    if not pending.is_news:
        raise DomainError("nothing_new")
    refuse_second_job(conference.id)
    payload = {"conference_id": conference.id, "papers": pending.papers, "note": note}
    with transaction():
        enqueue("grading.release", payload, by=g.actor, at=clock.now(), conference_id=conference.id)
    return redirect(url_for("grading.releases", code=code))


@bp.get("/conferences/<code>/grading/releases/<int:number>")
@allow(*ORGANISING)
def release_page(code: str, number: int) -> ResponseReturnValue:
    """One release and what it changed."""
    conference = organised(code)
    made = access.release_in(conference, number)
    before = access.release_in(conference, number - 1) if number > 1 else None
    return render_template(
        "grading/release.html",
        conference=conference,
        tabs=tabs_of(conference, "releases"),
        release=made,
        before=before,
        counts=releasing.difference_counts(made, before),
        page=addressed(releasing.differences_page(made, before, ask_from_request())),
        ranks=_rank_parts(made),
        scheme=releasing.scheme_from(made.scheme),
        words=words,
    )
