"""One's own account: password, signed-in browsers, the way out everywhere."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from conference.accounts import actions, queries, rules, sessions, words
from conference.accounts.forms import read_new_password
from conference.accounts.models import Account
from conference.accounts.views import address_hash, bp
from conference.foundation import clock
from conference.foundation.aside import aside
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.web.forms import Form
from conference.web.guard import STAFF, allow
from conference.web.words import TONGUES, _


def _own() -> Account:
    account = queries.account_by_id(g.actor.id)
    if account is None:
        raise DomainError("sign_in_first")
    return account


def _token() -> str:
    return request.cookies.get(sessions.cookie_name("staff"), "")


@bp.get("/account")
@allow(*STAFF)
def own() -> ResponseReturnValue:
    account, at = _own(), clock.now()
    settings = current_app.extensions["settings"]
    idle = timedelta(minutes=settings.session_idle_minutes)
    return render_template(
        "accounts/own.html",
        account=account,
        open_sessions=queries.open_sessions(account.id, at=at, idle=idle),
        this_hash=rules.hash_token(_token()),
        languages=list(TONGUES.items()),
        role_words=[word for role, word in words.ROLES.items() if role in g.actor.roles],
    )


@bp.get("/account/password")
@allow(*STAFF)
def password() -> ResponseReturnValue:
    return render_template("accounts/password.html", form=Form(), account=_own(), shortest=rules.SHORTEST_PASSWORD)


@bp.post("/account/password")
@allow(*STAFF)
def set_password() -> ResponseReturnValue:
    account = _own()
    form, present, new = read_new_password(request.form, account)
    if form.is_valid and account.password_hash is not None and not _is_present_password(account, present):
        form.fault("present", _("Mật khẩu đang dùng chưa đúng."), _("Mật khẩu đang dùng"))
    if not form.is_valid:
        page = render_template("accounts/password.html", form=form, account=account, shortest=rules.SHORTEST_PASSWORD)
        return page, 422
    hashed = aside(rules.hash_password, new)
    with transaction():
        actions.set_password(account=account, password_hash=hashed, keep_token=_token(), at=clock.now())
    flash(_("Đã đặt mật khẩu. Các máy khác đã được đăng xuất."), "ok")
    return redirect(url_for("accounts.own"))


@bp.post("/account/language")
@allow(*STAFF)
def set_language() -> ResponseReturnValue:
    """In which language letters to oneself are written."""
    form = Form(request.form)
    language = form.values.get("language", "")
    if language not in TONGUES:
        raise DomainError("bad_request")
    with transaction():
        actions.choose_language(account=_own(), language=language, by=g.actor, at=clock.now())
    flash(_("Thư gửi đồng chí từ nay viết bằng %(tongue)s.", tongue=str(TONGUES[language])), "ok")
    return redirect(url_for("accounts.own"), 303)


def _is_present_password(account: Account, password: str) -> bool:
    """Guesses here count like guesses at the door: a borrowed browser must not find the password out."""
    at, address = clock.now(), address_hash()
    actions.require_calm_address(address_hash=address, at=at)
    fits = aside(rules.password_fits, account.password_hash, password)
    with transaction():
        return actions.settle_try(account_id=account.id, fits=fits, address_hash=address, at=at)


@bp.post("/account/sign-out-everywhere")
@allow(*STAFF)
def sign_out_everywhere() -> ResponseReturnValue:
    with transaction():
        actions.end_sessions(account=_own(), by=g.actor, at=clock.now())
    session.clear()
    response = redirect(url_for("accounts.sign_in"))
    sessions.forget(response)
    return response
