"""Tokens for programs: made with named rights, ended for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from conference.accounts import rules
from conference.accounts.models import ServiceToken
from conference.accounts.rules import Right
from conference.foundation import chance
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.journal import record


def make_service_token(
    *, label: str, rights: Iterable[Right], conference_id: int | None, by: Actor, at: datetime
) -> tuple[ServiceToken, str]:
    """Let whoever shows the token that comes back read what the rights name, for a year."""
    secret = chance.token()
    token = ServiceToken(
        token_hash=rules.hash_token(secret),
        label=label,
        rights=sorted({right.value for right in rights}),
        conference_id=conference_id,
        created_at=at,
        created_by=by.id if by.kind is ActorKind.ACCOUNT else None,
        expires_at=at + rules.SERVICE_TOKEN_LIVES,
    )
    db.session.add(token)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="service_token.make",
        subject=("service_token", token.id),
        after={"rights": token.rights, "conference": conference_id},
    )
    return token, secret


def revoke_tokens_of(*, account_id: int, by: Actor, at: datetime) -> int:
    """End every token that this account has made: nobody answers for it any more. Repeatable; gives how many ended."""
    living = db.session.scalars(
        select(ServiceToken).where(ServiceToken.created_by == account_id, ServiceToken.revoked_at.is_(None))
    ).all()
    for token in living:
        revoke_service_token(token=token, by=by, at=at)
    return len(living)


def revoke_service_token(*, token: ServiceToken, by: Actor, at: datetime) -> None:
    """From now on the token opens nothing. Repeatable."""
    if token.revoked_at is not None:
        return
    token.revoked_at = at
    record(by=by, at=at, action="service_token.revoke", subject=("service_token", token.id))
