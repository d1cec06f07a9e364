"""For the staff: the register of personal data, wishes to be erased, and one person's data to hand out or erase."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.accounts.access import account_for
from conference.accounts.models import Account
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.privacy import access, actions, collecting, erasing, queries, staff, traces, words
from conference.privacy.archive_views import send_archive
from conference.privacy.jobs import follow_up
from conference.privacy.rules import BACKUP_DAYS, RequestState
from conference.registry.models import Attendee
from conference.registry.rules import Reach as PeopleReach
from conference.web.forms import Form
from conference.web.guard import allow, may_enter
from conference.web.words import _

bp = Blueprint("privacy", __name__)

READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER)
HANDING_OUT = (Role.ADMIN, Role.ORGANIZER, Role.UNIT_OFFICER)
MANAGING = (Role.ADMIN, Role.ORGANIZER)
PLACE_ON_A_PERSONS_PAGE = 90


@bp.get("/privacy/")
@allow(*READERS)
def register() -> ResponseReturnValue:
    """What is kept of people, why and how long; and who wishes to be erased."""
    managed = access.conferences_managed(g.actor)
    return render_template(
        "privacy/register.html",
        register=words.REGISTER,
        requests=queries.requests_in(managed) if managed is None or managed else [],
        answers=managed is None or bool(managed),
        backup_days=BACKUP_DAYS,
    )


def _step_in(code: str, number: int) -> tuple[Conference, access.Reach]:
    conference = enter_conference(code)
    return conference, access.person_for(g.actor, conference, number)


@bp.get("/conferences/<code>/people/<int:number>/data")
@allow(*HANDING_OUT)
def person(code: str, number: int) -> ResponseReturnValue:
    return _page(*_step_in(code, number), Form())


def _page(conference: Conference, reach: access.Reach, form: Form) -> str:
    attendee = reach.attendee
    return render_template(
        "privacy/person.html",
        conference=conference,
        attendee=attendee,
        person=attendee.person,
        reach=reach,
        form=form,
        kept=queries.how_much_is_kept(attendee.person_id),
        erased_at=traces.erased_among([attendee.person_id]).get(attendee.person_id),
        obstacles=[words.OBSTACLES[one] for one in traces.obstacles_of(attendee.person_id, clock.now())],
        wish=queries.request_of(attendee.id),
        backup_days=BACKUP_DAYS,
    )


@bp.post("/conferences/<code>/people/<int:number>/data.zip")
@allow(*HANDING_OUT)
def hand_out(code: str, number: int) -> ResponseReturnValue:
    """The file for this person. Who took it is in the journal, which the person's file shows too."""
    conference, reach = _step_in(code, number)
    with transaction():
        actions.note_export(attendee_id=reach.attendee.id, by=g.actor, at=clock.now())
    everywhere = None if reach.may_erase else {conference.id}
    called = collecting.called_as(reach.attendee.person_id, everywhere)
    collected = collecting.data_of(called, with_papers=reach.with_papers)
    return send_archive(collected, f"du-lieu-{conference.code}-{number}")


@bp.post("/conferences/<code>/people/<int:number>/erase")
@allow(*MANAGING)
def erase(code: str, number: int) -> ResponseReturnValue:
    """For good. Whoever does it types the number of the badge, so that it is no slip of the hand."""
    conference, reach = _step_in(code, number)
    attendee = access.require_to_erase(reach)
    form = Form(request.form)
    if form.text("number", _("Số thẻ"), most=12) != str(attendee.number):
        form.fault("number", _("Số thẻ không khớp. Ghi %(number)s để xác nhận.", number=attendee.number), _("Số thẻ"))
        return _page(conference, reach, form), 422
    with transaction():
        at = clock.now()
        secret = current_app.extensions["settings"].secret_key
        erased = erasing.erase_person(person_id=attendee.person_id, secret=secret, by=g.actor, at=at)
        follow_up(erased, by=g.actor, at=at)
    flash(_("Đã xóa dữ liệu cá nhân. Số liệu và điểm giữ nguyên dưới bí danh."), "ok")
    return redirect(url_for("privacy.person", code=conference.code, number=number), 303)


@bp.get("/accounts/<int:account_id>/erase")
@allow(Role.ADMIN)
def account(account_id: int) -> ResponseReturnValue:
    """What erasing an account of the staff means, and the form for it."""
    return _account_page(account_for(g.actor, account_id), Form())


def _account_page(account: Account, form: Form) -> str:
    return render_template(
        "privacy/account.html", account=account, form=form, is_self=account.id == g.actor.id, backup_days=BACKUP_DAYS
    )


@bp.post("/accounts/<int:account_id>/erase")
@allow(Role.ADMIN)
def erase_account(account_id: int) -> ResponseReturnValue:
    """For good. Whoever does it types the name that the account signs in with, so that it is no slip of the hand."""
    account = account_for(g.actor, account_id)
    form = Form(request.form)
    if form.text("login", _("Tên đăng nhập"), most=80) != account.login:
        form.fault("login", _("Ghi %(login)s để xác nhận.", login=account.login), _("Tên đăng nhập"))
        return _account_page(account, form), 422
    with transaction():
        at = clock.now()
        secret = current_app.extensions["settings"].secret_key
        erased = staff.erase_account(account=account, secret=secret, by=g.actor, at=at)
        follow_up(erased, by=g.actor, at=at)
    flash(_("Đã xóa tài khoản. Việc đã làm vẫn còn trong nhật ký, dưới bí danh."), "ok")
    return redirect(url_for("accounts.account", account_id=account_id), 303)


@bp.post("/conferences/<code>/people/<int:number>/refuse-erasure")
@allow(*MANAGING)
def refuse(code: str, number: int) -> ResponseReturnValue:
    conference, reach = _step_in(code, number)
    attendee = access.require_to_answer(reach)
    form = Form(request.form)
    answer = form.text("answer", _("Lý do"), required=True, most=500, lines=True)
    if not form.is_valid:
        return _page(conference, reach, form), 422
    with transaction():
        actions.refuse(attendee_id=attendee.id, answer=answer, by=g.actor, at=clock.now())
    flash(_("Đã trả lời. Người ấy thấy lý do trên trang của mình."), "ok")
    return redirect(url_for("privacy.person", code=conference.code, number=number), 303)


# ---- on the pages of others


def join_pages(app: Flask) -> None:
    parts: list[Any] = app.extensions.setdefault("person_parts", [])
    parts.append((PLACE_ON_A_PERSONS_PAGE, _on_a_persons_page))
    app.extensions.setdefault("my_page_parts", []).append((PLACE_ON_A_PERSONS_PAGE, _on_my_page))


def _on_a_persons_page(attendee: Attendee, _reach: PeopleReach) -> Markup | None:
    if not may_enter(g.actor, "privacy.person"):
        return None
    html = render_template(
        "privacy/_person.html",
        conference=g.conference,
        attendee=attendee,
        erased_at=traces.erased_among([attendee.person_id]).get(attendee.person_id),
        wish=queries.request_of(attendee.id),
        states=RequestState,
    )
    return Markup(html)  # noqa: S704 (a template of ours)


def _on_my_page(_attendee_id: int) -> Markup | None:
    return Markup(render_template("privacy/_my_part.html"))  # noqa: S704 (a template of ours)
