"""Reading accounts, sessions and the journal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from conference.accounts import rules
from conference.accounts.models import Account, AccountSession, Grant, ServiceToken
from conference.foundation.actor import ActorKind, Role
from conference.foundation.db import db
from conference.foundation.journal import JournalEntry
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold, row_number


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


def living_sessions(ids: Collection[int], *, at: datetime, idle: timedelta) -> dict[int, AccountSession]:
    """Those of these sessions that have not ended, as ``living_session`` has it, with accounts and grants."""
    if not ids:
        return {}
    found = db.session.scalars(
        select(AccountSession)
        .where(
            AccountSession.id.in_(ids),
            AccountSession.ended_at.is_(None),
            AccountSession.expires_at > at,
            AccountSession.last_seen_at > at - idle,
        )
        .options(joinedload(AccountSession.account).selectinload(Account.grants))
        .execution_options(populate_existing=True)
    )
    return {session.id: session for session in found if session.account.is_active}


def account_by_login(login: str) -> Account | None:
    return db.session.scalars(
        select(Account).where(Account.login == login.strip().casefold()).options(selectinload(Account.grants))
    ).first()


def account_by_id(account_id: int) -> Account | None:
    """An account with its grants and unit, as it is now."""
    return db.session.scalars(
        select(Account)
        .where(Account.id == account_id)
        .options(selectinload(Account.grants), joinedload(Account.unit))
        .execution_options(populate_existing=True)
    ).first()


def open_sessions(account_id: int, *, at: datetime, idle: timedelta) -> Sequence[AccountSession]:
    """Browsers that are signed in, the one used last on top."""
    return db.session.scalars(
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.ended_at.is_(None),
            AccountSession.expires_at > at,
            AccountSession.last_seen_at > at - idle,
        )
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())
    ).all()


def accounts_page(ask: Ask) -> Page[Any]:
    """(account with grants, last seen). Filters: ``q`` (name or login), ``role``, ``state``."""
    seen = (
        select(AccountSession.account_id, func.max(AccountSession.last_seen_at).label("seen_at"))
        .group_by(AccountSession.account_id)
        .subquery()
    )
    statement = (
        select(Account, seen.c.seen_at)
        .outerjoin(seen, seen.c.account_id == Account.id)
        .options(selectinload(Account.grants))
    )
    if words := ask.query.get("q", ""):
        statement = statement.where(Account.id.in_(_ids_matching(words)))
    if ask.query.get("role") in list(Role):
        statement = statement.where(Account.grants.any(Grant.role == Role(ask.query["role"])))
    if ask.query.get("state") in ("active", "inactive"):
        statement = statement.where(Account.is_active == (ask.query["state"] == "active"))
    return page_of(
        statement,
        ask,
        sorts={"login": (Account.login,), "seen": (seen.c.seen_at,), "created": (Account.created_at,)},
        default="login",
        last=Account.id,
    )


def _ids_matching(words: str) -> list[int]:
    """Staff are few: names are folded here, so that marks and capitals don't matter."""
    wanted = fold(words)
    rows = db.session.execute(select(Account.id, Account.login, Account.full_name))
    return [id for id, login, full_name in rows if wanted in fold(f"{login} {full_name}")]


def journal_page(ask: Ask) -> Page[Any]:
    """Entries, the latest first. Filters: ``action``, ``subject`` (kind or kind and id), ``actor`` (name or login)."""
    statement = select(JournalEntry)
    if action := ask.query.get("action"):
        statement = statement.where(JournalEntry.action == action)
    if subject := ask.query.get("subject"):
        kind, _space, number = subject.partition(" ")
        statement = statement.where(JournalEntry.subject_kind == kind)
        if (id := row_number(number)) is not None:
            statement = statement.where(JournalEntry.subject_id == id)
    if actor := ask.query.get("actor"):
        statement = statement.where(
            JournalEntry.actor_kind == ActorKind.ACCOUNT, JournalEntry.actor_id.in_(_ids_matching(actor))
        )
    settled = Ask(ask.number, ask.size, "id", "asc" if ask.direction == "asc" and ask.sort else "desc", ask.query)
    return page_of(statement, settled, sorts={"id": (JournalEntry.id,)}, default="id", last=JournalEntry.id)


def journal_actions() -> Sequence[str]:
    return db.session.scalars(select(JournalEntry.action).distinct().order_by(JournalEntry.action)).all()


def account_names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Account.id, Account.full_name).where(Account.id.in_(ids)))
    return {row.id: row.full_name for row in rows}


def living_service_token(token: str, *, at: datetime) -> ServiceToken | None:
    """The token that a program shows, unless it expired or was revoked."""
    return db.session.scalars(
        select(ServiceToken)
        .where(
            ServiceToken.token_hash == rules.hash_token(token),
            ServiceToken.expires_at > at,
            ServiceToken.revoked_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).first()


def service_tokens_page(ask: Ask) -> Page[Any]:
    """Programs' tokens, the newest first; ended ones too, for they say who could read what."""
    return page_of(
        select(ServiceToken).options(joinedload(ServiceToken.account)),
        Ask(ask.number, ask.size, "made", "desc"),
        sorts={"made": (ServiceToken.created_at,)},
        default="made",
        last=ServiceToken.id,
    )
