"""The people of a conference: the list, one person, and what the staff do with them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.adapters.spreadsheet import write_workbook
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.aside import aside
from conference.foundation.db import transaction
from conference.foundation.text import format_phone, row_number
from conference.planning import queries as planning
from conference.planning.entry import enter_conference
from conference.planning.given import GivenSession
from conference.planning.models import Conference, StudySession
from conference.planning.modules import shown_by
from conference.planning.words import PARTS
from conference.registry import access, actions, forms, queries, rules, substitutes, words
from conference.registry.called import sessions_of
from conference.registry.links import link_token
from conference.registry.models import Attendee, AttendeeRole, LeaveState
from conference.registry.naming.access import may_name
from conference.registry.naming.actions import rule_of
from conference.registry.rules import Reach, TicketReason, WithdrawReason
from conference.registry.tickets import KeyRing, key_ring
from conference.web import filters
from conference.web.forms import Form, ticked_rows
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("registry", __name__)

READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_A_DRAWER = 20
LONGEST_UNIT_WORDS = 200


def hook(name: str, default: Any) -> Any:
    """What later areas add to these pages, by name. What is marked as ``part_of`` a module goes with it.

    - ``people_filters``: filter name -> ``(statement, value) -> statement``
    - ``people_filter_words``: filter name -> ``value -> (label, word)``, what its token says
    - ``people_selects``: ``conference -> {name, label, options} | None``, further selects above the list
    - ``people_status``: ``(conference, attendee ids, query) -> (heading, {id: (state key, word)}) | None``
    - ``people_actions``: ``conference -> [{label, value, url}]``, what else may be done with ticked people
    - ``person_parts``: ``(order, (attendee, reach) -> fragment | None)``, further cards on a person's page
    - ``my_page_parts``: ``(order, attendee id -> fragment | None)``, further parts of the attendee's own page
    - ``unit_lists``: (filter name, value, words), a figure each on the page of a unit's officer
    - ``return_decisions``: ``attendee id -> address | None``, the page of a decision by which a paper was given back
    - ``my_page_steps``: step key (write, result, certificate) -> ``attendee id -> (state, address | None)``
    """
    return current_app.extensions.setdefault(name, default)


def ring() -> KeyRing:
    return key_ring(current_app.extensions["settings"].secret_key)


def personal_link(attendee: Attendee) -> str:
    """The address to hand over or send: it opens this attendee's page."""
    settings = current_app.extensions["settings"]
    token = link_token(settings.secret_key, attendee.id, attendee.link_issue)
    return f"{settings.address}{url_for('registry.open_link', token=token)}"


def session_word(study_session: StudySession | GivenSession | None) -> str:
    """Buổi sáng 06/12/2018, or the whole conference."""
    if study_session is None:
        return _("Cả hội nghị")
    return f"{PARTS[study_session.part]} {filters.day(study_session.held_on)}"


def step_in(code: str) -> tuple[Conference, Reach]:
    conference = enter_conference(code)
    return conference, access.reach_of(g.actor, conference)


# ---- the list


@bp.get("/conferences/<code>/people")
@allow(*READERS)
def people(code: str) -> ResponseReturnValue:
    conference, reach = step_in(code)
    further = {name: narrow for name, narrow in hook("people_filters", {}).items() if shown_by(conference, narrow)}
    ask = ask_from_request(*queries.OWN_FILTERS, *further)
    everybody = queries.people(conference.id, reach)
    page = addressed(queries.people_page(queries.narrowed(everybody, ask.query, reach, further), ask))
    ids = [row.id for row in page.items]
    status = hook("people_status", None)
    selects = _selects(conference, reach)
    nearest = 0
    if not page.total and ask.query.get("q"):
        nearest = queries.same_name(queries.narrowed(everybody, {}, reach), ask.query["q"])
    return render_template(
        "registry/people.html",
        conference=conference,
        reach=reach,
        page=page,
        called=queries.count_called(conference.id, reach),
        categories=queries.categories_by_attendee(ids),
        status=status(conference, ids, ask.query) if status and shown_by(conference, status) else None,
        selects=selects,
        tokens=_tokens(page, reach, dict(selects[0]["options"])),
        nearest=nearest,
        birth=_birth(reach),
        place_name=rules.place_name,
        waves={one.id: one.title for one in planning.waves_of(conference.id)},
        in_a_drawer=IN_A_DRAWER,
        actions=[
            action
            for offer in hook("people_actions", [])
            if shown_by(conference, offer)
            for action in offer(conference)
        ],
    )


def _selects(conference: Conference, reach: Reach) -> list[dict[str, Any]]:
    selects: list[dict[str, Any]] = [
        {"name": "site", "label": _("Điểm cầu"), "options": queries.sites_to_choose(conference.id, reach)},
        {"name": "unit", "label": _("Đơn vị"), "options": queries.units_to_choose(reach)},
        {"name": "category", "label": _("Thành phần"), "options": queries.categories_to_choose(conference.id)},
        {"name": "called", "label": _("Danh sách"), "options": [(key, str(word)) for key, word in words.CALLED]},
    ]
    further = [offer(conference) for offer in hook("people_selects", []) if shown_by(conference, offer)]
    return [*selects, *(select for select in further if select)]


def _options(among: dict[Any, Any]) -> list[tuple[str, str]]:
    return [(key.value, str(word)) for key, word in among.items()]


def _tokens(page: Any, reach: Reach, sites: dict[int, str]) -> list[dict[str, str]]:
    """What is filtered now, in words, each with the address of the list without it. Names only what may be seen."""
    known: dict[str, Callable[[str], tuple[str, str]]] = {
        "q": lambda value: (_("Tìm"), value),
        "site": lambda value: (_("Điểm cầu"), _word(lambda id: sites.get(id, ""), value)),
        "unit": lambda value: (_("Đơn vị"), _word(lambda id: queries.unit_name(id, reach), value)),
        "category": lambda value: (_("Thành phần"), _word(queries.category_name, value)),
        "role": lambda value: (_("Tư cách"), str(words.ROLES.get(_member(AttendeeRole, value), value))),
        "leave": lambda value: (_("Đơn xin vắng"), str(words.LEAVES.get(_member(LeaveState, value), value))),
        "called": lambda value: (_("Danh sách"), str(dict(words.CALLED).get(value, value))),
        **hook("people_filter_words", {}),
    }
    tokens = []
    for name, value in page.query.items():
        label, word = known[name](value) if name in known else (name, value)
        if word:
            tokens.append({"label": label, "value": word, "url": page.url(**{name: ""})})
    return tokens


def _word(name_of: Callable[[int], str], value: str) -> str:
    id = row_number(value)
    return ("" if id is None else name_of(id)) or value


def _member(among: Any, value: str) -> Any:
    return among(value) if value in list(among) else None


def _birth(reach: Reach) -> Callable[[Any], str]:
    """How a birth date is written for someone with this reach."""

    def write(person: Any) -> str:
        if reach.sees_contacts and person.birth_date:
            return str(person.birth_date.strftime("%d/%m/%Y"))
        return rules.masked_birth(person.birth_date, person.birth_year)

    return write


def _phone(reach: Reach, person: Any) -> str:
    if not reach.sees_contacts:
        return rules.masked_phone(person.phone_digits)
    return format_phone(person.phone_digits) if person.phone_digits else person.phone or ""


@bp.get("/conferences/<code>/people.xlsx")
@allow(*READERS)
def export_people(code: str) -> ResponseReturnValue:
    """The list as it is filtered, as a sheet. Who took it is noted in the journal."""
    conference, reach = step_in(code)
    further = hook("people_filters", {})
    ask = ask_from_request(*queries.OWN_FILTERS, *further)
    statement = queries.narrowed(queries.people(conference.id, reach), ask.query, reach, further)
    table = queries.people_table(statement, conference.id, reach)
    rows = table.rows = list(table.rows)
    exported = queries.exported_table(statement, conference.code)
    with transaction():
        actions.note_export(conference_id=conference.id, count=len(rows), by=g.actor, at=clock.now())
    target = BytesIO()
    aside(write_workbook, target, [table, exported])
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=f"dai-bieu-{conference.code}.xlsx")


# ---- someone who was not called


@bp.get("/conferences/<code>/people/new")
@allow(Role.ORGANIZER)
def new_person(code: str) -> ResponseReturnValue:
    conference, _reach = step_in(code)
    form = Form({"site": request.args.get("site", ""), "role": AttendeeRole.OFFICIAL, "must_write": "1"})
    return _walk_in_page(conference, form, [])


@bp.post("/conferences/<code>/people/new")
@allow(Role.ORGANIZER)
def add_person(code: str) -> ResponseReturnValue:
    conference, reach = step_in(code)
    typed = request.form.get("unit_words", "").strip()[:LONGEST_UNIT_WORDS]
    units = queries.units_named(typed, reach, conference.starts_on) if typed else []
    sites = [id for id, _name in queries.sites_to_choose(conference.id)]
    read = forms.WalkInForm.read(request.form, units=units, site_ids=sites)
    if read.person is None:
        return _walk_in_page(conference, read.form, read.units), 422
    with transaction():
        attendee = actions.add_walk_in(conference=conference, who=read.person, ring=ring(), by=g.actor, at=clock.now())
    flash(_("Đã thêm %(name)s, số thẻ %(number)s.", name=read.person.full_name, number=attendee.number), "ok")
    return redirect(url_for("registry.person", code=conference.code, number=attendee.number))


def _walk_in_page(conference: Conference, form: Form, units: Any) -> str:
    return render_template(
        "registry/new_person.html",
        conference=conference,
        form=form,
        units=units if len(units) > 1 else [],
        sites=queries.sites_to_choose(conference.id),
        roles=_options(words.ROLES),
        sexes=_options(words.SEXES),
    )


# ---- one person


@bp.get("/conferences/<code>/people/<int:number>")
@allow(*READERS)
def person(code: str, number: int) -> ResponseReturnValue:
    conference, reach = step_in(code)
    return person_page(conference, reach, access.attendee_for(reach, conference, number))


def person_page(conference: Conference, reach: Reach, attendee: Attendee, **more: Any) -> str:
    """The page of one person, with a form that came back or a link that is shown once."""
    joined, hall = queries.place_of(attendee)
    study_sessions = sessions_of(attendee.wave_id, planning.programme_of(conference.id))
    waves = [(one.id, one.title) for one in planning.waves_of(conference.id)]
    human = attendee.person
    makers = sorted(hook("person_parts", []), key=lambda part: part[0])
    parts = [make(attendee, reach) for _order, make in makers if shown_by(conference, make)]
    return render_template(
        "registry/person.html",
        conference=conference,
        reach=reach,
        attendee=attendee,
        person=human,
        birth=_birth(reach)(human),
        phone=_phone(reach, human),
        email=(human.email or "") if reach.sees_contacts else rules.masked_address(human.email),
        joined=joined,
        hall=hall,
        leaves=queries.leaves_of(attendee.id),
        substitutes=substitutes.substitutes_of(attendee.id),
        replaces=substitutes.replaced_by(attendee.id) if attendee.is_substitute else [],
        called_to=queries.site_name(attendee.called_site_id) if attendee.called_site_id else "",
        session_choices=[(one.id, session_word(one)) for one in study_sessions],
        session_word=session_word,
        sites=queries.sites_to_choose(conference.id) if reach.may_change else [],
        waves=waves,
        wave=dict(waves).get(attendee.wave_id or 0, ""),
        words=words,
        ticket_reasons=_options(words.TICKET_REASONS),
        withdraw_reasons=_options(words.WITHDRAW_REASONS),
        parts=[part for part in parts if part],
        may_name=reach.may_ask and may_name(reach, rule_of(conference.id)) and not conference.is_called_off,
        **{"link": "", "form": Form(), **more},
    )


@bp.post("/conferences/<code>/people/<int:number>/link")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def reveal_link(code: str, number: int) -> ResponseReturnValue:
    """Show the personal link once, to be handed over. Each look is in the journal."""
    conference, reach = step_in(code)
    attendee = access.attendee_for(reach, conference, number)
    with transaction():
        actions.reveal_link(attendee=attendee, by=g.actor, at=clock.now())
    return person_page(conference, reach, attendee, link=personal_link(attendee))


def _change(code: str, number: int) -> tuple[Conference, Attendee]:
    conference, reach = step_in(code)
    return conference, access.attendee_to_change(reach, conference, number)


def _back(conference: Conference, number: int, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("registry.person", code=conference.code, number=number))


@bp.post("/conferences/<code>/people/<int:number>/link/revoke")
@allow(Role.ORGANIZER)
def revoke_link(code: str, number: int) -> ResponseReturnValue:
    with transaction():
        conference, attendee = _change(code, number)
        actions.revoke_link(attendee=attendee, by=g.actor, at=clock.now())
    return _back(conference, number, _("Đường dẫn cũ không mở được nữa. Đường dẫn mới đã sẵn sàng."))


@bp.post("/conferences/<code>/people/<int:number>/ticket")
@allow(Role.ORGANIZER)
def replace_ticket(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    reason = form.choice("reason", _("Lý do"), TicketReason)
    conference, attendee = _change(code, number)
    if reason is None:
        return _refused(conference, attendee, form)
    with transaction():
        actions.replace_ticket(attendee=attendee, reason=reason, ring=ring(), by=g.actor, at=clock.now())
    return _back(conference, number, _("Đã cấp thẻ mới. Thẻ cũ bị từ chối ở mọi cửa."))


def _refused(conference: Conference, attendee: Attendee, form: Form) -> ResponseReturnValue:
    reach = access.reach_of(g.actor, conference)
    return person_page(conference, reach, attendee, form=form), 422


@bp.post("/conferences/<code>/people/<int:number>/move")
@allow(Role.ORGANIZER)
def move_person(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    conference, attendee = _change(code, number)
    sites = dict(queries.sites_to_choose(conference.id))
    chosen = form.one_of("site", _("Điểm cầu"), map(str, sites))
    if chosen is None:
        return _refused(conference, attendee, form)
    before = attendee.site_id
    with transaction():
        moved = actions.move(attendees=[attendee], site_id=int(chosen), by=g.actor, at=clock.now())
    if not moved:
        return _back(conference, number, _("Đồng chí này đã ở điểm cầu đó."))
    flash(
        _("Đã chuyển về %(site)s. Thẻ đang có vẫn dùng được.", site=sites[int(chosen)]),
        "undo:" + url_for("registry.move_back", code=conference.code, number=number, site_id=before),
    )
    return redirect(url_for("registry.person", code=conference.code, number=number))


@bp.post("/conferences/<code>/people/<int:number>/move/<int:site_id>")
@allow(Role.ORGANIZER)
def move_back(code: str, number: int, site_id: int) -> ResponseReturnValue:
    with transaction():
        conference, attendee = _change(code, number)
        actions.move(attendees=[attendee], site_id=site_id, by=g.actor, at=clock.now())
    return _back(conference, number, _("Đã chuyển lại như cũ."))


@bp.post("/conferences/<code>/people/<int:number>/withdraw")
@allow(Role.ORGANIZER)
def withdraw(code: str, number: int) -> ResponseReturnValue:
    form = Form(request.form)
    reason = form.choice("reason", _("Lý do"), WithdrawReason)
    conference, attendee = _change(code, number)
    if reason is None:
        return _refused(conference, attendee, form)
    with transaction():
        actions.withdraw(attendee=attendee, reason=reason, by=g.actor, at=clock.now())
    flash(
        _("Đã rút khỏi danh sách triệu tập."),
        "undo:" + url_for("registry.call_again", code=conference.code, number=number),
    )
    return redirect(url_for("registry.person", code=conference.code, number=number))


@bp.post("/conferences/<code>/people/<int:number>/call-again")
@allow(Role.ORGANIZER)
def call_again(code: str, number: int) -> ResponseReturnValue:
    with transaction():
        conference, attendee = _change(code, number)
        actions.call_again(attendee=attendee, by=g.actor, at=clock.now())
    return _back(conference, number, _("Đã đưa lại vào danh sách triệu tập."))


@bp.post("/conferences/<code>/people/<int:number>/leave")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def write_leave(code: str, number: int) -> ResponseReturnValue:
    """Keep a request that came on paper or by phone, or that the unit makes for its own."""
    conference, reach = step_in(code)
    attendee = access.attendee_to_speak_for(reach, conference, number)
    study_sessions = sessions_of(attendee.wave_id, planning.programme_of(conference.id))
    form, study_session_id, reason = forms.read_leave(request.form, [one.id for one in study_sessions])
    if not form.is_valid:
        return _refused(conference, attendee, form)
    with transaction():
        actions.ask_leave(
            attendee=attendee,
            study_sessions=study_sessions,
            study_session_id=study_session_id,
            reason=reason,
            by=g.actor,
            at=clock.now(),
        )
    return _back(conference, number, _("Đã ghi đơn xin vắng."))


@bp.post("/conferences/<code>/people/<int:number>/leave/<int:leave_id>")
@allow(Role.ORGANIZER)
def decide_leave(code: str, number: int, leave_id: int) -> ResponseReturnValue:
    approve = request.form.get("decision") == "approve"
    with transaction():
        conference, attendee = _change(code, number)
        leave = access.leave_of(attendee, leave_id)
        actions.decide_leave(leave=leave, attendee=attendee, approve=approve, by=g.actor, at=clock.now())
    return _back(conference, number, _("Đã đồng ý cho vắng.") if approve else _("Đã trả lời không đồng ý."))


# ---- several people at once


@bp.post("/conferences/<code>/people/move")
@allow(Role.ORGANIZER)
def move_people(code: str) -> ResponseReturnValue:
    """First which people, then where to: the second form carries the first one's choice."""
    conference, reach = step_in(code)
    ids = ticked_rows(request.form, "people")
    sites = dict(queries.sites_to_choose(conference.id))
    form = Form(request.form)
    chosen = form.one_of("site", _("Điểm cầu"), map(str, sites)) if "site" in request.form else None
    attendees = queries.attendees_among(conference.id, reach, ids)
    if not attendees:
        flash(_("Chưa chọn ai để chuyển."), "warn")
        return people(code), 422  # type: ignore[return-value]
    if chosen is None:
        form = form if "site" in request.form else Form()
        page = render_template(
            "registry/move_people.html",
            conference=conference,
            attendees=attendees,
            sites=list(sites.items()),
            form=form,
        )
        return (page, 422) if form.errors else page
    with transaction():
        moved = actions.move(attendees=attendees, site_id=int(chosen), by=g.actor, at=clock.now())
    flash(_("Đã chuyển %(count)s người về %(site)s.", count=moved, site=sites[int(chosen)]), "ok")
    return redirect(url_for("registry.people", code=conference.code, site=chosen))


def fragment(template: str, **values: Any) -> Markup:
    """A rendered part, for pages that show what several areas give."""
    return Markup(render_template(template, **values))  # noqa: S704 (the template has escaped what it shows)
