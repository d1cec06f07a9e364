"""For administrators: accounts and their roles, ways in, and the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.accounts import access, actions, queries, words
from conference.accounts.forms import read_account, read_grant
from conference.accounts.models import Account, Grant
from conference.accounts.rules import INVITATION_LIVES
from conference.accounts.views import bp
from conference.directory.queries import unit_names, units_called
from conference.foundation import clock
from conference.foundation.actor import ActorKind, Role, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

Names = Callable[[set[int]], dict[int, str]]
Called = Callable[[str], Sequence[int]]
FIRST_PATH = "/account/password"
"""Where an invitation leads: whoever comes by a link chooses a password first."""


@dataclass(frozen=True)
class ScopeSource:
    """How things of a kind are named and found; given by the areas that own them."""

    names: Names
    called: Called


def name_scopes(app: Flask, kind: ScopeKind, names: Names, called: Called) -> None:
    app.extensions.setdefault("scope_sources", {})[kind] = ScopeSource(names, called)


def scope_sources() -> dict[ScopeKind, ScopeSource]:
    own = {ScopeKind.UNIT: ScopeSource(unit_names, lambda words: [unit.id for unit in units_called(words)])}
    return {**own, **current_app.extensions.get("scope_sources", {})}


def find_scope(kind: ScopeKind, named: str) -> Sequence[int]:
    source = scope_sources().get(kind)
    return source.called(named) if source else ()


def _scope_words(grants: Iterable[Grant]) -> dict[int, str]:
    """Grant id to what it reaches; one query a kind of scope, however many grants."""
    kept = list(grants)
    named: dict[ScopeKind, dict[int, str]] = {}
    for kind, source in scope_sources().items():
        ids = {grant.scope_id for grant in kept if grant.scope_kind is kind and grant.scope_id is not None}
        named[kind] = source.names(ids) if ids else {}
    return {
        grant.id: named.get(grant.scope_kind, {}).get(grant.scope_id or 0, "") or str(words.SCOPES[grant.scope_kind])
        for grant in kept
    }


@bp.get("/accounts/")
@allow(Role.ADMIN)
def people() -> ResponseReturnValue:
    require_all()
    page = queries.accounts_page(ask_from_request("q", "role", "state"))
    return render_template(
        "accounts/people.html",
        page=addressed(page),
        scope_words=_scope_words(grant for row in page.items for grant in row.Account.grants),
        words=words,
    )


def require_all() -> None:
    if not g.actor.holds_everywhere(Role.ADMIN):
        raise DomainError("forbidden")


@bp.get("/accounts/new")
@allow(Role.ADMIN)
def new_account() -> ResponseReturnValue:
    require_all()
    offered = {name: request.args.get(name, "")[:300] for name in ("full_name", "role", "scope")}
    return render_template("accounts/new.html", form=Form(offered), words=words)


@bp.post("/accounts/new")
@allow(Role.ADMIN)
def create_account() -> ResponseReturnValue:
    """Make an account with its first role, and show its one-time link: here, once."""
    require_all()
    form, facts = read_account(request.form)
    role = read_grant(form, find_scope)
    if facts is None or role is None or not form.is_valid:
        return render_template("accounts/new.html", form=form, words=words), 422
    at = clock.now()
    try:
        with transaction():
            account = actions.create_account(
                login=facts.login,
                full_name=facts.full_name,
                email=facts.email,
                unit_id=facts.unit_id,
                by=g.actor,
                at=at,
            )
            actions.grant(account=account, role=role.role, kind=role.kind, id=role.id, by=g.actor, at=at)
            token = actions.make_link(account=account, by=g.actor, at=at, lives=INVITATION_LIVES, next_path=FIRST_PATH)
    except DomainError as error:
        if error.code != "login_taken":
            raise
        form.fault("login", sentence_of(error), _("Tên đăng nhập"))
        return render_template("accounts/new.html", form=form, words=words), 409
    return _link_page(account, token)


def _link_page(account: Account, token: str) -> str:
    settings = current_app.extensions["settings"]
    return render_template(
        "accounts/link.html",
        account=account,
        link=settings.address + url_for("accounts.enter", token=token),
        days=INVITATION_LIVES.days,
    )


@bp.get("/accounts/<int:account_id>")
@allow(Role.ADMIN)
def account(account_id: int) -> ResponseReturnValue:
    return _account_page(access.account_for(g.actor, account_id), Form())


def _account_page(account: Account, form: Form) -> str:
    settings = current_app.extensions["settings"]
    at = clock.now()
    return render_template(
        "accounts/account.html",
        account=account,
        form=form,
        scope_words=_scope_words(account.grants),
        open_sessions=queries.open_sessions(account.id, at=at, idle=timedelta(minutes=settings.session_idle_minutes)),
        is_resting=account.locked_until is not None and account.locked_until > at,
        is_self=account.id == g.actor.id,
        words=words,
    )


@bp.post("/accounts/<int:account_id>/grants")
@allow(Role.ADMIN)
def grant_role(account_id: int) -> ResponseReturnValue:
    account = access.account_for(g.actor, account_id)
    form = Form(request.form)
    role = read_grant(form, find_scope)
    if role is None:
        return _account_page(account, form), 422
    with transaction():
        actions.grant(account=account, role=role.role, kind=role.kind, id=role.id, by=g.actor, at=clock.now())
    flash(_("Đã giao quyền, có hiệu lực ngay."), "ok")
    return redirect(url_for("accounts.account", account_id=account_id))


@bp.post("/accounts/<int:account_id>/grants/<int:grant_id>/revoke")
@allow(Role.ADMIN)
def revoke_role(account_id: int, grant_id: int) -> ResponseReturnValue:
    account = access.account_for(g.actor, account_id)
    with transaction():
        actions.revoke(account=account, grant_id=grant_id, by=g.actor, at=clock.now())
    flash(_("Đã thu quyền, có hiệu lực ngay."), "ok")
    return redirect(url_for("accounts.account", account_id=account_id))


@bp.post("/accounts/<int:account_id>/renew")
@allow(Role.ADMIN)
def renew_entry(account_id: int) -> ResponseReturnValue:
    account = access.account_for(g.actor, account_id)
    if account.id == g.actor.id:
        raise DomainError("not_yourself")
    with transaction():
        token = actions.renew_entry(account=account, by=g.actor, at=clock.now(), next_path=FIRST_PATH)
    return _link_page(account, token)


@bp.post("/accounts/<int:account_id>/disable")
@allow(Role.ADMIN)
def disable_account(account_id: int) -> ResponseReturnValue:
    account = access.account_for(g.actor, account_id)
    with transaction():
        actions.disable(account=account, by=g.actor, at=clock.now())
    flash(_("Đã ngừng tài khoản và kết thúc mọi phiên của tài khoản."), "ok")
    return redirect(url_for("accounts.account", account_id=account_id))


@bp.post("/accounts/<int:account_id>/enable")
@allow(Role.ADMIN)
def enable_account(account_id: int) -> ResponseReturnValue:
    account = access.account_for(g.actor, account_id)
    with transaction():
        actions.enable(account=account, by=g.actor, at=clock.now())
    flash(_("Đã mở lại tài khoản."), "ok")
    return redirect(url_for("accounts.account", account_id=account_id))


@bp.post("/accounts/<int:account_id>/end-sessions")
@allow(Role.ADMIN)
def end_sessions(account_id: int) -> ResponseReturnValue:
    account = access.account_for(g.actor, account_id)
    with transaction():
        count = actions.end_sessions(account=account, by=g.actor, at=clock.now())
    flash(_("Đã kết thúc %(count)s phiên.", count=count), "ok")
    return redirect(url_for("accounts.account", account_id=account_id))


@bp.get("/journal/")
@allow(Role.ADMIN, Role.ORGANIZER)
def journal() -> ResponseReturnValue:
    """Who changed what. It holds numbers; names of accounts are looked up when it is read."""
    if not any(g.actor.holds_everywhere(role) for role in (Role.ADMIN, Role.ORGANIZER)):
        raise DomainError("forbidden")
    page = queries.journal_page(ask_from_request("action", "subject", "actor"))
    ids = {entry.actor_id for (entry,) in page.items if entry.actor_kind == ActorKind.ACCOUNT and entry.actor_id}
    return render_template(
        "accounts/journal.html",
        page=addressed(page),
        names=queries.account_names(ids),
        actions=[(code, words.ACTIONS.get(code, code)) for code in queries.journal_actions()],
        changes=_changes,
        words=words,
    )


def _changes(values: dict[str, Any]) -> str:
    """Numbers and kinds of a change on one line."""
    return ", ".join(f"{name}: {value}" for name, value in values.items() if value not in (None, ""))
