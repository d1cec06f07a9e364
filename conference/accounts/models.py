"""Staff accounts, what each may do, and the ways in. Attendees and devices have none."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.directory.models import Unit
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db


class Account(db.Model):
    """Someone of the staff. Without a password it can only be entered by a one-time link."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(Text, unique=True)  # folded: lower case, no spaces
    full_name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_last_step: Mapped[int] = mapped_column(default=0)  # a code is taken once
    is_active: Mapped[bool] = mapped_column(default=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    letter_language: Mapped[str] = mapped_column(Text, default="vi", server_default="vi")
    created_at: Mapped[datetime]
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # at its owner's wish: the name is a pseudonym, and nobody opens it again
    erased_mark: Mapped[str | None] = mapped_column(Text)  # by which an older backup's row is known again

    unit: Mapped[Unit | None] = relationship(lazy="raise")
    grants: Mapped[list[Grant]] = relationship(lazy="raise", back_populates="account")


class Grant(db.Model):
    """One role of an account over one thing, or over everything."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("account_id", "role", "scope_kind", "scope_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[Role]
    scope_kind: Mapped[ScopeKind]
    scope_id: Mapped[int | None]

    account: Mapped[Account] = relationship(lazy="raise", back_populates="grants")


class SignInLink(db.Model):
    """A way in that works once and dies by itself. Only the hash of its token is kept."""

    __tablename__ = "sign_in_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    next_path: Mapped[str] = mapped_column(Text, default="")
    replaces_second_factor: Mapped[bool] = mapped_column(default=False)  # demo links and the first administrator's
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="raise")


class AccountSession(db.Model):
    """A signed-in browser, which the server can end."""

    __tablename__ = "account_sessions"
    __table_args__ = (Index("ix_account_sessions_account_id_ended_at", "account_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    client: Mapped[str] = mapped_column(Text, default="", server_default="")  # "Firefox, Windows": to know one's own

    account: Mapped[Account] = relationship(lazy="raise")


class ServiceToken(db.Model):
    """A program that reads by named rights, in one conference or in all. Only the hash of its token is kept."""

    __tablename__ = "service_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    label: Mapped[str] = mapped_column(Text)
    rights: Mapped[list[str]] = mapped_column(JSON)
    conference_id: Mapped[int | None]  # as in grants: what it reaches belongs to a later area
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # none: by the command line
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]

    account: Mapped[Account | None] = relationship(lazy="raise")


class SignInFailure(db.Model):
    """One failed try to sign in, by the hash of its address, so that an address can be slowed down. Kept for a day."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_address_hash_at", "address_hash", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address_hash: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
