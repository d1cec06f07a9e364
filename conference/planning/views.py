"""All conferences in a list and by month; the plan of one; making, changing and publishing it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.directory.queries import leading_units
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning import access, actions, queries, rules, words
from conference.planning.documents.queries import documents_of
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.forms import (
    conference_form,
    new_conference_form,
    read_code,
    read_conference,
    read_version,
)
from conference.planning.kinds import USUAL
from conference.planning.models import Conference, ConferenceState, StudySession
from conference.planning.modules import Held, Module
from conference.planning.words import FaultLine
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("planning", __name__)
MOST_TO_COPY = 4
READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER, Role.SITE_HOST, Role.SCANNER, Role.GRADER)
CHANGERS = (Role.ADMIN, Role.ORGANIZER)
OLDEST_YEAR, LATEST_YEAR = 2000, 2100

PlanCheck = Callable[[Conference], Sequence[FaultLine]]
PlanFigures = Callable[[Conference], dict[str, Any]]
Holdings = Callable[[Conference, datetime], Sequence[Held]]


def check_plans_with(app: Flask, check: PlanCheck) -> None:
    """Let a later area say what it finds wrong with a plan; what blocks there blocks the publication too."""
    app.extensions.setdefault("plan_checks", []).append(check)


def show_on_plans(app: Flask, template: str, figures: PlanFigures) -> None:
    """Let a later area show its part on the plan page: a template with the values it needs."""
    app.extensions.setdefault("plan_parts", []).append((template, figures))


def know_holdings_by(app: Flask, holdings: Holdings) -> None:
    """Let a later area say what the modules of a conference hold, before one is switched off."""
    app.extensions["module_holdings"] = holdings


@dataclass(frozen=True)
class DrawnSession:
    """A study session with its items placed on a scale that begins at ``top``."""

    row: StudySession
    blocks: dict[int, rules.Block]
    minutes: int
    hours: list[tuple[int, str]]


@bp.get("/conferences/")
@allow(*READERS)
def conferences() -> ResponseReturnValue:
    visible = access.visible_conferences(g.actor)
    if request.args.get("view") == "month":
        return _month(visible)
    page = queries.conferences_page(visible, ask_from_request("q", "state", "kind"))
    if not page.ask.query and page.ask.direction == "asc" and "direction" not in request.args:
        page = queries.conferences_page(visible, _latest_first(page.ask))
    return render_template(
        "planning/conferences.html",
        page=addressed(page),
        study_sessions=queries.study_sessions_of([row.Conference.id for row in page.items]),
        words=words,
        may_create=access.may_create(g.actor),
    )


def _latest_first(ask: Any) -> Any:
    return type(ask)(ask.number, ask.size, "date", "desc", ask.query)


def _month(visible: Any) -> ResponseReturnValue:
    shown = _asked_month()
    weeks = rules.weeks_of_month(shown.year, shown.month)
    found = queries.conferences_between(visible, weeks[0][0], weeks[-1][-1])
    return render_template(
        "planning/month.html",
        shown=shown,
        weeks=weeks,
        today=clock.now().astimezone(filters.ZONE).date(),
        on_day=lambda day: [row for row in found if row.starts_on <= day <= row.ends_on],
        in_month=[row for row in found if row.starts_on.replace(day=1) <= shown <= row.ends_on],
        study_sessions=queries.study_sessions_of([row.id for row in found]),
        before=rules.month_around(shown, months=-1),
        after=rules.month_around(shown, months=1),
        words=words,
        may_create=access.may_create(g.actor),
    )


def _asked_month() -> date:
    """``?month=2018-12``; the present month for nonsense."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", request.args.get("month", ""))
    today = clock.now().astimezone(filters.ZONE).date()
    if not found or not OLDEST_YEAR <= int(found[1]) <= LATEST_YEAR or not 1 <= int(found[2]) <= 12:
        return today.replace(day=1)
    return date(int(found[1]), int(found[2]), 1)


@bp.get("/conferences/new")
@allow(*CHANGERS)
def new_conference() -> ResponseReturnValue:
    _require_creator()
    return _conference_page(new_conference_form())


@bp.post("/conferences/new")
@allow(*CHANGERS)
def create_conference() -> ResponseReturnValue:
    _require_creator()
    form, facts = read_conference(request.form)
    code = read_code(form)
    if facts is None or not form.is_valid:
        return _conference_page(form), 422
    try:
        with transaction():
            conference = actions.create_conference(code=code, facts=facts, by=g.actor, at=clock.now())
    except DomainError as error:
        if error.code != "code_taken":
            raise
        form.fault("code", sentence_of(error), _("Mã hội nghị"))
        return _conference_page(form), 409
    flash(_("Đã tạo bản nháp. Chỉ Ban Tổ chức thấy, đến khi đồng chí công bố."), "ok")
    return redirect(url_for("planning.plan", code=conference.code))


def _require_creator() -> None:
    if not access.may_create(g.actor):
        raise DomainError("forbidden")


@bp.get("/conferences/<code>/edit")
@allow(*CHANGERS)
def edit_conference(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    return _conference_page(conference_form(conference), conference)


@bp.post("/conferences/<code>/edit")
@allow(*CHANGERS)
def change_conference(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, facts = read_conference(request.form)
    if facts is None:
        return _conference_page(form, conference), 422
    held = _held(conference, conference.modules - (conference.modules if facts.modules is None else facts.modules))
    try:
        with transaction():
            actions.change_conference(
                conference=conference,
                version=read_version(form),
                facts=facts,
                held=held,
                knowingly=form.ticked("knowingly"),
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code == "changed_meanwhile":
            return _conference_page(over_newer(form, code), enter_to_change(code)), 409
        if error.code != "modules_in_use":
            raise
        return _conference_page(form, enter_to_change(code), _said(form, held)), 409
    flash(_("Đã lưu kế hoạch."), "ok")
    return redirect(url_for("planning.plan", code=code))


def _held(conference: Conference, modules: Collection[Module]) -> list[Held]:
    """What these modules hold, and what stands on them; nothing is asked where none is switched off."""
    if not modules:
        return []
    found: Sequence[Held] = current_app.extensions["module_holdings"](conference, clock.now())
    return [one for one in found if one.module in modules]


def _said(form: Form, held: Sequence[Held]) -> list[Held]:
    """Note at each module that can't be switched off why not; what is left only waits for a tick."""
    kept = {one.module for one in held if one.keeps_on}
    for module in kept:
        name = str(words.MODULES[module][0])
        what = ", ".join(one.words for one in held if one.module is module and one.keeps_on)
        form.values[f"module-{module}"] = "1"
        form.fault(
            f"module-{module}",
            _("Không tắt được “%(module)s”: đang có %(what)s.", module=name, what=what),
            name,
        )
    waiting = [one for one in held if one.module not in kept]
    if waiting:
        label = _("Vẫn tắt")
        form.fault("knowingly", _("Phần vừa tắt đang giữ dữ liệu. Mời đồng chí xem rồi xác nhận."), label)
    return waiting


def over_newer(form: Form, code: str) -> Form:
    """Keep what was typed, say that someone else was faster, and let a second try go over the newer version."""
    conference = enter_to_change(code)
    form.fault(
        "",
        _("Kế hoạch vừa được người khác sửa. Mời đồng chí mở bản mới để so, rồi bấm Lưu lần nữa nếu vẫn muốn sửa."),
        "",
    )
    form.values["version"] = str(conference.version)
    return form


def _conference_page(form: Form, conference: Conference | None = None, held: Sequence[Held] = ()) -> str:
    known = [] if conference else queries.newest_conferences(access.visible_conferences(g.actor), MOST_TO_COPY)
    return render_template(
        "planning/conference.html",
        form=form,
        conference=conference,
        copyable=[one for one in known if access.may_manage(g.actor, one)],
        words=words,
        units=leading_units(),
        held=held,
        usual={kind.value: sorted(modules) for kind, modules in USUAL.items()},
    )


@bp.get("/conferences/<code>/plan")
@allow(*READERS)
def plan(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    programme = queries.programme_of(conference.id)
    managing = access.may_manage(g.actor, conference)
    lines = plan_faults(conference, programme) if managing else []
    return render_template(
        "planning/plan.html",
        conference=conference,
        days=_days(programme),
        documents=documents_of(conference.id),
        drawn={row.id: _drawn(row) for row in programme},
        lines=lines,
        blocking=sum(line.blocks for line in lines),
        at_topic=lambda topic: [line for line in lines if line.topic_id == topic.id and line.at_item],
        at_session=lambda row: [
            line for line in lines if line.study_session_id == row.id and line.topic_id is None and line.at_item
        ],
        parts=_parts(conference) if managing else [],
        may_change=access.may_change(g.actor, conference) and conference.state is not ConferenceState.CLOSED,
        managing=managing,
        may_copy=managing and access.may_create(g.actor),
        used=[name for module, (name, _more) in words.MODULES.items() if conference.uses(module)],
        words=words,
    )


def plan_faults(conference: Conference, programme: Sequence[StudySession]) -> list[FaultLine]:
    """What the programme's rules find, then what later areas find; what blocks stands first."""
    found = rules.faults_of_programme(
        queries.halves_of(programme),
        first_day=conference.starts_on,
        last_day=conference.ends_on,
        elsewhere=queries.presented_elsewhere(conference, access.visible_conferences(g.actor)),
    )
    lines = [words.line_of(fault, conference) for fault in found]
    for check in current_app.extensions.get("plan_checks", ()):
        lines += check(conference)
    return sorted(lines, key=lambda line: not line.blocks)


def _parts(conference: Conference) -> list[tuple[str, dict[str, Any]]]:
    return [(template, figures(conference)) for template, figures in current_app.extensions.get("plan_parts", ())]


def _days(programme: Sequence[StudySession]) -> list[tuple[date, list[StudySession]]]:
    days: dict[date, list[StudySession]] = {}
    for row in programme:
        days.setdefault(row.held_on, []).append(row)
    return list(days.items())


def _drawn(row: StudySession) -> DrawnSession:
    """The scale runs from the full half hour before the first thing until the last thing ends."""
    begins = min([row.starts_at, *(topic.starts_at for topic in row.topics)])
    ends = max([row.ends_at, *(topic.ends_at for topic in row.topics)])
    top = begins.replace(minute=begins.minute // 30 * 30, second=0, microsecond=0)
    minutes = int((ends - top).total_seconds() // 60)
    spans = [(topic.id, rules.Span(topic.starts_at, topic.ends_at)) for topic in row.topics]
    hours = [
        (step, filters.clock(top + rules.HALF_HOUR * number)) for number, step in enumerate(range(0, minutes + 1, 30))
    ]
    return DrawnSession(row, {block.id: block for block in rules.laid_out(spans, top=top)}, minutes, hours)


@bp.post("/conferences/<code>/publish")
@allow(*CHANGERS)
def publish(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    version = read_version(Form(request.form))
    with transaction():
        lines = plan_faults(conference, queries.programme_of(conference.id))
        actions.publish(
            conference=conference,
            version=version,
            blocking=sum(line.blocks for line in lines),
            by=g.actor,
            at=clock.now(),
        )
        for step in current_app.extensions.get("on_publish", ()):
            step(conference, g.actor, clock.now())
    flash(_("Đã công bố. Phụ trách điểm cầu và phụ trách đơn vị thấy hội nghị từ bây giờ."), "ok")
    return redirect(url_for("planning.plan", code=code))
