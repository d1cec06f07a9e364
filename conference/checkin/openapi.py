"""The door's part of the interface for programs, as OpenAPI 3.1: what is said here is what the routes do."""

from __future__ import annotations

from typing import Any

from conference.checkin.forms import MOST_IN_A_HALL, MOST_ITEMS
from conference.checkin.preflight import Rung, RungState
from conference.checkin.rules import Decision, Direction, ItemKind, Method, Verdict
from conference.foundation.schema import COUNT, ID, MOMENT, UUID, Schema, list_of, object_of, one_of, or_null, see

BYTES: Schema = {"type": "string", "contentEncoding": "base64"}
ROSTER_CHANGED: Schema = {
    "type": "boolean",
    "description": "Since the cursor somebody decided a case, moved, withdrew or added people, gave out other "
    "tickets, or changed the hours: ask /api/v1/door again.",
}

ITEM = object_of(
    {
        "id": {**UUID, "description": "Made by the device. The same id with the same body is one fact."},
        "kind": {**one_of(ItemKind), "default": "scan"},
        "ticket": or_null({"type": "string", "description": "The digits of the QR code; by hand the badge's number."}),
        "study_session": or_null({"type": "integer"}),
        "direction": or_null(one_of(Direction)),
        "scanned_at": or_null({**MOMENT, "description": "The device's clock, with its zone; an undo needs none."}),
        "clock_offset_ms": or_null({"type": "integer", "minimum": -(2**53), "maximum": 2**53}),
        "device_seq": or_null({"type": "integer", "minimum": 0, "maximum": 2**53}),
        "method": or_null(one_of(Method)),
        "verdict_shown": or_null(one_of(Verdict)),
        "decision": or_null(
            {
                **one_of(Decision),
                "description": "What the host decided about somebody of another site (other_site) or of another study "
                "session (other_session): they come in as a guest, or from now on they belong to this site.",
            }
        ),
        "target": or_null({**UUID, "description": "Of an undo: the id that is undone. It may come later."}),
        "person": or_null(see("Stranger")),
        "spare": or_null(
            {
                "type": "string",
                "maxLength": 256,
                "description": "With a scan or a walk-in: the digits of a spare badge that this person is handed. "
                "From then on reading it counts them. An undo of this item takes it back. What is no spare badge is "
                "ignored.",
            }
        ),
    },
    ["id"],
    is_open=False,
)
WORDS: Schema = {"type": "string", "maxLength": 200}
STRANGER = object_of(
    {
        "name": {"type": "string", "minLength": 1, "maxLength": 120},
        "birth": or_null({"type": "string", "description": "1971-03-02, or the year alone."}),
        "phone": or_null({"type": "string", "maxLength": 30}),
        "unit": or_null(WORDS),
        "position": or_null(WORDS),
    },
    ["name"],
    is_open=False,
)
"""Of a walk-in: what the host writes down of somebody without a ticket."""

ATTENDEE = object_of(
    {
        "number": COUNT,
        "site": ID,
        "site_name": {"type": "string"},
        "name": {"type": "string"},
        "position": {"type": "string"},
        "unit": {"type": "string"},
        "seat": or_null({"type": "string"}),
    },
    ["number", "site", "site_name"],
)
PERSON = object_of(
    {
        "number": COUNT,
        "site": ID,
        "issue": COUNT,
        "reissued_at": or_null(COUNT),
        "withdrawn": {"type": "boolean"},
        "substituted": list_of(ID),
        "sessions": or_null(list_of(ID)),
        "extra": {"type": "boolean", "description": "Walk-in or substitute: not among those summoned."},
        "leave": list_of({**ID, "description": "Study sessions from which they may stay away."}),
        "sealed": or_null(
            {
                **BYTES,
                "description": "Name, position, unit and seat as JSON, AES-256-GCM with the nonce of 12 bytes in "
                "front, bound to the number in decimal. The key is HKDF-SHA-256 of the ticket's digits with the "
                "answer's salt and the info 'diem-cau record'. Null once every study session is closed here.",
            }
        ),
    }
)
ANSWER = object_of(
    {
        "id": or_null({"type": "string"}),
        "status": {"type": "integer", "enum": [200, 400, 409]},
        "verdict": one_of(Verdict),
        "counts": {"type": "boolean", "description": "Whether it is evidence that the person is present."},
        "attendee": or_null(see("Attendee")),
        "first_seen": or_null(
            object_of({"at": MOMENT, "site": ID, "site_name": {"type": "string"}, "device": {"type": "string"}})
        ),
        "minutes_late": or_null(COUNT),
        "case": or_null(ID),
        "spare": {**COUNT, "description": "The number of the spare badge that was shown or handed over, if one was."},
    },
    ["id", "status", "verdict", "counts", "attendee", "first_seen", "minutes_late", "case"],
)
CHANGE = object_of(
    {"number": COUNT, "study_session": ID, "present": {"type": "boolean"}, "at": or_null(MOMENT), "site": or_null(ID)}
)
HALL = object_of({"people": COUNT, "counted_at": MOMENT, "present_then": COUNT})
HALL_COUNT = object_of(
    {
        "id": UUID,
        "study_session": ID,
        "people": {**COUNT, "maximum": MOST_IN_A_HALL},
        "counted_at": MOMENT,
        "clock_offset_ms": or_null({"type": "integer", "minimum": -(2**53), "maximum": 2**53}),
    },
    ["id", "study_session", "people", "counted_at"],
    is_open=False,
)
HEADCOUNT = object_of(
    {"study_session": ID, "site": ID, "present": COUNT, "hall": HALL}, ["study_session", "site", "present"]
)
DEVICE_REPORT = object_of(
    {
        "queue": COUNT,
        "clock_offset_ms": {"type": "integer"},
        "app": {"type": "string"},
        "roster_at": {**MOMENT, "description": "The server_time of the roster by which it decides."},
        "preflight": or_null(
            object_of(
                {
                    "checked_at": MOMENT,
                    "rungs": {
                        "type": "object",
                        "description": "By rung: [state, measured value].",
                        "propertyNames": {"enum": [rung.value for rung in Rung]},
                        "additionalProperties": {
                            "type": "array",
                            "prefixItems": [one_of(RungState), {"type": ["number", "string", "null"]}],
                            "minItems": 2,
                            "maxItems": 2,
                        },
                    },
                }
            )
        ),
    },
    [],
)
ERROR = object_of({"error": {"type": "string"}, "message": {"type": "string"}})
DELIVERY = object_of(
    {
        "items": list_of(see("Item"), minItems=1, maxItems=MOST_ITEMS),
        "cursor": or_null({"type": "string"}),
        "device": or_null(see("DeviceReport")),
        "carried_for": or_null(
            {**ID, "description": "A device of the same door, whose scans these are: it found no line."}
        ),
    },
    ["items"],
    is_open=False,
)
DELIVERY_ANSWER = object_of(
    {
        "items": list_of(see("Answer")),
        "cursor": or_null({"type": "string"}),
        "changes": list_of(see("Change")),
        "roster_changed": ROSTER_CHANGED,
        "headcounts": list_of(see("Headcount")),
        "server_time": MOMENT,
    }
)
CHANGES = object_of(
    {
        "cursor": {"type": "string"},
        "changes": list_of(see("Change")),
        "roster_changed": ROSTER_CHANGED,
        "headcounts": list_of(see("Headcount")),
        "server_time": MOMENT,
    }
)
DOOR = object_of(
    {
        "conference": object_of({"id": ID, "code": {"type": "string"}, "title": {"type": "string"}}),
        "site": object_of({"id": ID, "name": {"type": "string"}}),
        "device": object_of({"id": ID, "label": {"type": "string"}, "expires_at": MOMENT}),
        "sessions": list_of({"type": "object"}),
        "keys": list_of({"type": "object"}),
        "people": list_of(see("Person")),
        "salt": {**BYTES, "description": "Of this answer; see Person.sealed."},
        "record_keys": {
            **BYTES,
            "description": "AES-256-GCM under the device's roster key (from its enrolment), nonce of "
            "12 bytes in front, bound to the salt: 32 bytes for each person, in their order.",
        },
        "seen": {"type": "object"},
        "spares": list_of(
            {
                "type": "array",
                "description": "A spare badge that was handed over here: the site and number in its "
                "ticket (the number less 2**31), to whom, since when in ms, in which study session; in order of time.",
                "prefixItems": [ID, COUNT, COUNT, COUNT, ID],
                "minItems": 5,
                "maxItems": 5,
            }
        ),
        "free_seats": {
            **or_null(COUNT),
            "description": "Beyond everybody called here; in each of sessions, beyond those whose session it is.",
        },
        "cursor": {"type": "string"},
        "server_time": MOMENT,
    }
)
SCHEMAS: dict[str, Schema] = {
    "Item": ITEM,
    "Delivery": DELIVERY,
    "DeviceReport": DEVICE_REPORT,
    "HallCount": HALL_COUNT,
    "Stranger": STRANGER,
    "HallCountAnswer": object_of({"id": UUID, "hall": HALL, "server_time": MOMENT}),
    "Time": object_of({"server_time": MOMENT}),
    "Attendee": ATTENDEE,
    "Person": PERSON,
    "Answer": ANSWER,
    "Change": CHANGE,
    "Headcount": HEADCOUNT,
    "DeliveryAnswer": DELIVERY_ANSWER,
    "Changes": CHANGES,
    "Door": DOOR,
    "Keys": object_of({"keys": list_of({"type": "object"})}),
    "Error": ERROR,
}


def answers(name: str | None, *refused: int) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Answered."}
    if name is not None:
        good["content"] = {"application/json": {"schema": see(name)}}
    wrong = {"content": {"application/json": {"schema": see("Error")}}}
    return {"200": good} | {str(status): {"description": "Refused, in words.", **wrong} for status in refused}


BEARER: list[dict[str, list[str]]] = [{"device": []}]
PATHS: dict[str, Any] = {
    "/api/v1/scans": {
        "post": {
            "summary": "Keep scans and undos, each answered by itself, after they are durable.",
            "operationId": "receiveScans",
            "security": BEARER,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": see("Delivery")}},
            },
            "responses": answers("DeliveryAnswer", 400, 401, 409, 413, 415, 503),
        }
    },
    "/api/v1/door": {
        "get": {
            "summary": "The roster, times and keys with which a door decides without a network.",
            "operationId": "door",
            "security": BEARER,
            "responses": answers("Door", 401) | {"304": {"description": "Nothing new since the ETag."}},
        }
    },
    "/api/v1/door/changes": {
        "get": {
            "summary": "Who was counted at this door since the cursor.",
            "operationId": "changes",
            "security": BEARER,
            "parameters": [{"name": "cursor", "in": "query", "schema": {"type": "string"}}],
            "responses": answers("Changes", 401),
        }
    },
    "/api/v1/door/report": {
        "post": {
            "summary": "How the device is doing, also while it has nothing to deliver.",
            "operationId": "report",
            "security": BEARER,
            "requestBody": {"required": True, "content": {"application/json": {"schema": see("DeviceReport")}}},
            "responses": answers("Time", 400, 401, 413, 415, 503),
        }
    },
    "/api/v1/headcounts": {
        "post": {
            "summary": "How many people a host saw in the hall. The same id with the same body is one count.",
            "operationId": "countHall",
            "security": BEARER,
            "requestBody": {"required": True, "content": {"application/json": {"schema": see("HallCount")}}},
            "responses": answers("HallCountAnswer", 400, 401, 404, 409, 413, 415, 503),
        }
    },
    "/keys/tickets.json": {
        "get": {
            "summary": "The public keys with which anybody can check a ticket.",
            "operationId": "ticketKeys",
            "responses": answers("Keys"),
        }
    },
}


def document(address: str) -> dict[str, Any]:
    """The document for an installation at this address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Điểm Cầu",
            "version": "1",
            "description": "For scanners and other programs. A token is made with `flask make-token --device SITE`.",
        },
        "servers": [{"url": address}],
        "paths": {**PATHS},
        "components": {"securitySchemes": {"device": {"type": "http", "scheme": "bearer"}}, "schemas": {**SCHEMAS}},
    }
