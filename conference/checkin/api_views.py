"""What devices and other programs ask for: the roster of their door, and a place for their scans."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from conference.checkin import access, actions, headcounts, queries, roster_news, rosters, sealing, spares
from conference.checkin.answers import DeliveryAnswer, changes_since, described_hall, iso
from conference.checkin.enrol_views import token_of_cookie
from conference.checkin.forms import Delivery, read_delivery, read_report
from conference.checkin.receiving import receive_scans
from conference.checkin.rules import SessionTimes
from conference.foundation import clock
from conference.foundation.actor import Actor, ActorKind, Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.grouping import Grouping
from conference.planning.models import Conference, StudySession
from conference.registry.tickets import KeyRing, key_ring
from conference.settings import Settings
from conference.web.guard import allow, identify_with

bp = Blueprint("checkin_api", __name__)

LARGEST_DELIVERY = 2 * 1024 * 1024
REPORTED = frozenset({"queue", "clock_offset_ms", "app", "roster_at", "preflight"})
MOST_KNOWN_TOKENS = 20_000
SCHEME = "Bearer "
WRITER = "scan_writer"
TOKENS = "device_tokens"


def _keys() -> KeyRing:
    settings: Settings = current_app.extensions["settings"]
    return key_ring(settings.secret_key)


@bp.record_once
def _prepare(state: Any) -> None:
    app: Flask = state.app

    def carry_out(deliveries: Sequence[Delivery]) -> list[DeliveryAnswer | DomainError]:
        with transaction():
            return receive_scans(deliveries, keys=_keys(), at=clock.now())

    # A moment of sleep lets the requests that have arrived meanwhile join the group.
    app.extensions[WRITER] = Grouping(carry_out, gather=lambda: time.sleep(0))
    app.extensions[TOKENS] = {}
    identify_with(app, ActorKind.DEVICE, identify)
    roster_news.listen()


def identify() -> Actor | None:
    """The device whose token this request shows. Whose token it is never changes, so it is remembered; whether it
    is still good is asked again by everything that uses it."""
    header = request.headers.get("Authorization", "")
    token = header[len(SCHEME) :].strip() if header.startswith(SCHEME) else ""
    if not header:
        token = token_of_cookie()
    if not token:
        return None
    hashed = queries.token_hash(token)
    known: dict[str, Actor] = current_app.extensions[TOKENS]
    actor = known.get(hashed)
    if actor is None:
        device = queries.device_by_hash(hashed)
        db.session.rollback()  # who waits for a group to be written must not hold a connection meanwhile
        if device is None:
            return None
        actor = access.actor_of(device)
        if len(known) >= MOST_KNOWN_TOKENS:
            known.clear()
        known[hashed] = actor
    g.token_hash = hashed
    return actor


def as_json(content: Any, status: int = 200) -> Response:
    """An answer for a program."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, content_type="application/json")


def sent_json() -> Any:
    """The body, which must be JSON of a bounded size. Raises ``scans_not_json``."""
    request.max_content_length = LARGEST_DELIVERY
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        return json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise DomainError("scans_not_json") from error


@bp.post("/api/v1/scans")
@allow(Role.DEVICE)
def receive() -> ResponseReturnValue:
    """Take 1 to 500 scans and undos; each gets its own durable answer."""
    sent = sent_json()
    by, token_hash = g.actor.id, g.token_hash
    if isinstance(sent, dict) and sent.get("carried_for") is not None:
        by, token_hash = access.device_carried_by(g.actor, g.token_hash, sent["carried_for"], at=clock.now())
    answer = deliver(read_delivery(sent, device_id=by, token_hash=token_hash))
    return as_json(answer.as_json(clock.now()))


def deliver(delivery: Delivery) -> DeliveryAnswer:
    """Keep a delivery together with those of other doors that wait; durable on return. Raises ``device_ended``."""
    writer: Grouping[Delivery, DeliveryAnswer | DomainError] = current_app.extensions[WRITER]
    answer = writer.submit(delivery)
    if isinstance(answer, DomainError):
        current_app.extensions[TOKENS].pop(delivery.token_hash, None)
        raise answer
    return answer


@bp.get("/api/v1/door")
@allow(Role.DEVICE)
def door() -> ResponseReturnValue:
    """Everything a door needs to decide without a network: its roster, times, keys, and who is inside."""
    device = access.living_device(g.actor, g.token_hash, at=clock.now())
    conference = db.session.get_one(Conference, device.conference_id)
    cursor, _renewed = rosters.door_version(conference.id, device.site_id)
    sessions = queries.sessions_at(conference, device.site_id)
    people, seen = rosters.snapshot_of(conference.id, device.site_id)
    tickets = rosters.tickets_of(conference.id, device.site_id)
    joined = rosters.conference_site(conference.id, device.site_id)
    waves = {None, *(study_session.wave_id for study_session, _times in sessions)}
    free = {wave_id: rosters.free_seats(conference.id, device.site_id, wave_id) for wave_id in waves}
    content = {
        "conference": {"id": conference.id, "code": conference.code, "title": conference.title},
        "site": {"id": device.site_id, "name": joined.site.name if joined else ""},
        "device": {"id": device.id, "label": device.label, "expires_at": iso(device.expires_at)},
        "sessions": [_session(study_session, times, free[study_session.wave_id]) for study_session, times in sessions],
        "keys": _keys().published(),
        "people": people,
        "seen": seen,
        "spares": spares.spares_at(conference.id, device.site_id),
        "free_seats": free[None],
        "cursor": str(cursor),
    }
    etag = rosters.digest([content, sorted(tickets.items())])
    if request.if_none_match.contains(etag):
        unchanged = Response(status=304)
        unchanged.set_etag(etag)
        return unchanged
    settings: Settings = current_app.extensions["settings"]
    # Once every study session is closed here the device has no more use for names: its next roster has none.
    is_over = all(times.closed_at is not None for _row, times in sessions)
    key = sealing.roster_key(settings.secret_key, g.token_hash)
    lines, opening = sealing.seal_people([] if is_over else people, tickets, key)
    if is_over:
        lines = sealing.bare_people(people)
    response = as_json({**content, "people": lines, **opening, "server_time": iso(clock.now())})
    response.set_etag(etag)
    return response


@bp.get("/api/v1/door/changes")
@allow(Role.DEVICE)
def changes() -> ResponseReturnValue:
    """Who was counted at this door since the cursor, so that several devices there know the same."""
    device = access.living_device(g.actor, g.token_hash, at=clock.now())
    cursor = request.args.get("cursor", default=0, type=int)
    version, renewed = rosters.door_version(device.conference_id, device.site_id)
    halls = headcounts.halls_of_door(device.conference_id, device.site_id)
    found = []
    if cursor != version:
        found = changes_since(db.session.connection(), device.site_id, max(0, min(cursor, 2**31 - 1)))
    return as_json(
        {
            "cursor": str(version),
            "changes": found,
            "roster_changed": cursor < renewed,
            "headcounts": [
                {"study_session": session, "site": device.site_id, "present": present}
                | ({"hall": described_hall(halls[session])} if session in halls else {})
                for session, present in rosters.present_at(device.conference_id, device.site_id).items()
            ],
            "server_time": iso(clock.now()),
        }
    )


@bp.post("/api/v1/door/report")
@allow(Role.DEVICE)
def report() -> ResponseReturnValue:
    """How a device is doing, also while it has nothing to deliver: its queue, clock, and last pre-flight."""
    device = access.living_device(g.actor, g.token_hash, at=clock.now())
    sent = sent_json()
    told = read_report(sent)
    if told is None:
        raise DomainError("report_not_an_object")
    if not sent or sent.keys() - REPORTED:
        raise DomainError("report_unknown_field", fields=", ".join(sorted(REPORTED)))
    with transaction():
        actions.note_report(device=device, report=told, at=clock.now())
    return as_json({"server_time": iso(clock.now())})


@bp.get("/keys/tickets.json")
@allow(Role.ANYONE)
def ticket_keys() -> ResponseReturnValue:
    """The public keys with which anybody can check a ticket."""
    response = as_json({"keys": _keys().published()})
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _session(study_session: StudySession, times: SessionTimes, free_seats: int | None) -> dict[str, Any]:
    return {
        "id": times.id,
        "conference": times.conference,
        "part": study_session.part.value,
        "held_on": study_session.held_on.isoformat(),
        "day_from": times.day_from,
        "day_until": times.day_until,
        "doors_open_at": times.doors_open_at,
        "starts_at": times.starts_at,
        "ends_at": times.ends_at,
        "late_after_minutes": times.late_after_minutes,
        "closed_at": times.closed_at,
        "free_seats": free_seats,
    }
