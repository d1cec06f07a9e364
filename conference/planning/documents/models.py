"""Documents of topics."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from conference.foundation.db import db
from conference.planning.documents.rules import DocumentType


class TopicDocument(db.Model):
    """A file for those who come to a topic. It never changes; its bytes lie on a shelf under a drawn name, once for
    all topics of copied conferences that have it."""

    __tablename__ = "topic_documents"
    __table_args__ = (UniqueConstraint("topic_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[DocumentType]
    size: Mapped[int]
    stored_as: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]
