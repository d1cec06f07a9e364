"""Ways in and out: one-time links, passwords, sessions that the server can end."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from conference.accounts import rules
from conference.accounts.models import Account, AccountSession, Grant, SignInLink
from conference.foundation import chance
from conference.foundation.actor import Actor, ActorKind, Role, Scope, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record


def create_account(
    *,
    login: str,
    full_name: str,
    at: datetime,
    by: Actor,
    email: str | None = None,
    unit_id: int | None = None,
) -> Account:
    """Make an account that can only be entered by a link until it gets a password. Raises ``login_taken``."""
    folded = login.strip().casefold()
    if db.session.scalar(select(Account.id).where(Account.login == folded)):
        raise DomainError("login_taken")
    account = Account(login=folded, full_name=full_name, email=email, unit_id=unit_id, created_at=at, is_active=True)
    account.failed_attempts = 0
    account.totp_last_step = 0
    db.session.add(account)
    db.session.flush()
    record(by=by, at=at, action="account.create", subject=("account", account.id))
    return account


def grant(*, account: Account, role: Role, kind: ScopeKind, id: int | None, by: Actor, at: datetime) -> None:
    """Give a role over one thing, or over everything. Repeatable."""
    known = select(Grant.id).where(
        Grant.account_id == account.id,
        Grant.role == role,
        Grant.scope_kind == kind,
        Grant.scope_id.is_not_distinct_from(id),
    )
    if db.session.scalar(known):
        return
    db.session.add(Grant(account_id=account.id, role=role, scope_kind=kind, scope_id=id))
    db.session.flush()
    record(
        by=by,
        at=at,
        action="account.grant",
        subject=("account", account.id),
        after={"role": role, "kind": kind, "id": id},
    )


def make_link(
    *,
    account: Account,
    at: datetime,
    by: Actor,
    lives: timedelta = rules.LINK_LIVES,
    next_path: str = "",
    replaces_second_factor: bool = False,
) -> str:
    """A token for ``/enter/<token>`` that signs the account in once. Only its hash is kept."""
    token = chance.token()
    link = SignInLink(
        token_hash=rules.hash_token(token),
        account_id=account.id,
        next_path=next_path,
        replaces_second_factor=replaces_second_factor,
        created_at=at,
        expires_at=at + lives,
    )
    db.session.add(link)
    db.session.flush()
    record(by=by, at=at, action="account.make_link", subject=("account", account.id), after={"link": link.id})
    return token


def use_link(*, token: str, at: datetime) -> SignInLink:
    """Take a one-time link. Raises ``link_used_up`` when it is unknown, used or too old."""
    taken = db.session.execute(
        update(SignInLink)
        .where(
            SignInLink.token_hash == rules.hash_token(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > at,
        )
        .values(used_at=at)
        .returning(SignInLink.id)
    ).scalar()
    if taken is None:
        raise DomainError("link_used_up")
    return db.session.scalars(
        select(SignInLink).where(SignInLink.id == taken).options(joinedload(SignInLink.account))
    ).one()


def check_password(*, login: str, password: str, at: datetime) -> Account | None:
    """The account that these belong to, or None. After five failures it rests for ten minutes."""
    account = db.session.scalars(select(Account).where(Account.login == login.strip().casefold())).first()
    resting = account is not None and account.locked_until is not None and account.locked_until > at
    fits = rules.password_fits(account.password_hash if account else None, password[: rules.LONGEST_PASSWORD])
    if account is None or resting or not account.is_active:
        return None
    if fits:
        account.failed_attempts, account.locked_until = 0, None
        return account
    account.failed_attempts += 1
    if account.failed_attempts >= rules.MOST_FAILURES:
        account.failed_attempts, account.locked_until = 0, at + rules.LOCKED_FOR
        record(by=Actor(ActorKind.NOBODY), at=at, action="account.lock", subject=("account", account.id))
    return None


def open_session(*, account: Account, at: datetime, lives: timedelta) -> str:
    """Sign a browser in: a new random token, of which only the hash is kept."""
    token = chance.token()
    db.session.add(
        AccountSession(
            token_hash=rules.hash_token(token),
            account_id=account.id,
            created_at=at,
            last_seen_at=at,
            expires_at=at + lives,
        )
    )
    db.session.flush()
    record(
        by=Actor(ActorKind.ACCOUNT, account.id),
        at=at,
        action="account.sign_in",
        subject=("account", account.id),
    )
    return token


def end_session(*, token: str, at: datetime) -> None:
    """Sign a browser out. Repeatable."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.token_hash == rules.hash_token(token), AccountSession.ended_at.is_(None))
        .values(ended_at=at)
    )


def scopes_of(account: Account) -> frozenset[Scope]:
    """What the account may do; its grants must be loaded."""
    return frozenset(Scope(grant.role, grant.scope_kind, grant.scope_id) for grant in account.grants)
