"""For organizers and unit officers: how far the writing is, the task itself, and what is allowed to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.directory.models import Unit
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.notices.actions import write_reminders
from conference.notices.queries import how_many
from conference.notices.views import domain, may_send
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.planning.queries import study_sessions_of, waves_of
from conference.reflections import (
    access,
    attachments,
    managing,
    parts_views,
    progress,
    queries,
    rules,
    shelf_views,
    task_forms,
    words,
)
from conference.reflections.models import ReflectionTask
from conference.registry.access import attendee_to_change, reach_of
from conference.registry.called import sessions_of
from conference.registry.models import Attendee
from conference.registry.queries import sites_to_choose, units_named
from conference.registry.rules import Reach
from conference.registry.views import person as person_page
from conference.web import filters
from conference.web.errors import SENTENCES, sentence_of
from conference.web.forms import Form
from conference.web.guard import allow, safe_path
from conference.web.paging import addressed, ask_from_request
from conference.web.refusals import refused_onto
from conference.web.words import _

bp = Blueprint("reflections", __name__)
READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER)
CHANGERS = (Role.ORGANIZER,)


def usual_parts() -> list[managing.PartPlan]:
    """The four parts that a paper usually has."""
    return [
        managing.PartPlan(
            None,
            _("Nhận thức của đồng chí về Nghị quyết"),
            _("Điều gì trong các chuyên đề làm đồng chí suy nghĩ nhiều nhất? Vì sao?"),
            0,
            False,
        ),
        managing.PartPlan(
            None,
            _("Liên hệ bản thân và đơn vị"),
            _("Ở vị trí công tác của mình, đồng chí thấy điều gì đã làm được, điều gì chưa? Nêu việc cụ thể."),
            0,
            False,
        ),
        managing.PartPlan(
            None, _("Kế hoạch, giải pháp"), _("Đồng chí sẽ làm gì, trong thời hạn nào, đo bằng gì?"), 0, True
        ),
        managing.PartPlan(None, _("Kiến nghị, đề xuất"), _("Với công đoàn cấp trên, nếu có."), 0, False),
    ]


def _enter(code: str) -> Conference:
    """The conference, for those who manage its papers; also once it is over, for then the writing goes on."""
    conference = enter_conference(code)
    if not reach_of(g.actor, conference).may_change:
        raise DomainError("forbidden")
    return conference


# ---- how far it is


@bp.get("/conferences/<code>/reflections")
@allow(*READERS)
def overview(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    reach = reach_of(g.actor, conference)
    task = queries.task_of(conference.id)
    if task is None:
        return render_template("reflections/no_task.html", conference=conference, reach=reach)
    within = None if reach.is_whole else sorted(reach.unit_paths)
    whole = progress.progress_of(conference.id, within=within)
    by = "site" if request.args.get("by") == "site" else "unit"
    ask = ask_from_request("by", "unit")
    above = unit_within(reach, ask.query.get("unit", ""))
    if by == "site":
        page = whole.by_site(ask)
    else:
        page = whole.by_unit(ask, above=above, within=within)
    window = rules.Window(task.opens_at, task.due_at, rules.grace_of(task.grace_seconds), task.late_until)
    left, until = words.window_words(clock.now(), window, conference.timezone)
    return render_template(
        "reflections/overview.html",
        conference=conference,
        task=task,
        reach=reach,
        counts=whole.counts,
        page=addressed(page),
        by=by,
        above=above,
        left=left,
        until=until,
        can_be_reminded=how_many(queries.missing_with_address(conference.id)) if reach.may_change else 0,
        is_open=window.judge(clock.now()) is not rules.Timing.NOT_OPEN,
        may_remind=reach.may_change and is_taken(task, clock.now()),
        opens=words.due_words(task.opens_at),
        standing=rules.Standing,
        is_test=task.form is rules.TaskForm.QUIZ,
        gathers=(reach.may_change or reach.sees_contacts) and any(part.takes_commitments for part in task.parts),
    )


def is_taken(task: ReflectionTask, at: datetime) -> bool:
    """Whether somebody's paper is taken now: only then is there something to remind of."""
    return task.opens_at <= at <= queries.taken_until(task)


def unit_within(reach: Reach, text: str) -> Unit | None:
    """The unit of this number, when the reach covers it."""
    unit = progress.unit_named(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return unit if unit is not None and reach.covers(unit.path) else None


@bp.get("/conferences/<code>/reflections/papers/<int:submission_id>")
@allow(*CHANGERS)
def paper(code: str, submission_id: int) -> ResponseReturnValue:
    """Read one paper. Who read it is in the journal."""
    conference = enter_conference(code)
    submission = access.paper_for_manager(g.actor, conference, submission_id)
    with transaction():
        managing.note_reading(submission_id=submission.id, by=g.actor, at=clock.now())
    text = queries.text_of_paper(submission.id)
    return render_template(
        "reflections/read.html",
        conference=conference,
        attendee=submission.reflection.attendee,
        submission=submission,
        sections=text.sections,
        commitments=text.content.commitments,
        files=text.files,
        is_test=text.is_test,
        page_url=shelf_views.page_as_data,
        on_behalf_by=attachments.handed_in_by(submission.id),
    )


@bp.get("/conferences/<code>/reflections/papers/<int:submission_id>/files/<int:place>")
@allow(*CHANGERS)
def paper_file(code: str, submission_id: int, place: int) -> ResponseReturnValue:
    """A file as it was handed in. Who took it is in the journal."""
    conference = enter_conference(code)
    submission = access.paper_for_manager(g.actor, conference, submission_id)
    file = access.file_at(attachments.files_of_submission(submission.id), place)
    with transaction():
        managing.note_reading(submission_id=submission.id, by=g.actor, at=clock.now())
    return shelf_views.send(file, place)


# ---- reminding


@bp.post("/conferences/<code>/reflections/reminders")
@allow(*CHANGERS)
def remind(code: str) -> ResponseReturnValue:
    """Write to everybody who must and has not yet, at most once a day."""
    conference = _enter(code)
    task = access.task_to_change(conference)
    if not is_taken(task, clock.now()):
        flash(_("Bài chưa mở hoặc đã hết hạn nhận, nên không nhắc ai. Gia hạn trước rồi nhắc."), "info")
        return redirect(url_for("reflections.overview", code=code))
    today = clock.now().astimezone(filters.ZONE).date()
    with transaction():
        written = write_reminders(
            conference=conference,
            people=queries.missing_with_address(conference.id),
            occasion=today.isoformat(),
            domain=domain(),
            may_send=may_send(conference),
            by=g.actor,
            at=clock.now(),
        )
    if written:
        flash(_("Đã viết %(count)s thư nhắc. Xem ở hộp thư đi.", count=filters.number(written)), "ok")
    else:
        flash(_("Hôm nay đã nhắc những người này rồi, hoặc không ai có thư điện tử."), "info")
    return redirect(url_for("reflections.overview", code=code))


# ---- the task


@bp.get("/conferences/<code>/reflections/task")
@allow(*CHANGERS)
def task(code: str) -> ResponseReturnValue:
    conference = _enter(code)
    found = queries.task_of(conference.id)
    plan = task_forms.plan_of(found) if found else managing.plan_for(conference, usual_parts())
    form = task_forms.form_of(plan, conference.timezone, found.version if found else 0)
    return _task_page(conference, form)


@bp.post("/conferences/<code>/reflections/task")
@allow(*CHANGERS)
def save_task(code: str) -> ResponseReturnValue:
    conference = _enter(code)
    halves = study_sessions_of([conference.id])[conference.id]
    sessions = min((len(sessions_of(wave_id, halves)) for wave_id in {one.wave_id for one in halves}), default=0)
    form, plan = task_forms.read_plan(request.form, conference.timezone, sessions=sessions)
    if request.form.get("then") == "more":
        form.errors.clear()
        return _task_page(conference, form, more=1)
    if request.form.get("then") == "due":
        task_forms.reckon_due(form, conference.ends_on)
        return _task_page(conference, form)
    if plan is None:
        return _task_page(conference, form), 422
    version = form.values.get("version", "")
    with refused_onto(form, "", "", "changed_meanwhile", "parts_in_use"):
        found = queries.task_of(conference.id)
        if found is None:
            made = managing.make_task(conference=conference, plan=plan, by=g.actor, at=clock.now())
            reason = _("Tính từ ngày cuối của đợt")
            managing.give_waves_their_time(conference=conference, task=made, reason=reason, by=g.actor, at=clock.now())
        else:
            managing.change_task(task=found, plan=plan, version=row_number(version) or 0, by=g.actor, at=clock.now())
    if form.errors:
        return _task_page(_enter(code), form), 409
    flash(_("Đã lưu câu hỏi thu hoạch."), "ok")
    return redirect(url_for("reflections.overview", code=code))


def _task_page(conference: Conference, form: Form, *, more: int = 0) -> str:
    places = task_forms.places(form)
    following = max(places, default=-1) + 1
    found = queries.task_of(conference.id)
    return render_template(
        "reflections/task.html",
        conference=conference,
        form=form,
        places=[*places, *range(following, min(following + more, task_forms.MOST_PARTS))],
        is_new=found is None,
        is_test=found is not None and found.form is rules.TaskForm.QUIZ,
        may_add=following < task_forms.MOST_PARTS,
    )


# ---- more time


@bp.get("/conferences/<code>/reflections/extensions")
@allow(*CHANGERS)
def extensions(code: str) -> ResponseReturnValue:
    return _extensions_page(_enter(code), Form({"until_hour": "17:00"}))


def _extensions_page(conference: Conference, form: Form, units: Any = ()) -> str:
    found = access.task_to_change(conference)
    return render_template(
        "reflections/extensions.html",
        conference=conference,
        task=found,
        form=form,
        units=[(id, f"{name} · {above}" if above else name) for id, name, above in units],
        sites=sites_to_choose(conference.id),
        waves=_waves(conference),
        given=queries.extensions_of(found.id),
        words=words,
    )


@bp.post("/conferences/<code>/reflections/extensions")
@allow(*CHANGERS)
def extend(code: str) -> ResponseReturnValue:
    """More time for a site, a wave, or a unit with everything below it."""
    conference = _enter(code)
    reach = reach_of(g.actor, conference)
    form = Form(request.form)
    scope = form.one_of("scope", _("Gia hạn cho"), ("unit", "site", "wave"))
    sites = [str(id) for id, _name in sites_to_choose(conference.id)]
    words_of_unit = form.values.get("unit_words", "")
    units = units_named(words_of_unit, reach, conference.starts_on) if words_of_unit.strip() else []
    chosen = None
    if scope == "site":
        chosen = form.one_of("site", _("Điểm cầu"), sites)
    elif scope == "wave":
        chosen = form.one_of("wave", _("Đợt"), [str(id) for id, _title in _waves(conference)])
    elif scope == "unit":
        chosen = _chosen_unit(form, units)
    until = task_forms.read_moment(form, "until", _("Hạn mới"), conference.timezone)
    reason = form.text("reason", _("Lý do"), required=True, most=500)
    if not form.is_valid or chosen is None or until is None:
        return _extensions_page(conference, form, units if len(units) > 1 else []), 422
    with refused_onto(form, "until_day", _("Hạn mới"), "not_later"):
        managing.extend(
            task=access.task_to_change(conference),
            scope=rules.ScopeOfExtension(scope or ""),
            id=int(chosen),
            until=until,
            reason=reason,
            by=g.actor,
            at=clock.now(),
        )
    if form.errors:
        return _extensions_page(_enter(code), form), 409
    flash(_("Đã gia hạn."), "ok")
    return redirect(url_for("reflections.extensions", code=code))


def _waves(conference: Conference) -> list[tuple[int, str]]:
    return [(one.id, one.title) for one in waves_of(conference.id)]


def _chosen_unit(form: Form, units: list[tuple[int, str, str]]) -> str | None:
    """The unit that was named, or picked among those that bear the name."""
    if not units:
        form.fault("unit_words", _("Không có đơn vị nào tên như vậy."), _("Đơn vị"))
        return None
    if len(units) == 1:
        return str(units[0][0])
    picked = form.values.get("unit", "")
    if picked in {str(id) for id, _name, _above in units}:
        return picked
    form.fault("unit", _("Có %(count)s đơn vị khớp tên này. Mời chọn một.", count=len(units)), _("Đơn vị"))
    return None


@bp.post("/conferences/<code>/reflections/extensions/<int:extension_id>/revoke")
@allow(*CHANGERS)
def revoke_extension(code: str, extension_id: int) -> ResponseReturnValue:
    """End an extension, with the reason; one that was given to a person is ended on their page too."""
    conference = _enter(code)
    form = Form(request.form)
    reason = form.text(f"why-{extension_id}", _("Lý do"), required=True, most=500)
    if not form.is_valid:
        flash(_("Mời ghi lý do thôi gia hạn."), "bad")
        return _extensions_page(conference, Form({"until_hour": "17:00"})), 422
    with transaction():
        managing.revoke_extension(
            task=access.task_to_change(conference),
            extension_id=extension_id,
            reason=reason,
            by=g.actor,
            at=clock.now(),
        )
    flash(_("Đã thôi gia hạn. Bài đã nhận giữ nguyên giờ nhận."), "ok")
    return redirect(safe_path(request.args.get("next", url_for("reflections.extensions", code=code))), 303)


# ---- one person

SAID_ON_PAGE = ("not_later", "not_handed_in", "returned_before", "rewritten_meanwhile", "returned_by_ruling")
"""What an organizer could not know before pressing: said on the person's page, and nothing was changed."""


def _change(
    code: str, number: int, change: Callable[[Conference, Attendee], None], sentence: str
) -> ResponseReturnValue:
    """Carry out a change to one person's writing, and go back to the person's page with a sentence."""
    try:
        with transaction():
            conference = _enter(code)
            attendee = attendee_to_change(reach_of(g.actor, conference), conference, number)
            change(conference, attendee)
    except DomainError as error:
        if error.code not in SAID_ON_PAGE:
            raise
        flash(sentence_of(error), "bad")
        return person_page(code, number), SENTENCES[error.code][0]  # type: ignore[return-value]
    flash(sentence, "ok")
    return redirect(url_for("registry.person", code=code, number=number))


def _not_read(form: Form, code: str, number: int) -> ResponseReturnValue:
    """A dialog's faults are said on the page it stood on."""
    for _field, _label, sentence in form.summary:
        flash(sentence, "bad")
    return person_page(code, number), 422  # type: ignore[return-value]


@bp.post("/conferences/<code>/reflections/people/<int:number>/exempt")
@allow(*CHANGERS)
def exempt(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    reason = form.text("exempt_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid:
        return _not_read(form, code, number)
    return _change(
        code,
        number,
        lambda _conference, who: managing.exempt(attendee=who, reason=reason, by=g.actor, at=clock.now()),
        _("Đã ghi là được miễn."),
    )


@bp.post("/conferences/<code>/reflections/people/<int:number>/exempt/end")
@allow(*CHANGERS)
def end_exemption(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    reason = form.text("end_exempt_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid:
        return _not_read(form, code, number)
    return _change(
        code,
        number,
        lambda _conference, who: managing.end_exemption(attendee=who, reason=reason, by=g.actor, at=clock.now()),
        _("Đã bỏ miễn."),
    )


@bp.post("/conferences/<code>/reflections/people/<int:number>/admit")
@allow(*CHANGERS)
def admit(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    reason = form.text("admit_reason", _("Học bù"), required=True, most=500)
    if not form.is_valid:
        return _not_read(form, code, number)
    return _change(
        code,
        number,
        lambda _conference, who: managing.admit(attendee=who, reason=reason, by=g.actor, at=clock.now()),
        _("Đã mở bài cho người học bù."),
    )


@bp.post("/conferences/<code>/reflections/people/<int:number>/admit/end")
@allow(*CHANGERS)
def end_admission(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    reason = form.text("end_admit_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid:
        return _not_read(form, code, number)
    return _change(
        code,
        number,
        lambda _conference, who: managing.end_admission(attendee=who, reason=reason, by=g.actor, at=clock.now()),
        _("Đã thôi mở bài."),
    )


@bp.post("/conferences/<code>/reflections/people/<int:number>/extend")
@allow(*CHANGERS)
def extend_person(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    until = task_forms.read_moment(form, "extend", _("Hạn mới"), _enter(code).timezone)
    reason = form.text("extend_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid or until is None:
        return _not_read(form, code, number)
    return _change(
        code,
        number,
        lambda conference, who: _extend_one(conference, who, until, reason),
        _("Đã gia hạn đến %(until)s.", until=words.due_words(until)),
    )


def _extend_one(conference: Conference, who: Attendee, until: Any, reason: str) -> None:
    managing.extend(
        task=access.task_to_change(conference),
        scope=rules.ScopeOfExtension.PERSON,
        id=who.id,
        until=until,
        reason=reason,
        by=g.actor,
        at=clock.now(),
    )


@bp.post("/conferences/<code>/reflections/people/<int:number>/return")
@allow(*CHANGERS)
def give_back(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    until = task_forms.read_moment(form, "return", _("Viết lại đến ngày"), _enter(code).timezone)
    reason = form.text("return_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid or until is None:
        return _not_read(form, code, number)
    return _change(
        code,
        number,
        lambda conference, who: managing.return_for_rewrite(
            attendee_id=who.id,
            task=access.task_to_change(conference),
            until=until,
            reason=reason,
            by=g.actor,
            at=clock.now(),
        ),
        _("Đã trả lại bài để viết lại đến %(until)s.", until=words.due_words(until)),
    )


@bp.post("/conferences/<code>/reflections/people/<int:number>/return/end")
@allow(*CHANGERS)
def end_return(code: str, number: int) -> ResponseReturnValue:
    """Let what was handed in count again; what follows from a decision about copying is taken back with that."""
    form = Form(request.form)
    reason = form.text("end_return_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid:
        return _not_read(form, code, number)
    return _change(
        code,
        number,
        lambda conference, who: _end_return(conference, who, reason),
        _("Đã thu lại việc trả bài. Bản đã nộp được tính như trước."),
    )


def _end_return(conference: Conference, who: Attendee, reason: str) -> None:
    if parts_views.decided_at(who.id) is not None:
        raise DomainError("returned_by_ruling")
    managing.end_return(
        attendee_id=who.id, task=access.task_to_change(conference), reason=reason, by=g.actor, at=clock.now()
    )
