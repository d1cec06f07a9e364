"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from conference.accounts import actions, sessions
from conference.accounts.models import Account
from conference.foundation import clock
from conference.foundation.actor import ActorKind, Role
from conference.foundation.db import transaction
from conference.web.forms import Form
from conference.web.guard import allow, safe_path
from conference.web.words import _

bp = Blueprint("accounts", __name__)


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
    account = None
    if form.is_valid:
        with transaction():
            account = actions.check_password(login=login, password=password, at=clock.now())
        if account is None:
            form.fault(
                "login",
                _("Tên đăng nhập hoặc mật khẩu chưa đúng. Sau 5 lần sai, tài khoản nghỉ 10 phút."),
                _("Tên đăng nhập"),
            )
    if account is None:
        return render_template("accounts/sign_in.html", form=form, next=going_to), 422
    return let_in(account, going_to)


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
    return let_in(link.account, safe_path(link.next_path))


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
        token = actions.open_session(account=account, at=clock.now(), lives=timedelta(hours=settings.session_hours))
    session.clear()
    response = redirect(going_to)
    sessions.keep(response, token)
    return response
