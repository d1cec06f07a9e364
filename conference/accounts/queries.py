"""Reading accounts and sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from conference.accounts import rules
from conference.accounts.models import Account, AccountSession
from conference.foundation.db import db


def living_session(token: str, *, at: datetime, idle: timedelta) -> AccountSession | None:
    """The session of this token with its account and grants, unless it ended, expired or slept too long."""
    session = db.session.scalars(
        select(AccountSession)
        .where(
            AccountSession.token_hash == rules.hash_token(token),
            AccountSession.ended_at.is_(None),
            AccountSession.expires_at > at,
            AccountSession.last_seen_at > at - idle,
        )
        .options(joinedload(AccountSession.account).selectinload(Account.grants))
        .execution_options(populate_existing=True)
    ).first()
    return session if session is not None and session.account.is_active else None


def account_by_login(login: str) -> Account | None:
    return db.session.scalars(
        select(Account).where(Account.login == login.casefold()).options(selectinload(Account.grants))
    ).first()
