"""Reading documents of topics, and the only way from an id to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.documents.models import TopicDocument
from conference.planning.models import StudySession, Topic


def documents_of(conference_id: int) -> dict[int, list[TopicDocument]]:
    """Topic -> its documents by name; one query whatever the size of the programme."""
    found: dict[int, list[TopicDocument]] = defaultdict(list)
    for one in db.session.scalars(
        select(TopicDocument)
        .join(Topic, Topic.id == TopicDocument.topic_id)
        .join(StudySession, StudySession.id == Topic.study_session_id)
        .where(StudySession.conference_id == conference_id)
        .order_by(TopicDocument.name, TopicDocument.id)
    ):
        found[one.topic_id].append(one)
    return found


def document_in(conference_id: int, document_id: int) -> TopicDocument:
    """Raises ``not_found`` for one of another conference."""
    found = db.session.scalars(
        select(TopicDocument)
        .join(Topic, Topic.id == TopicDocument.topic_id)
        .join(StudySession, StudySession.id == Topic.study_session_id)
        .where(StudySession.conference_id == conference_id, TopicDocument.id == document_id)
    ).first()
    if found is None:
        raise DomainError("not_found")
    return found


def stored_names(*, study_session_id: int | None = None, topic_id: int | None = None) -> Sequence[str]:
    """What lies on the shelf for a topic, or for all of a half day."""
    statement = select(TopicDocument.stored_as).join(Topic, Topic.id == TopicDocument.topic_id)
    if topic_id is not None:
        statement = statement.where(Topic.id == topic_id)
    else:
        statement = statement.where(Topic.study_session_id == study_session_id)
    return db.session.scalars(statement).all()


def kept_elsewhere(stored: Iterable[str]) -> set[str]:
    """Which of these lie on the shelf for a topic still: a copied conference shares them."""
    return set(db.session.scalars(select(TopicDocument.stored_as).where(TopicDocument.stored_as.in_(list(stored)))))
