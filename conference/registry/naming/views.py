"""The pages of a unit's officer: what is asked of the unit, whom it has named, naming by form, paste or sheet."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.sheet_bounds import MAX_FILE_BYTES
from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.directory.models import Unit
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.sheets import Table
from conference.foundation.text import row_number
from conference.planning import queries as planning
from conference.planning.access import visible_conferences
from conference.planning.entry import enter_conference, enter_to_name
from conference.planning.models import Conference
from conference.planning.modules import Module, shown_by
from conference.registry import queries as people
from conference.registry import words as people_words
from conference.registry.access import attendee_to_speak_for, reach_of
from conference.registry.actions import check_is_held
from conference.registry.naming import access, actions, forms, listing, queries, quotas, words
from conference.registry.naming.actions import Asked
from conference.registry.naming.models import NamingRule, Nomination
from conference.registry.naming.pasted import LONGEST_PASTE, MENDABLE, MOST_ROWS, Pasted, as_text
from conference.registry.naming.rules import OPEN_STATES, NominationKind, NominationState, is_frozen
from conference.registry.rules import Reach
from conference.registry.views import XLSX, hook, ring
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("naming", __name__)

SPEAKERS = (Role.UNIT_OFFICER, Role.ORGANIZER)
TEMPLATE_HEAD = (
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Chức vụ",
    "Đơn vị",
    "Thành phần",
    "Số điện thoại",
    "Thư điện tử",
)
TEMPLATE_WIDTHS = (28, 14, 10, 32, 44, 32, 16, 30)


@bp.get("/unit")
@allow(Role.UNIT_OFFICER)
def start() -> ResponseReturnValue:
    """Where an officer begins: the conference that is next, or the last that was."""
    nearest = planning.nearest_conference(visible_conferences(g.actor), clock.now().astimezone(filters.ZONE).date())
    if nearest is None:
        return redirect(url_for("planning.conferences"))
    return redirect(url_for(".home", code=nearest))


def _step_in(code: str) -> tuple[Conference, Reach, NamingRule | None]:
    conference = enter_conference(code)
    return conference, reach_of(g.actor, conference), actions.rule_of(conference.id)


def _step_in_to_name(code: str) -> tuple[Conference, Reach, NamingRule | None]:
    """Raises ``conference_closed``, and for units ``naming_closed`` while they may not name and
    ``needless_when_called_off``."""
    conference = enter_to_name(code)
    reach, rule = reach_of(g.actor, conference), actions.rule_of(conference.id)
    if not access.may_name(reach, rule):
        raise DomainError("naming_closed" if reach.may_ask else "forbidden")
    if not reach.may_change:
        check_is_held(conference.id)
    return conference, reach, rule


def _unit(reach: Reach) -> Unit:
    """The unit of this page: the one that is asked for, else the first of the own ones."""
    asked = row_number(request.values.get("unit", ""))
    if asked is not None:
        return access.unit_in(reach, asked)
    own = access.own_units(g.actor, reach)
    if not own:
        raise DomainError("not_found")
    return own[0]


@bp.get("/conferences/<code>/unit")
@allow(Role.UNIT_OFFICER)
def home(code: str) -> ResponseReturnValue:
    conference, reach, rule = _step_in(code)
    own = access.own_units(g.actor, reach)
    if not own:
        raise DomainError("not_found")
    unit = _unit(reach)
    of_unit = Reach(unit_paths=frozenset({unit.path}))
    at = clock.now()
    lines = quotas.quota_lines(conference.id, of_unit)
    ask = ask_from_request("state", "q", "unit")
    page = addressed(queries.nominations_page(conference.id, of_unit, _of_all_states(ask)))
    return render_template(
        "registry/naming/home.html",
        conference=conference,
        unit=unit,
        own=own,
        units=quotas.by_unit(lines),
        rule=rule,
        frozen=rule is not None and is_frozen(rule.freezes_at, at),
        may_name=conference.uses(Module.NAMING) and access.may_name(reach, rule) and not conference.is_called_off,
        figures=queries.figures_of(conference.id, unit.path),
        more=_further_figures(conference, unit, of_unit),
        names=conference.uses(Module.NAMING),
        has_waves=bool(planning.waves_of(conference.id)),
        page=page,
        counts=queries.counts_by_state(conference.id, of_unit),
        categories=queries.categories_of([row.id for row in page.items]),
        words=words,
        states=NominationState,
    )


def _further_figures(conference: Conference, unit: Unit, reach: Reach) -> list[dict[str, Any]]:
    """How many of a unit's people come in each wave, and what later areas know of them, each a filter of the list of
    people: who has not answered, say."""
    further = hook("people_filters", {})
    figures = []
    shown = planning.waves_of(conference.id) if people.count_called(conference.id, reach) else ()  # else others' affair
    waves = [("wave", str(one.id), _("dự %(wave)s", wave=one.title)) for one in shown]
    for name, value, word in [*waves, *hook("unit_lists", [])]:
        if not shown_by(conference, further[name]):
            continue
        asked = {name: value}
        statement = people.narrowed(people.people(conference.id, reach), asked, reach, further)
        url = url_for("registry.people", code=conference.code, unit=unit.id, **asked)
        figures.append({"value": queries.count(statement), "words": str(word), "url": url, "drawer": False})
    return figures


def way_back(conference: Conference, unit_id: int) -> str:
    """The page of naming on which this account works."""
    if Role.UNIT_OFFICER in g.actor.roles:
        return url_for("naming.home", code=conference.code, unit=unit_id)
    return url_for("naming.quota_list", code=conference.code)


def _of_all_states(ask: Any) -> Any:
    """The officer's list shows everything unless a state is asked for."""
    return type(ask)(ask.number, ask.size, ask.sort, ask.direction, {"state": "all", **ask.query})


# ---- one person by form


@bp.get("/conferences/<code>/unit/new")
@allow(*SPEAKERS)
def new_delegate(code: str) -> ResponseReturnValue:
    conference, reach, rule = _step_in_to_name(code)
    unit = _unit(reach)
    return _delegate_page(conference, reach, rule, unit, Form(), [])


@bp.post("/conferences/<code>/unit/new")
@allow(*SPEAKERS)
def name_delegate(code: str) -> ResponseReturnValue:
    conference, reach, rule = _step_in_to_name(code)
    unit = _unit(reach)
    form = Form(request.form)
    asked = _read_asked(form, conference, reach, rule, unit, needs_person=True)
    if asked is None or not form.is_valid:
        return _delegate_page(conference, reach, rule, unit, form, request.form.getlist("categories")), 422
    return _proposed(conference, reach, rule, asked, unit)


def _read_asked(
    form: Form,
    conference: Conference,
    reach: Reach,
    rule: NamingRule | None,
    unit: Unit,
    *,
    needs_person: bool,
    leaving: Any = None,
) -> Asked | None:
    at = clock.now()
    frozen = rule is not None and is_frozen(rule.freezes_at, at)
    who = None
    if needs_person:
        sites = queries.sites_for_unit(conference.id, unit, reach)
        who = forms.read_person(form, unit_id=unit.id, site_ids=[id for id, _name in sites])
    known = [id for id, _name in quotas.categories()]
    chosen = forms.read_categories(form, request.form.getlist("categories"), known)
    reason = forms.read_reason(form, required=frozen or leaving is not None)
    if not form.is_valid or (needs_person and who is None):
        return None
    return Asked(unit_id=unit.id, who=who, categories=chosen, leaving=leaving, reason=reason)


def _proposed(
    conference: Conference, reach: Reach, rule: NamingRule | None, asked: Asked, unit: Unit
) -> ResponseReturnValue:
    at = clock.now()
    waits = access.needs_approval(reach, rule, at)
    with transaction():
        actions.propose(conference=conference, asked=asked, is_decided=not waits, ring=ring(), by=g.actor, at=at)
    name = asked.who.full_name if asked.who else ""
    if waits:
        flash(_("Đã gửi đề nghị, chờ duyệt."), "ok")
    elif asked.kind is NominationKind.WITHDRAW:
        flash(_("Đã rút khỏi danh sách triệu tập."), "ok")
    else:
        flash(_("Đã cử %(name)s, thẻ đã sẵn sàng.", name=name), "ok")
    return redirect(way_back(conference, unit.id), 303)


def _delegate_page(
    conference: Conference,
    reach: Reach,
    rule: NamingRule | None,
    unit: Unit,
    form: Form,
    chosen: list[str],
    **more: Any,
) -> str:
    at = clock.now()
    return render_template(
        "registry/naming/delegate.html",
        conference=conference,
        unit=unit,
        form=form,
        chosen=chosen,
        sites=queries.sites_for_unit(conference.id, unit, reach),
        categories=quotas.categories(),
        sexes=[(key.value, str(word)) for key, word in people_words.SEXES.items()],
        waits=access.needs_approval(reach, rule, at),
        frozen=rule is not None and is_frozen(rule.freezes_at, at),
        back=way_back(conference, unit.id),
        **{"nomination": None, "leaving": None, **more},
    )


# ---- many at once


@bp.get("/conferences/<code>/unit/paste")
@allow(*SPEAKERS)
def paste(code: str) -> ResponseReturnValue:
    conference, reach, rule = _step_in_to_name(code)
    return _paste_page(conference, rule, _unit(reach), Form())


@bp.post("/conferences/<code>/unit/paste")
@allow(*SPEAKERS)
def name_delegates(code: str) -> ResponseReturnValue:
    """First the rows and what would become of each; the second form carries the text on. Faulty rows stay in it."""
    conference, reach, rule = _step_in_to_name(code)
    unit = _unit(reach)
    form = Form(request.form)
    text = _pasted_text(form)
    at = clock.now()
    frozen = rule is not None and is_frozen(rule.freezes_at, at)
    form.values["rows"] = text
    if not form.is_valid:
        return _paste_page(conference, rule, unit, form), 422
    sites = [id for id, _name in queries.sites_for_unit(conference.id, unit, reach)]
    pasted = listing.read_for_unit(text, conference=conference, unit=unit, site_ids=sites)
    if not pasted.has_names:
        form.fault("rows", _("Chưa thấy cột họ tên. Mời dán cả dòng tiêu đề, như “Họ và tên”."), _("Các dòng"))
        return _paste_page(conference, rule, unit, form), 422
    if request.form.get("step") != "apply":
        return _paste_page(conference, rule, unit, form, pasted)
    reason = forms.read_reason(form, required=frozen)
    if form.errors:
        return _paste_page(conference, rule, unit, form, pasted), 422
    waits = access.needs_approval(reach, rule, at)
    with transaction():
        count = listing.propose_rows(
            pasted=pasted,
            conference=conference,
            reason=reason,
            is_decided=not waits,
            ring=ring(),
            by=g.actor,
            at=at,
        )
    said = filters.number(count)
    flash(_("Đã gửi đề nghị %(count)s người.", count=said) if waits else _("Đã cử %(count)s người.", count=said), "ok")
    left = [bad for bad in pasted.bad if bad.problem in MENDABLE]
    if not left:
        return redirect(way_back(conference, unit.id), 303)
    again = Form({"rows": "\n".join([pasted.head, *(bad.cells for bad in left)])})
    sites_now = listing.read_for_unit(again.values["rows"], conference=conference, unit=unit, site_ids=sites)
    return _paste_page(conference, rule, unit, again, sites_now)


def _pasted_text(form: Form) -> str:
    """What was pasted, or what stands in the first sheet of a file; notes what can't be read."""
    sent = request.files.get("file")
    label = _("Các dòng")
    if sent is not None and sent.filename:
        content = sent.stream.read(MAX_FILE_BYTES + 1)
        try:
            book = read_workbook(sent.filename, content)
        except DomainError as error:
            form.fault("file", sentence_of(error), _("Tệp Excel"))
            return ""
        sheet = next((one for one in book.sheets if any(any(row) for row in one.rows)), None)
        text = as_text(sheet.rows) if sheet else ""
    else:
        text = form.values.get("rows", "").replace("\r\n", "\n").replace("\0", "")
    if not text.strip():
        form.fault("rows", _("Mời dán các dòng, hoặc chọn tệp Excel."), label)
    elif len(text) > LONGEST_PASTE or text.count("\n") > MOST_ROWS:
        form.fault("rows", _("Nhiều quá %(most)s dòng. Mời chia làm nhiều lần.", most=filters.number(MOST_ROWS)), label)
        return text[:LONGEST_PASTE]
    return text


def _paste_page(
    conference: Conference, rule: NamingRule | None, unit: Unit, form: Form, pasted: Pasted | None = None
) -> str:
    at = clock.now()
    reach = reach_of(g.actor, conference)
    return render_template(
        "registry/naming/paste.html",
        conference=conference,
        unit=unit,
        form=form,
        pasted=pasted,
        mendable=MENDABLE,
        words=words,
        sites=dict(listing.site_names(conference.id)) if pasted else {},
        waits=access.needs_approval(reach, rule, at),
        frozen=rule is not None and is_frozen(rule.freezes_at, at),
        back=way_back(conference, unit.id),
    )


@bp.get("/conferences/<code>/unit/template.xlsx")
@allow(*SPEAKERS)
def template(code: str) -> ResponseReturnValue:
    """An empty sheet with the heads that are recognised, the unit and its categories filled in as an example."""
    conference, reach, _rule = _step_in(code)
    unit = _unit(reach)
    lines = quotas.quota_lines(conference.id, Reach(unit_paths=frozenset({unit.path})))
    rows = [
        ["", "", "", "", line.unit_name, line.category_name, "", ""]
        for line in lines
        for _place in range(min(line.missing, 100))
    ]
    target = BytesIO()
    write_workbook(target, [Table("Cử đại biểu", TEMPLATE_HEAD, rows, TEMPLATE_WIDTHS)])
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=f"mau-cu-dai-bieu-{conference.code}.xlsx")


# ---- somebody off the list, or another instead


@bp.get("/conferences/<code>/people/<int:number>/off-list")
@allow(*SPEAKERS)
def leave_list(code: str, number: int) -> ResponseReturnValue:
    conference, reach, rule = _step_in_to_name(code)
    attendee = attendee_to_speak_for(reach, conference, number)
    form = Form({"instead": request.args.get("instead", "")})
    return _delegate_page(conference, reach, rule, attendee.unit, form, [], leaving=attendee)


@bp.post("/conferences/<code>/people/<int:number>/off-list")
@allow(*SPEAKERS)
def ask_to_leave_list(code: str, number: int) -> ResponseReturnValue:
    conference, reach, rule = _step_in_to_name(code)
    attendee = attendee_to_speak_for(reach, conference, number)
    form = Form(request.form)
    instead = form.ticked("instead")
    asked = _read_asked(form, conference, reach, rule, attendee.unit, needs_person=instead, leaving=attendee)
    if asked is None or not form.is_valid:
        chosen = request.form.getlist("categories")
        return _delegate_page(conference, reach, rule, attendee.unit, form, chosen, leaving=attendee), 422
    return _proposed(conference, reach, rule, asked, attendee.unit)


# ---- what was asked


@bp.get("/conferences/<code>/nominations/<int:nomination_id>")
@allow(*SPEAKERS)
def nomination(code: str, nomination_id: int) -> ResponseReturnValue:
    conference, reach, rule = _step_in(code)
    found = access.nomination_in(reach, conference, nomination_id)
    return _nomination_page(conference, reach, rule, found, forms.form_of(found))


def _nomination_page(
    conference: Conference, reach: Reach, rule: NamingRule | None, found: Nomination, form: Form
) -> str:
    return _delegate_page(
        conference,
        reach,
        rule,
        found.unit,
        form,
        [str(category.id) for category in found.categories],
        nomination=found,
        leaving=found.leaving,
        may_amend=found.state in OPEN_STATES,
        may_decide=access.may_decide(g.actor, conference, rule, found) and found.state is NominationState.PROPOSED,
        words=words,
    )


@bp.post("/conferences/<code>/nominations/<int:nomination_id>")
@allow(*SPEAKERS)
def amend_nomination(code: str, nomination_id: int) -> ResponseReturnValue:
    conference, reach, rule = _step_in_to_name(code)
    found = access.nomination_in(reach, conference, nomination_id)
    form = Form(request.form)
    asked = _read_asked(
        form, conference, reach, rule, found.unit, needs_person=bool(found.full_name), leaving=found.leaving
    )
    if asked is None or not form.is_valid:
        return _nomination_page(conference, reach, rule, found, form), 422
    with transaction():
        actions.amend(nomination=found, asked=asked, by=g.actor, at=clock.now())
    flash(_("Đã sửa và gửi lại đề nghị."), "ok")
    return redirect(way_back(conference, found.unit_id), 303)


@bp.post("/conferences/<code>/nominations/<int:nomination_id>/take-back")
@allow(*SPEAKERS)
def take_back_nomination(code: str, nomination_id: int) -> ResponseReturnValue:
    conference, reach, _rule = _step_in(code)
    found = access.nomination_in(reach, conference, nomination_id)
    with transaction():
        actions.take_back(nomination=found, by=g.actor, at=clock.now())
    flash(_("Đã rút đề nghị."), "ok")
    return redirect(way_back(conference, found.unit_id), 303)
