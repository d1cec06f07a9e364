"""What people decided about possible doubles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from conference.foundation.db import db


class Merge(db.Model):
    """Two lines of a list that are one person. What it moved is kept, so that it can be undone."""

    __tablename__ = "merges"
    __table_args__ = (
        Index(
            "ix_merges_standing",
            "gone_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"))  # off the list; ticket and link lead to the kept
    moved: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # table, key, column, before, after
    merged_at: Mapped[datetime]
    merged_by: Mapped[int | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None]


class ToldApart(db.Model):
    """Two people who look like one and are not. Asked about never again."""

    __tablename__ = "told_apart"

    first_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)  # the lower id
    second_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    decided_at: Mapped[datetime]
    decided_by: Mapped[int | None]
