"""What organizers decide about following online: the rule, the rooms, and who may."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update

from conference.checkin.online.counting import followed_pairs, recount
from conference.checkin.online.drafts import RuleFacts
from conference.checkin.online.models import OnlineRoom, OnlineRule
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.registry.tickets import KeyRing


def lay_down_rule(
    *, conference: Conference, version: int, facts: RuleFacts, keys: KeyRing, by: Actor, at: datetime
) -> None:
    """Write the rule and the room, and count everybody anew by it. Raises ``changed_meanwhile``.

    ``version`` is the one that was on the screen; 0 where there was no rule yet.
    """
    values = {
        "room_url": facts.room_url,
        "opens_before_minutes": facts.rule.opens_before_minutes,
        "least_minutes": facts.rule.least_minutes,
        "least_answers": facts.rule.least_answers,
        "prompts": facts.rule.prompts,
        "prompt_minutes": facts.rule.prompt_minutes,
        "late_after_minutes": facts.rule.late_after_minutes,
    }
    kept = db.session.get(OnlineRule, conference.id, populate_existing=True)
    before = {name: getattr(kept, name) for name in values if name != "room_url"} if kept else {}
    if kept is None:
        if version:
            raise DomainError("changed_meanwhile")
        db.session.add(OnlineRule(conference_id=conference.id, **values))
        db.session.flush()
    elif not changed_rows(
        update(OnlineRule)
        .where(OnlineRule.conference_id == conference.id, OnlineRule.version == version)
        .values(version=version + 1, **values)
    ):
        raise DomainError("changed_meanwhile")
    record(
        by=by,
        at=at,
        action="online_rule.change",
        subject=("conference", conference.id),
        before=before,
        after={name: value for name, value in values.items() if name != "room_url"},
    )
    recount(followed_pairs(_called_to(conference.id)), keys=keys, at=at)


def give_site_a_room(*, conference: Conference, site_id: int, url: str, by: Actor, at: datetime) -> None:
    """A site's own room; an empty address leads its people to the conference's again. Repeatable."""
    db.session.execute(
        delete(OnlineRoom).where(OnlineRoom.conference_id == conference.id, OnlineRoom.site_id == site_id)
    )
    if url:
        db.session.add(OnlineRoom(conference_id=conference.id, site_id=site_id, url=url))
        db.session.flush()
    record(
        by=by,
        at=at,
        action="online_room.change",
        subject=("site", site_id),
        after={"conference": conference.id, "has_room": bool(url)},
    )


def allow_online(
    *, conference: Conference, attendee_ids: Collection[int], allowed: bool, keys: KeyRing, by: Actor, at: datetime
) -> int:
    """Let these people follow online, or no longer; those already followed are counted anew. Returns how many."""
    changing = list(
        db.session.scalars(
            select(Attendee.id)
            .where(
                Attendee.conference_id == conference.id,
                Attendee.id.in_(attendee_ids),
                Attendee.may_follow_online.is_not(allowed),
            )
            .order_by(Attendee.id)
        )
    )
    if not changing:
        return 0
    db.session.execute(
        update(Attendee)
        .where(Attendee.id.in_(changing))
        .values(may_follow_online=allowed)
        .execution_options(synchronize_session="fetch")
    )
    record(
        by=by,
        at=at,
        action="attendees.allow_online" if allowed else "attendees.end_online",
        subject=("conference", conference.id),
        after={"attendees": changing},
    )
    recount(followed_pairs(changing), keys=keys, at=at)
    return len(changing)


def _called_to(conference_id: int) -> object:
    return select(Attendee.id).where(Attendee.conference_id == conference_id)
