"""The organizer's pages of naming: quotas, what units ask, the rule, and the changes after the freeze."""

from __future__ import annotations

from io import BytesIO

from flask import flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.spreadsheet import write_workbook
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.sheets import Table
from conference.foundation.text import row_number
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.models import Conference
from conference.planning.queries import waves_of
from conference.registry.access import reach_of
from conference.registry.naming import access, actions, forms, freezing, queries, quotas, words
from conference.registry.naming.pasted import LONGEST_PASTE
from conference.registry.naming.rules import NominationState, is_frozen
from conference.registry.naming.views import bp as bp  # one blueprint for the pages of naming
from conference.registry.views import XLSX, ring
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form, ticked_rows
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

WATCHERS = (Role.ORGANIZER, Role.ADMIN, Role.LEADER)
DECIDERS = (Role.ORGANIZER, Role.UNIT_OFFICER)
QUOTA_HEAD = ("Mã đơn vị", "Đơn vị", "Thành phần", "Chỉ tiêu", "Đã triệu tập", "Chờ duyệt", "Còn phải cử")
SITES_SHOWN = 12


# ---- quotas


@bp.get("/conferences/<code>/quotas")
@allow(*WATCHERS)
def quota_list(code: str) -> ResponseReturnValue:
    return _quota_page(enter_conference(code), Form())


def _quota_page(conference: Conference, form: Form) -> str:
    lines = quotas.quota_lines(conference.id, reach_of(g.actor, conference))
    sites = quotas.by_site(conference.id, lines)
    units = quotas.by_unit(lines)
    return render_template(
        "registry/naming/quotas.html",
        conference=conference,
        may_change=reach_of(g.actor, conference).may_change,
        units=units,
        page=addressed(quotas.page_of_units(units, ask_from_request("q", "lack"))),
        places=sum(line.places for line in lines),
        named=sum(min(line.places, line.called + line.proposed) for line in lines),
        missing=sum(line.missing for line in lines),
        sites=sites[:SITES_SHOWN],
        sites_total=len(sites),
        short=[site for site in sites if site.short],
        form=form,
        waiting=queries.waiting_count(conference.id),
        has_waves=bool(waves_of(conference.id)),
    )


@bp.post("/conferences/<code>/quotas")
@allow(Role.ORGANIZER)
def set_quotas(code: str) -> ResponseReturnValue:
    """Pasted rows: unit, category, places. All or none: what is faulty is named, the text comes back."""
    conference = enter_to_change(code)
    form = Form(request.form)
    text = form.values.get("rows", "").replace("\r\n", "\n").replace("\0", "")[:LONGEST_PASTE]
    facts = forms.read_quota_rows(form, text)
    if not form.is_valid:
        return _quota_page(conference, form), 422
    with transaction():
        count = quotas.set_quotas(conference=conference, facts=facts, by=g.actor, at=clock.now())
    flash(_("Đã ghi %(count)s chỉ tiêu.", count=filters.number(count)), "ok")
    return redirect(url_for(".quota_list", code=conference.code), 303)


@bp.get("/conferences/<code>/quotas.xlsx")
@allow(*WATCHERS)
def quota_sheet(code: str) -> ResponseReturnValue:
    """Every quota with what fills it; its first, third and fourth columns can be pasted back."""
    conference = enter_conference(code)
    lines = quotas.quota_lines(conference.id, reach_of(g.actor, conference))
    codes = quotas.unit_codes({line.unit_id for line in lines})
    rows = [
        (
            codes[line.unit_id],
            line.unit_name,
            line.category_name,
            line.places,
            line.called,
            line.proposed,
            line.missing,
        )
        for line in lines
    ]
    target = BytesIO()
    write_workbook(target, [Table("Chỉ tiêu", QUOTA_HEAD, rows, (14, 48, 40, 10, 12, 12, 12))])
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=f"chi-tieu-{conference.code}.xlsx")


@bp.get("/conferences/<code>/quotas/<int:unit_id>")
@allow(Role.ORGANIZER)
def unit_quotas(code: str, unit_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    reach = reach_of(g.actor, conference)
    unit = access.unit_in(reach, unit_id)
    form = Form()
    for quota in quotas.quotas_of_unit(conference.id, unit.id):
        form.values[f"places-{quota.category_id or 'any'}"] = str(quota.places)
    return _unit_page(conference, unit, form)


def _unit_page(conference: Conference, unit: object, form: Form) -> str:
    return render_template(
        "registry/naming/unit_quotas.html",
        conference=conference,
        unit=unit,
        form=form,
        categories=quotas.categories(),
    )


@bp.post("/conferences/<code>/quotas/<int:unit_id>")
@allow(Role.ORGANIZER)
def set_unit_quotas(code: str, unit_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    unit = access.unit_in(reach_of(g.actor, conference), unit_id)
    form = Form(request.form)
    facts = forms.read_unit_quotas(form, unit.id, quotas.categories())
    if not form.is_valid:
        return _unit_page(conference, unit, form), 422
    with transaction():
        quotas.set_quotas(conference=conference, facts=facts, by=g.actor, at=clock.now())
    flash(_("Đã ghi chỉ tiêu của %(unit)s.", unit=unit.name), "ok")
    return redirect(url_for(".quota_list", code=conference.code), 303)


# ---- what units ask


@bp.get("/conferences/<code>/nominations")
@allow(*WATCHERS, Role.UNIT_OFFICER)
def nominations(code: str) -> ResponseReturnValue:
    return _nominations_page(enter_conference(code))


def _nominations_page(conference: Conference, form: Form | None = None) -> str:
    reach = reach_of(g.actor, conference)
    ask = ask_from_request("state", "q")
    page = addressed(queries.nominations_page(conference.id, reach, ask))
    rule = actions.rule_of(conference.id)
    return render_template(
        "registry/naming/nominations.html",
        conference=conference,
        reach=reach,
        page=page,
        categories=queries.categories_of([row.id for row in page.items]),
        counts=queries.counts_by_state(conference.id, reach),
        may_decide=reach.may_change or access.decides_for_units_below(rule),
        words=words,
        states=NominationState,
        form=form or Form(),
        waiting=queries.waiting_count(conference.id) if reach.may_change else 0,
    )


@bp.post("/conferences/<code>/nominations")
@allow(*DECIDERS)
def decide_nominations(code: str) -> ResponseReturnValue:
    """Approve or return what was ticked; what can't be carried out is named and holds up nobody else."""
    conference = enter_conference(code)
    reach, rule = reach_of(g.actor, conference), actions.rule_of(conference.id)
    ids = ticked_rows(request.form, "nominations")
    decision = request.form.get("action", "")
    if decision not in ("approve", "return"):
        raise DomainError("decision_missing")
    form = Form(request.form)
    answer = ""
    if decision == "return":
        label = _("Lý do trả lại")
        answer = form.text("answer", label, required=True, most=forms.LONGEST_REASON)
    chosen = queries.nominations_among(conference.id, reach, ids)
    mine = [one for one in chosen if access.may_decide(g.actor, conference, rule, one)]
    if not ids:
        form.fault("nominations", _("Chưa chọn đề nghị nào. Mời đánh dấu trong danh sách."), _("Đề nghị"))
    elif not mine:
        raise DomainError("not_found" if not chosen else "forbidden")
    if not form.is_valid:
        return _nominations_page(conference, form), 422
    with transaction():
        mine = list(queries.nominations_among(conference.id, reach, [one.id for one in mine]))
        if decision == "approve":
            decided = actions.approve_several(
                conference=conference, nominations=mine, ring=ring(), by=g.actor, at=clock.now()
            )
        else:
            count = actions.give_back(nominations=mine, answer=answer, by=g.actor, at=clock.now())
            decided = actions.Decided(count)
    _tell(decision, decided)
    return redirect(url_for(".nominations", code=conference.code), 303)


def _tell(decision: str, decided: actions.Decided) -> None:
    count = filters.number(decided.done)
    if decision == "return":
        flash(_("Đã trả lại %(count)s đề nghị.", count=count), "ok")
    elif decided.done:
        flash(_("Đã duyệt %(count)s đề nghị.", count=count), "ok")
    for name, error in decided.refused[:5]:
        flash(f"{name}: {sentence_of(error)}", "warn")


# ---- the rule and the freeze


@bp.get("/conferences/<code>/naming-rule")
@allow(Role.ORGANIZER)
def rule(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = actions.rule_of(conference.id)
    return _rule_page(conference, forms.rule_form(found))


def _rule_page(conference: Conference, form: Form) -> str:
    found = actions.rule_of(conference.id)
    return render_template(
        "registry/naming/rule.html",
        conference=conference,
        form=form,
        frozen=found is not None and is_frozen(found.freezes_at, clock.now()),
        approvers=[(key.value, str(word)) for key, word in words.APPROVERS.items()],
        waiting=queries.waiting_count(conference.id),
    )


@bp.post("/conferences/<code>/naming-rule")
@allow(Role.ORGANIZER)
def save_rule(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, facts = forms.read_rule(request.form, conference.timezone)
    version = row_number(request.form.get("version", ""))
    if facts is None or version is None:
        if version is None:
            raise DomainError("bad_request")
        return _rule_page(conference, form), 422
    with transaction():
        actions.lay_down_rule(conference=conference, facts=facts, version=version, by=g.actor, at=clock.now())
    flash(_("Đã ghi quy định cử đại biểu."), "ok")
    return redirect(url_for(".quota_list", code=conference.code), 303)


@bp.post("/conferences/<code>/list/freeze")
@allow(Role.ORGANIZER)
def freeze(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    with transaction():
        count = actions.freeze_list(conference=conference, by=g.actor, at=clock.now())
    flash(_("Đã chốt danh sách: %(count)s người.", count=filters.number(count)), "ok")
    return redirect(url_for(".changes", code=conference.code), 303)


@bp.get("/conferences/<code>/list/changes")
@allow(*WATCHERS, Role.UNIT_OFFICER)
def changes(code: str) -> ResponseReturnValue:
    """Who came on the list and who went since it was frozen, when, by whom and why; and that it adds up."""
    conference = enter_conference(code)
    reach = reach_of(g.actor, conference)
    found = actions.rule_of(conference.id)
    frozen = found is not None and is_frozen(found.freezes_at, clock.now())
    page = addressed(queries.changes_page(conference.id, reach, ask_from_request()))
    return render_template(
        "registry/naming/changes.html",
        conference=conference,
        reach=reach,
        rule=found,
        frozen=frozen,
        called=freezing.count_called(conference.id) if reach.is_whole else None,
        balance=queries.balance_of(conference.id, found) if found is not None and frozen and reach.is_whole else None,
        page=page,
        reasons=words.reason_word,
        words=words,
        waiting=queries.waiting_count(conference.id) if reach.may_change else 0,
    )
