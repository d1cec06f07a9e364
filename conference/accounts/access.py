"""The way from an id to an account, for those who administer them."""

from __future__ import annotations

from conference.accounts import queries
from conference.accounts.models import Account, ServiceToken
from conference.foundation.actor import Actor, Role
from conference.foundation.db import db
from conference.foundation.errors import DomainError


def account_for(actor: Actor, account_id: int) -> Account:
    """Raises ``not_found``. Accounts are administered over everything or not at all."""
    account = queries.account_by_id(account_id) if actor.holds_everywhere(Role.ADMIN) else None
    if account is None:
        raise DomainError("not_found")
    return account


def service_token_for(actor: Actor, token_id: int) -> ServiceToken:
    """Raises ``not_found``."""
    token = db.session.get(ServiceToken, token_id) if actor.holds_everywhere(Role.ADMIN) else None
    if token is None:
        raise DomainError("not_found")
    return token
