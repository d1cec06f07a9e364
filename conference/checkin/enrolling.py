"""One-time links with which a phone becomes a device of a site, without an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update

from conference.checkin import device_queries
from conference.checkin.actions import enrol_device
from conference.checkin.device_rules import LinkState, end_of_life, link_state
from conference.checkin.models import Device, EnrolmentLink
from conference.checkin.queries import token_hash
from conference.foundation.actor import NOBODY, Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference, ConferenceState

LIVES_AFTER_THE_LAST_DAY = timedelta(days=1)
MOST_DEVICES = 200


def make_link(*, conference: Conference, site_id: int, by: Actor, at: datetime) -> EnrolmentLink:
    """A link that enrols one device at this site, until the end of the conference's last day.

    Raises ``enrol_before_publishing``.
    """
    if conference.state is not ConferenceState.PUBLISHED:
        raise DomainError("enrol_before_publishing")
    link = EnrolmentLink(
        conference_id=conference.id,
        site_id=site_id,
        made_by=by.id if by.kind is ActorKind.ACCOUNT else None,
        made_at=at,
        expires_at=end_of_life(conference.ends_on, lives_after=LIVES_AFTER_THE_LAST_DAY, at=at),
    )
    db.session.add(link)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="enrolment_link.make",
        subject=("enrolment_link", link.id),
        after={"conference": conference.id, "site": site_id},
    )
    return link


def links_to_print(
    *, conference: Conference, site_ids: Sequence[int], by: Actor, at: datetime
) -> dict[int, EnrolmentLink]:
    """An unused link for each of these sites, by its id: the one that lies there, or a new one. Repeatable."""
    lying = device_queries.open_links(conference.id, site_ids, at)
    return {
        site_id: lying.get(site_id) or make_link(conference=conference, site_id=site_id, by=by, at=at)
        for site_id in site_ids
    }


def revoke_link(*, link: EnrolmentLink, by: Actor, at: datetime) -> None:
    """From now on nothing enrols by it; a device that did stays. Repeatable."""
    if not changed_rows(
        update(EnrolmentLink)
        .where(EnrolmentLink.id == link.id, EnrolmentLink.revoked_at.is_(None), EnrolmentLink.used_at.is_(None))
        .values(revoked_at=at)
    ):
        return
    record(
        by=by,
        at=at,
        action="enrolment_link.revoke",
        subject=("enrolment_link", link.id),
        after={"site": link.site_id},
    )


def require_open(link: EnrolmentLink | None, *, at: datetime) -> EnrolmentLink:
    """The link, while a device may enrol by it. Raises ``enrol_link_unknown``, ``enrol_link_used`` or
    ``enrol_link_over``."""
    if link is None:
        raise DomainError("enrol_link_unknown")
    state = link_state(link, at)
    if state is LinkState.USED:
        raise DomainError("enrol_link_used")
    if state is not LinkState.OPEN or not device_queries.is_counting(link.conference_id, link.site_id):
        raise DomainError("enrol_link_over")
    return link


def enrol_by_link(*, link: EnrolmentLink, token: str, label: str, at: datetime) -> Device:
    """Use the link up for the device that shows this token. Repeatable with the same token: a lost answer costs no
    link. Raises what ``require_open`` raises, and ``door_too_many_devices``."""
    taken = changed_rows(
        update(EnrolmentLink)
        .where(
            EnrolmentLink.id == link.id,
            EnrolmentLink.used_at.is_(None),
            EnrolmentLink.revoked_at.is_(None),
            EnrolmentLink.expires_at > at,
        )
        .values(used_at=at)
    )
    db.session.refresh(link)
    if not taken:
        device = db.session.get(Device, link.device_id) if link.device_id is not None else None
        if device is not None and device.token_hash == token_hash(token) and device.revoked_at is None:
            return device
        require_open(link, at=at)
        raise DomainError("enrol_link_over")
    if not device_queries.is_counting(link.conference_id, link.site_id):
        raise DomainError("enrol_link_over")
    require_room(link.conference_id, link.site_id)
    conference = db.session.get_one(Conference, link.conference_id)
    device = enrol_device(conference=conference, site_id=link.site_id, token=token, label=label, by=NOBODY, at=at)
    link.device_id = device.id
    db.session.flush()
    return device


def require_room(conference_id: int, site_id: int) -> int:
    """How many devices a site has had, while it may have one more. Raises ``door_too_many_devices``."""
    known = device_queries.count_of(conference_id, site_id)
    if known >= MOST_DEVICES:
        raise DomainError("door_too_many_devices")
    return known
