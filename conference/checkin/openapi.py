"""The interface for programs, as an OpenAPI 3.1 document: what is said here is what the routes do."""

from __future__ import annotations

from typing import Any

from conference.checkin.forms import MOST_IN_A_HALL, MOST_ITEMS
from conference.checkin.preflight import Rung, RungState
from conference.checkin.rules import Decision, Direction, ItemKind, Method, Verdict

Schema = dict[str, Any]
UUID: Schema = {"type": "string", "format": "uuid"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}


def _one_of(words: type[Any]) -> Schema:
    return {"type": "string", "enum": [word.value for word in words]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: dict[str, Schema], required: list[str] | None = None, *, is_open: bool = True) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": is_open,
    }


def _list(items: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": items, **bounds}


def _see(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


ITEM = _object(
    {
        "id": {**UUID, "description": "Made by the device. The same id with the same body is one fact."},
        "kind": {**_one_of(ItemKind), "default": "scan"},
        "ticket": _or_null({"type": "string", "description": "The digits of the QR code; by hand the badge's number."}),
        "study_session": _or_null({"type": "integer"}),
        "direction": _or_null(_one_of(Direction)),
        "scanned_at": _or_null({**MOMENT, "description": "The device's clock, with its zone; an undo needs none."}),
        "clock_offset_ms": _or_null({"type": "integer", "minimum": -(2**53), "maximum": 2**53}),
        "device_seq": _or_null({"type": "integer", "minimum": 0, "maximum": 2**53}),
        "method": _or_null(_one_of(Method)),
        "verdict_shown": _or_null(_one_of(Verdict)),
        "decision": _or_null(_one_of(Decision)),
        "target": _or_null({**UUID, "description": "Of an undo: the id that is undone. It may come later."}),
    },
    ["id"],
    is_open=False,
)
ATTENDEE = _object(
    {
        "number": COUNT,
        "site": ID,
        "site_name": {"type": "string"},
        "name": {"type": "string"},
        "position": {"type": "string"},
        "unit": {"type": "string"},
        "seat": _or_null({"type": "string"}),
    },
    ["number", "site", "site_name"],
)
ANSWER = _object(
    {
        "id": _or_null({"type": "string"}),
        "status": {"type": "integer", "enum": [200, 400, 409]},
        "verdict": _one_of(Verdict),
        "counts": {"type": "boolean", "description": "Whether it is evidence that the person is present."},
        "attendee": _or_null(_see("Attendee")),
        "first_seen": _or_null(
            _object({"at": MOMENT, "site": ID, "site_name": {"type": "string"}, "device": {"type": "string"}})
        ),
        "minutes_late": _or_null(COUNT),
        "case": _or_null(ID),
    }
)
CHANGE = _object(
    {"number": COUNT, "study_session": ID, "present": {"type": "boolean"}, "at": _or_null(MOMENT), "site": _or_null(ID)}
)
HALL = _object({"people": COUNT, "counted_at": MOMENT, "present_then": COUNT})
HALL_COUNT = _object(
    {
        "id": UUID,
        "study_session": ID,
        "people": {**COUNT, "maximum": MOST_IN_A_HALL},
        "counted_at": MOMENT,
        "clock_offset_ms": _or_null({"type": "integer", "minimum": -(2**53), "maximum": 2**53}),
    },
    ["id", "study_session", "people", "counted_at"],
    is_open=False,
)
HEADCOUNT = _object(
    {"study_session": ID, "site": ID, "present": COUNT, "hall": HALL}, ["study_session", "site", "present"]
)
REPORT = _object(
    {
        "queue": COUNT,
        "clock_offset_ms": {"type": "integer"},
        "app": {"type": "string"},
        "preflight": _or_null(
            _object(
                {
                    "checked_at": MOMENT,
                    "rungs": {
                        "type": "object",
                        "description": "By rung: [state, measured value].",
                        "propertyNames": {"enum": [rung.value for rung in Rung]},
                        "additionalProperties": {
                            "type": "array",
                            "prefixItems": [_one_of(RungState), {"type": ["number", "string", "null"]}],
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
ERROR = _object({"error": {"type": "string"}, "message": {"type": "string"}})


def _answers(name: str | None, *refused: int) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Answered."}
    if name is not None:
        good["content"] = {"application/json": {"schema": _see(name)}}
    wrong = {"content": {"application/json": {"schema": _see("Error")}}}
    return {"200": good} | {str(status): {"description": "Refused, in words.", **wrong} for status in refused}


def document(address: str) -> dict[str, Any]:
    """The document for an installation at this address."""
    bearer: list[dict[str, list[str]]] = [{"device": []}]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Điểm Cầu",
            "version": "1",
            "description": "For scanners and other programs. A token is made with `flask make-token --device SITE`.",
        },
        "servers": [{"url": address}],
        "paths": {
            "/api/v1/scans": {
                "post": {
                    "summary": "Keep scans and undos, each answered by itself, after they are durable.",
                    "operationId": "receiveScans",
                    "security": bearer,
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": _see("Delivery")}},
                    },
                    "responses": _answers("DeliveryAnswer", 400, 401, 413, 415, 503),
                }
            },
            "/api/v1/door": {
                "get": {
                    "summary": "The roster, times and keys with which a door decides without a network.",
                    "operationId": "door",
                    "security": bearer,
                    "responses": _answers("Door", 401) | {"304": {"description": "Nothing new since the ETag."}},
                }
            },
            "/api/v1/door/changes": {
                "get": {
                    "summary": "Who was counted at this door since the cursor.",
                    "operationId": "changes",
                    "security": bearer,
                    "parameters": [{"name": "cursor", "in": "query", "schema": {"type": "string"}}],
                    "responses": _answers("Changes", 401),
                }
            },
            "/api/v1/door/report": {
                "post": {
                    "summary": "How the device is doing, also while it has nothing to deliver.",
                    "operationId": "report",
                    "security": bearer,
                    "requestBody": {"required": True, "content": {"application/json": {"schema": _see("Report")}}},
                    "responses": _answers("Time", 400, 401, 413, 415, 503),
                }
            },
            "/api/v1/headcounts": {
                "post": {
                    "summary": "How many people a host saw in the hall. The same id with the same body is one count.",
                    "operationId": "countHall",
                    "security": bearer,
                    "requestBody": {"required": True, "content": {"application/json": {"schema": _see("HallCount")}}},
                    "responses": _answers("HallCountAnswer", 400, 401, 404, 409, 413, 415, 503),
                }
            },
            "/keys/tickets.json": {
                "get": {
                    "summary": "The public keys with which anybody can check a ticket.",
                    "operationId": "ticketKeys",
                    "responses": _answers("Keys"),
                }
            },
        },
        "components": {
            "securitySchemes": {"device": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Item": ITEM,
                "Delivery": _object(
                    {
                        "items": _list(_see("Item"), minItems=1, maxItems=MOST_ITEMS),
                        "cursor": _or_null({"type": "string"}),
                        "device": _or_null(_see("Report")),
                    },
                    ["items"],
                    is_open=False,
                ),
                "Report": REPORT,
                "HallCount": HALL_COUNT,
                "HallCountAnswer": _object({"id": UUID, "hall": HALL, "server_time": MOMENT}),
                "Time": _object({"server_time": MOMENT}),
                "Attendee": ATTENDEE,
                "Answer": ANSWER,
                "Change": CHANGE,
                "Headcount": HEADCOUNT,
                "DeliveryAnswer": _object(
                    {
                        "items": _list(_see("Answer")),
                        "cursor": _or_null({"type": "string"}),
                        "changes": _list(_see("Change")),
                        "headcounts": _list(_see("Headcount")),
                        "server_time": MOMENT,
                    }
                ),
                "Changes": _object(
                    {
                        "cursor": {"type": "string"},
                        "changes": _list(_see("Change")),
                        "headcounts": _list(_see("Headcount")),
                        "server_time": MOMENT,
                    }
                ),
                "Door": _object(
                    {
                        "conference": _object({"id": ID, "code": {"type": "string"}, "title": {"type": "string"}}),
                        "site": _object({"id": ID, "name": {"type": "string"}}),
                        "device": _object({"id": ID, "label": {"type": "string"}}),
                        "sessions": _list({"type": "object"}),
                        "keys": _list({"type": "object"}),
                        "people": _list({"type": "object"}),
                        "seen": {"type": "object"},
                        "free_seats": _or_null(COUNT),
                        "cursor": {"type": "string"},
                        "server_time": MOMENT,
                    }
                ),
                "Keys": _object({"keys": _list({"type": "object"})}),
                "Error": ERROR,
            },
        },
    }
