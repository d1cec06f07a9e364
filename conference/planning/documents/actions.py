"""Adding a document to a topic and taking it away. The programme is the same: no new release is needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.documents.models import TopicDocument
from conference.planning.documents.rules import MOST_DOCUMENTS, DocumentType
from conference.planning.models import Topic


def add_document(
    *, topic: Topic, name: str, type: DocumentType, size: int, stored_as: str, by: Actor, at: datetime
) -> TopicDocument:
    """Raises ``topic_documents_many`` and ``topic_document_known`` for a second one of the same name."""
    known = db.session.scalar(select(func.count()).select_from(TopicDocument).where(TopicDocument.topic_id == topic.id))
    if (known or 0) >= MOST_DOCUMENTS:
        raise DomainError("topic_documents_many", most=MOST_DOCUMENTS)
    document = TopicDocument(topic_id=topic.id, name=name, type=type, size=size, stored_as=stored_as, added_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(document)
            db.session.flush()
    except IntegrityError as error:
        raise DomainError("topic_document_known", file=name) from error
    after = {"document": document.id, "type": type.value, "size": size}
    record(by=by, at=at, action="topic.add_document", subject=("topic", topic.id), after=after)
    return document


def remove_document(*, document: TopicDocument, by: Actor, at: datetime) -> None:
    before = {"document": document.id, "type": document.type.value, "size": document.size}
    record(by=by, at=at, action="topic.remove_document", subject=("topic", document.topic_id), before=before)
    db.session.delete(document)
    db.session.flush()


def copy_documents(*, topics: Mapping[int, int], at: datetime) -> None:
    """Give topics of a copied conference the documents of those they were made from; the bytes are shared.

    Whoever takes one away meanwhile waits until this is written, so that its bytes stay.
    """
    found = select(TopicDocument).where(TopicDocument.topic_id.in_(list(topics))).with_for_update(read=True)
    for one in db.session.scalars(found).all():
        db.session.add(
            TopicDocument(
                topic_id=topics[one.topic_id],
                name=one.name,
                type=one.type,
                size=one.size,
                stored_as=one.stored_as,
                added_at=at,
            )
        )
    db.session.flush()
