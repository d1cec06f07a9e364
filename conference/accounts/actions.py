"""Ways in and out: accounts and their roles, one-time links, passwords, codes, sessions that the server can end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Delete, Update, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from conference.accounts import rules
from conference.accounts.models import Account, AccountSession, Grant, SignInFailure, SignInLink
from conference.foundation import chance
from conference.foundation.actor import Actor, ActorKind, Role, Scope, ScopeKind
from conference.foundation.db import changed_rows, db
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
    account = Account(login=folded, full_name=full_name, email=email, unit_id=unit_id, created_at=at, is_active=True)
    account.failed_attempts = 0
    account.totp_last_step = 0
    try:
        with db.session.begin_nested():
            db.session.add(account)
            db.session.flush()
    except IntegrityError as error:
        raise DomainError("login_taken") from error
    record(by=by, at=at, action="account.create", subject=("account", account.id))
    return account


def grant(*, account: Account, role: Role, kind: ScopeKind, id: int | None, by: Actor, at: datetime) -> None:
    """Give a role over one thing, or over everything. Repeatable. Raises ``account_erased``."""
    _require_not_erased(account)
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


def revoke(*, account: Account, grant_id: int, by: Actor, at: datetime) -> None:
    """Take a role back; it ends with the next request. Repeatable. Raises ``last_admin``."""
    found = db.session.scalars(select(Grant).where(Grant.id == grant_id, Grant.account_id == account.id)).first()
    if found is None:
        return
    if found.role is Role.ADMIN:
        _require_another_admin(account)
    record(
        by=by,
        at=at,
        action="account.revoke",
        subject=("account", account.id),
        before={"role": found.role, "kind": found.scope_kind, "id": found.scope_id},
    )
    db.session.delete(found)
    db.session.flush()


def _require_another_admin(account: Account) -> None:
    """Without an administrator nobody could let anybody in again."""
    others = db.session.scalar(
        select(func.count(func.distinct(Grant.account_id)))
        .join(Account, Account.id == Grant.account_id)
        .where(Grant.role == Role.ADMIN, Account.is_active, Account.id != account.id)
    )
    if not others:
        raise DomainError("last_admin")


def disable(*, account: Account, by: Actor, at: datetime) -> None:
    """Shut an account and end its sessions at once. Repeatable. Raises ``last_admin``, ``not_yourself``."""
    if by.kind is ActorKind.ACCOUNT and by.id == account.id:
        raise DomainError("not_yourself")
    if not account.is_active:
        return
    if db.session.scalar(select(Grant.id).where(Grant.account_id == account.id, Grant.role == Role.ADMIN).limit(1)):
        _require_another_admin(account)
    account.is_active = False
    end_sessions(account=account, by=by, at=at)
    record(by=by, at=at, action="account.disable", subject=("account", account.id))


def enable(*, account: Account, by: Actor, at: datetime) -> None:
    """Open an account again; its roles are as they were. Repeatable. Raises ``account_erased``."""
    _require_not_erased(account)
    if not account.is_active:
        account.is_active = True
        record(by=by, at=at, action="account.enable", subject=("account", account.id))


def close_for_good(*, account: Account, login: str, full_name: str, mark: str, by: Actor, at: datetime) -> None:
    """Put a pseudonym in the place of whom an account belonged to, and take away every way in and every role.

    The row stays: what it did in the journal still leads to one account.
    """
    end_sessions(account=account, by=by, at=at)
    _change(update(AccountSession).where(AccountSession.account_id == account.id).values(client=""))
    _change(delete(SignInLink).where(SignInLink.account_id == account.id))
    _change(delete(Grant).where(Grant.account_id == account.id))
    account.login, account.full_name, account.email, account.unit_id = login, full_name, None, None
    account.password_hash, account.totp_secret = None, None
    account.failed_attempts, account.locked_until = 0, None
    account.is_active, account.erased_at, account.erased_mark = False, at, mark
    db.session.flush()


def _change(statement: Update | Delete) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))


def _require_not_erased(account: Account) -> None:
    if account.erased_at is not None:
        raise DomainError("account_erased")


def renew_entry(*, account: Account, by: Actor, at: datetime, next_path: str) -> str:
    """For a new account or one whose owner lost the way in: forget password and second factor, end the sessions,
    and give a one-time link. Links given before stop working. Raises ``account_erased``.
    """
    _require_not_erased(account)
    account.password_hash, account.totp_secret = None, None
    account.failed_attempts, account.locked_until = 0, None
    end_sessions(account=account, by=by, at=at)
    db.session.execute(
        update(SignInLink)
        .where(SignInLink.account_id == account.id, SignInLink.used_at.is_(None), SignInLink.expires_at > at)
        .values(expires_at=at)
    )
    record(by=by, at=at, action="account.renew_entry", subject=("account", account.id))
    return make_link(account=account, at=at, by=by, lives=rules.INVITATION_LIVES, next_path=next_path)


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
    """Take a one-time link. Raises ``link_used_up`` when it is unknown, used, too old or its account shut."""
    taken = db.session.execute(
        update(SignInLink)
        .where(
            SignInLink.token_hash == rules.hash_token(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > at,
            SignInLink.account_id.in_(select(Account.id).where(Account.is_active)),
        )
        .values(used_at=at)
        .returning(SignInLink.id)
    ).scalar()
    if taken is None:
        raise DomainError("link_used_up")
    return db.session.scalars(
        select(SignInLink)
        .where(SignInLink.id == taken)
        .options(joinedload(SignInLink.account).selectinload(Account.grants))
    ).one()


def settle_try(*, account_id: int | None, fits: bool, address_hash: str, at: datetime) -> bool:
    """Whether a try to sign in succeeds. After five failures an account rests for a quarter of an hour.

    The slow comparison is made before, outside the transaction; the row is locked here, so that tries made at once
    are counted one by one and a resting account answers none of them. ``account_id`` None: no such account.
    """
    account = _locked(account_id)
    resting = account is not None and account.locked_until is not None and account.locked_until > at
    if account is not None and account.is_active and fits and not resting:
        account.failed_attempts, account.locked_until = 0, None
        return True
    db.session.add(SignInFailure(address_hash=address_hash, at=at))
    db.session.execute(delete(SignInFailure).where(SignInFailure.at < at - rules.FAILURES_KEPT))
    if account is not None and not resting:
        account.failed_attempts += 1
        if account.failed_attempts >= rules.MOST_FAILURES:
            account.failed_attempts, account.locked_until = 0, at + rules.LOCKED_FOR
            record(by=Actor(ActorKind.NOBODY), at=at, action="account.lock", subject=("account", account.id))
    return False


def _locked(account_id: int | None) -> Account | None:
    if account_id is None:
        return None
    return db.session.scalars(
        select(Account).where(Account.id == account_id).with_for_update().execution_options(populate_existing=True)
    ).first()


def require_calm_address(*, address_hash: str, at: datetime) -> None:
    """Raises ``too_many_tries`` for an address from which very many tries failed of late."""
    failures = db.session.scalar(
        select(func.count())
        .select_from(SignInFailure)
        .where(SignInFailure.address_hash == address_hash, SignInFailure.at > at - rules.ADDRESS_WINDOW)
    )
    if (failures or 0) >= rules.MOST_FROM_ADDRESS:
        raise DomainError("too_many_tries")


def check_code(*, account_id: int, code: str, address_hash: str, at: datetime) -> bool:
    """Whether a code of the second factor is right. Each is taken once, by an update that carries its condition."""
    account = _locked(account_id)
    if account is None or account.totp_secret is None:
        return False
    step = rules.step_of_code(account.totp_secret, code, at=at, last_step=account.totp_last_step)
    taken = step is not None and _take_step(account_id, step)
    return settle_try(account_id=account_id, fits=taken, address_hash=address_hash, at=at)


def _take_step(account_id: int, step: int) -> bool:
    return bool(
        changed_rows(
            update(Account)
            .where(Account.id == account_id, Account.totp_last_step < step)
            .values(totp_last_step=step)
            .execution_options(synchronize_session=False)
        )
    )


def enrol(*, account_id: int, secret: str, code: str, at: datetime) -> bool:
    """Keep the secret of a new second factor once its first code proves that the application has it.

    Raises ``enrolled_already`` when the account has one: only an administrator's new link takes it away.
    """
    account = _locked(account_id)
    if account is None or account.totp_secret is not None:
        raise DomainError("enrolled_already")
    step = rules.step_of_code(secret, code, at=at, last_step=0)
    if step is None:
        return False
    account.totp_secret, account.totp_last_step = secret, step
    record(
        by=Actor(ActorKind.ACCOUNT, account_id),
        at=at,
        action="account.enrol_second_factor",
        subject=("account", account_id),
    )
    return True


def set_password(*, account: Account, password_hash: str, keep_token: str, at: datetime) -> None:
    """Give an account a new password, and end every session but the one that asked."""
    account.password_hash = password_hash
    by = Actor(ActorKind.ACCOUNT, account.id)
    end_sessions(account=account, by=by, at=at, but_token=keep_token)
    record(by=by, at=at, action="account.set_password", subject=("account", account.id))


def open_session(*, account: Account, at: datetime, lives: timedelta, client: str = "") -> str:
    """Sign a browser in: a new random token, of which only the hash is kept."""
    token = chance.token()
    db.session.add(
        AccountSession(
            token_hash=rules.hash_token(token),
            account_id=account.id,
            created_at=at,
            last_seen_at=at,
            expires_at=at + lives,
            client=client,
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


def note_seen(session_ids: Collection[int], *, at: datetime) -> None:
    """These signed-in browsers are in use."""
    db.session.execute(update(AccountSession).where(AccountSession.id.in_(session_ids)).values(last_seen_at=at))


def end_session(*, token: str, at: datetime) -> None:
    """Sign a browser out. Repeatable."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.token_hash == rules.hash_token(token), AccountSession.ended_at.is_(None))
        .values(ended_at=at)
    )


def end_sessions(*, account: Account, by: Actor, at: datetime, but_token: str = "") -> int:
    """End every session of an account, but for the one of this token. Repeatable; gives how many ended."""
    ended = changed_rows(
        update(AccountSession)
        .where(
            AccountSession.account_id == account.id,
            AccountSession.ended_at.is_(None),
            AccountSession.token_hash != rules.hash_token(but_token),
        )
        .values(ended_at=at)
    )
    if ended:
        record(
            by=by,
            at=at,
            action="account.end_sessions",
            subject=("account", account.id),
            after={"ended": ended},
        )
    return ended


def choose_language(*, account: Account, language: str, by: Actor, at: datetime) -> None:
    """Letters written from now on to this person are in this language. Repeatable."""
    before = account.letter_language
    if before == language:
        return
    account.letter_language = language
    db.session.flush()
    record(
        by=by,
        at=at,
        action="account.language",
        subject=("account", account.id),
        before={"language": before},
        after={"language": language},
    )


def scopes_of(account: Account) -> frozenset[Scope]:
    """What the account may do; its grants must be loaded."""
    return frozenset(Scope(grant.role, grant.scope_kind, grant.scope_id) for grant in account.grants)
