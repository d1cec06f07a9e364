"""Signing in and out: password and code, or a one-time link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from conference.accounts import actions, queries, rules, sessions
from conference.accounts.models import Account
from conference.adapters.qr import address_qr_path
from conference.foundation import clock
from conference.foundation.actor import ActorKind, Role
from conference.foundation.aside import aside
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.web.forms import Form
from conference.web.guard import allow, safe_path
from conference.web.words import _

bp = Blueprint("accounts", __name__)
HALF_WAY = "half_way"
"""The signed cookie's entry of someone whose password or link was right and whose code is still to come."""


@bp.get("/sign-in")
@allow(Role.ANYONE)
def sign_in() -> ResponseReturnValue:
    if g.actor.kind is ActorKind.ACCOUNT:
        return redirect(safe_path(request.args.get("next")))
    return render_template("accounts/sign_in.html", form=Form(), next=safe_path(request.args.get("next")))


@bp.post("/sign-in")
@allow(Role.ANYONE)
def sign_in_now() -> ResponseReturnValue:
    form = Form(request.form)
    going_to = safe_path(form.values.get("next"))
    login = form.text("login", _("Tên đăng nhập"), required=True, most=120)
    password = form.values.pop("password", "")
    if not password:
        form.fault("password", _("Mời ghi mật khẩu."), _("Mật khẩu"))
    if not form.is_valid:
        return render_template("accounts/sign_in.html", form=form, next=going_to), 422
    account = _account_with(login, password[: rules.LONGEST_PASSWORD])
    if account is None:
        form.fault(
            "login",
            _("Tên đăng nhập hoặc mật khẩu chưa đúng. Sau 5 lần sai, tài khoản nghỉ 15 phút."),
            _("Tên đăng nhập"),
        )
        return render_template("accounts/sign_in.html", form=form, next=going_to), 422
    return go_on(account, going_to)


def _account_with(login: str, password: str) -> Account | None:
    """The account that these belong to. The slow comparison holds no lock of the database."""
    at, address = clock.now(), address_hash()
    actions.require_calm_address(address_hash=address, at=at)
    account = queries.account_by_login(login)
    fits = aside(rules.password_fits, account.password_hash if account else None, password)
    with transaction():
        is_in = actions.settle_try(account_id=account.id if account else None, fits=fits, address_hash=address, at=at)
    return queries.account_by_id(account.id) if account is not None and is_in else None


def address_hash() -> str:
    settings = current_app.extensions["settings"]
    return rules.hash_address(settings.secret_key, request.remote_addr or "")


@bp.get("/enter/<token>")
@allow(Role.ANYONE)
def enter(token: str) -> ResponseReturnValue:
    """Show the button only: mail programs that fetch links must not use them up."""
    return render_template("accounts/enter.html", token=token)


@bp.post("/enter/<token>")
@allow(Role.ANYONE)
def enter_now(token: str) -> ResponseReturnValue:
    with transaction():
        link = actions.use_link(token=token, at=clock.now())
    if link.replaces_second_factor:
        return let_in(link.account, safe_path(link.next_path))
    return go_on(link.account, safe_path(link.next_path))


def go_on(account: Account, going_to: str) -> Response:
    """Let someone in whose password or link was right, or ask for the second factor first. Grants must be loaded."""
    roles = [grant.role for grant in account.grants]
    if not rules.needs_second_factor(roles, has_one=account.totp_secret is not None):
        return let_in(account, going_to)
    session.clear()
    session[HALF_WAY] = {
        "account": account.id,
        "next": going_to,
        "until": (clock.now() + rules.SECOND_STEP_LIVES).timestamp(),
    }
    return redirect(url_for("accounts.code" if account.totp_secret else "accounts.enrol"))


def _half_way() -> tuple[Account, dict[str, Any]]:
    """Whose second step this is. Raises ``sign_in_again`` when there was no first one, or it was long ago."""
    state = session.get(HALF_WAY)
    if not isinstance(state, dict) or state["until"] < clock.now().timestamp():
        raise DomainError("sign_in_again")
    account = queries.account_by_id(state["account"])
    if account is None or not account.is_active:
        raise DomainError("sign_in_again")
    return account, state


@bp.get("/sign-in/code")
@allow(Role.ANYONE)
def code() -> ResponseReturnValue:
    _half_way()
    return render_template("accounts/code.html", form=Form())


@bp.post("/sign-in/code")
@allow(Role.ANYONE)
def check_code() -> ResponseReturnValue:
    account, state = _half_way()
    form, at, address = Form(request.form), clock.now(), address_hash()
    actions.require_calm_address(address_hash=address, at=at)
    with transaction():
        fits = actions.check_code(account_id=account.id, code=form.values.get("code", ""), address_hash=address, at=at)
    if fits:
        return let_in(account, safe_path(state["next"]))
    form.values.pop("code", None)
    form.fault(
        "code",
        _("Mã chưa đúng hoặc đã dùng. Mời ghi mã 6 số đang hiện; sau 5 lần sai, tài khoản nghỉ 15 phút."),
        _("Mã xác thực"),
    )
    return render_template("accounts/code.html", form=form), 422


@bp.get("/sign-in/enrol")
@allow(Role.ANYONE)
def enrol() -> ResponseReturnValue:
    account, state = _half_way()
    if account.totp_secret is not None:
        return redirect(url_for("accounts.code"))
    if "secret" not in state:
        session[HALF_WAY] = state | {"secret": rules.new_secret()}
    return _enrol_page(account, Form())


@bp.post("/sign-in/enrol")
@allow(Role.ANYONE)
def enrol_now() -> ResponseReturnValue:
    account, state = _half_way()
    form = Form(request.form)
    if "secret" not in state:
        raise DomainError("sign_in_again")
    with transaction():
        fits = actions.enrol(
            account_id=account.id, secret=state["secret"], code=form.values.get("code", ""), at=clock.now()
        )
    if fits:
        return let_in(account, safe_path(state["next"]))
    form.values.pop("code", None)
    form.fault(
        "code",
        _("Mã chưa khớp. Mời ghi mã 6 số đang hiện trong ứng dụng, và xem giờ của điện thoại có đúng không."),
        _("Mã xác thực"),
    )
    return _enrol_page(account, form), 422


def _enrol_page(account: Account, form: Form) -> str:
    secret = session[HALF_WAY]["secret"]
    path, size = address_qr_path(rules.secret_address(secret, account.login))
    return render_template(
        "accounts/enrol.html",
        form=form,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        qr_path=path,
        qr_size=size,
    )


@bp.post("/sign-out")
@allow(Role.ANYONE)
def sign_out() -> ResponseReturnValue:
    with transaction():
        actions.end_session(token=request.cookies.get(sessions.cookie_name("staff"), ""), at=clock.now())
    session.clear()
    response = redirect("/sign-in")
    sessions.forget(response)
    return response


def let_in(account: Account, going_to: str) -> Response:
    """Open a new session, so that nothing known before the sign-in is of use after it."""
    settings = current_app.extensions["settings"]
    with transaction():
        token = actions.open_session(
            account=account,
            at=clock.now(),
            lives=timedelta(hours=settings.session_hours),
            client=rules.client_words(request.user_agent.string),
        )
    session.clear()
    response = redirect(going_to)
    sessions.keep(response, token)
    return response
