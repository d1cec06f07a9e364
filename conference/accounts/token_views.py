"""For administrators: tokens of programs that read, made with named rights and shown once."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.accounts import access, queries, token_actions, words
from conference.accounts.forms import read_service_token
from conference.accounts.people_views import find_scope, require_all, scope_sources
from conference.accounts.views import bp
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import transaction
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _


@bp.get("/accounts/tokens")
@allow(Role.ADMIN)
def tokens() -> ResponseReturnValue:
    require_all()
    page = addressed(queries.service_tokens_page(ask_from_request()))
    ids = {row.ServiceToken.conference_id for row in page.items} - {None}
    named = scope_sources()[ScopeKind.CONFERENCE].names(ids) if ids else {}
    return render_template("accounts/tokens.html", page=page, named=named, words=words, at=clock.now())


@bp.get("/accounts/tokens/new")
@allow(Role.ADMIN)
def new_token() -> ResponseReturnValue:
    require_all()
    return render_template("accounts/new_token.html", form=Form(), words=words, chosen=frozenset())


@bp.post("/accounts/tokens/new")
@allow(Role.ADMIN)
def make_token() -> ResponseReturnValue:
    """Make a token and show it: here, once."""
    require_all()
    form, facts = read_service_token(request.form, find_scope)
    if facts is None:
        chosen = frozenset(request.form.getlist("rights"))
        return render_template("accounts/new_token.html", form=form, words=words, chosen=chosen), 422
    with transaction():
        token, secret = token_actions.make_service_token(
            label=facts.label,
            rights=facts.rights,
            conference_id=facts.conference_id,
            by=g.actor,
            at=clock.now(),
        )
        return render_template("accounts/token.html", token=token, secret=secret, words=words)


@bp.post("/accounts/tokens/<int:token_id>/revocation")
@allow(Role.ADMIN)
def revoke_token(token_id: int) -> ResponseReturnValue:
    token = access.service_token_for(g.actor, token_id)
    with transaction():
        token_actions.revoke_service_token(token=token, by=g.actor, at=clock.now())
    flash(_("Đã thu hồi mã truy cập, có hiệu lực ngay."), "ok")
    return redirect(url_for("accounts.tokens"))
