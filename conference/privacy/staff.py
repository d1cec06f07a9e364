"""Erasing an account of the staff at its owner's wish: closed for good, a pseudonym in the place of the name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from conference.accounts import actions as accounts
from conference.accounts.models import Account, Grant
from conference.accounts.token_actions import revoke_tokens_of
from conference.foundation.actor import SYSTEM, Actor, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import WITHOUT_REASON, erase_reasons, record
from conference.foundation.text import fold
from conference.grading.actions import remove_grader
from conference.grading.models import Grader
from conference.notices.models import OutboxMail
from conference.privacy.erasing import Erased, NotThem, forget_letters
from conference.privacy.hosts import Known, forget_host, places_of
from conference.privacy.rules import account_mark_of, account_pseudonym_of, login_of
from conference.privacy.traces import imports_wait


def erase_account(*, account: Account, secret: str, by: Actor, at: datetime) -> Erased:
    """Erase whom an account belongs to; the edge then drops the files that are named in the answer.

    What they did stays in the journal under the account's number, finished readings keep their marks, and what was
    unfinished on a grader's desk is shared out anew. Raises ``account_erased``, ``last_admin``, ``not_yourself``, and
    ``erasure_import_waits`` while an uploaded list could bring their name back.
    """
    if account.erased_at is not None:
        raise DomainError("account_erased")
    accounts.disable(account=account, by=by, at=at)
    if imports_wait(joined.conference_id for joined in places_of(_known(account))):
        raise DomainError("erasure_import_waits")
    return _erase(account, secret=secret, by=by, at=at)


def erase_account_again(*, account_id: int, mark: str, secret: str, at: datetime) -> Erased | None:
    """Erase an account that an older backup has brought back. None when there is nothing to do. Raises ``NotThem``."""
    account = db.session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None or account.erased_at is not None:
        return None
    if account_mark_of(secret, account.id, account.login) != mark:
        raise NotThem
    return _erase(account, secret=secret, by=SYSTEM, at=at)


def _erase(account: Account, *, secret: str, by: Actor, at: datetime) -> Erased:
    mark = account_mark_of(secret, account.id, account.login)
    hosted = forget_host(_known(account), by=by, at=at)
    graders = db.session.scalars(select(Grader).where(Grader.account_id == account.id)).all()
    for grader in graders:
        if grader.removed_at is None:
            remove_grader(grader=grader, by=by, at=at)
        grader.person_id = None
    forget_letters(OutboxMail.account_id == account.id)
    revoke_tokens_of(account_id=account.id, by=by, at=at)
    accounts.close_for_good(
        account=account, login=login_of(account.id), full_name=account_pseudonym_of(account.id), mark=mark, by=by, at=at
    )
    subjects = [("account", account.id), *(("grader", grader.id) for grader in graders)]
    left = erase_reasons(subjects)
    record(by=by, at=at, action="account.erase", subject=("account", account.id), after={WITHOUT_REASON: left})
    return Erased(papers=(), lists=hosted.lists, conferences=hosted.conferences)


def _known(account: Account) -> Known:
    """As a host they are known by their name together with their address or a site that they were given."""
    sites = db.session.scalars(
        select(Grant.scope_id).where(
            Grant.account_id == account.id, Grant.role == Role.SITE_HOST, Grant.scope_kind == ScopeKind.SITE
        )
    )
    return Known(fold(account.full_name), email=account.email, sites={id for id in sites if id is not None})
