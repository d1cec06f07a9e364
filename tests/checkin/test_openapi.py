"""The document of the interface is complete, and true of what the routes answer."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any

import pytest

from conference.checkin.forms import DELIVERY_FIELDS, ITEM_FIELDS
from conference.checkin.openapi import document
from tests.checkin.conftest import Doors
from tests.factories import local

DOCUMENT = document("http://127.0.0.1")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def faults(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """What of the value the schema does not allow; as much of JSON Schema as the document uses."""
    if "$ref" in schema:
        return faults(value, DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], where)
    if "anyOf" in schema:
        tried = [faults(value, one, where) for one in schema["anyOf"]]
        return [] if any(not one for one in tried) else min(tried, key=len)
    kind = schema["type"]
    fits = type(value) is int if kind == "integer" else isinstance(value, TYPES[kind])
    if not fits:
        return [f"{where}: {value!r} is no {kind}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is not in the list")
    if schema.get("format") == "uuid":
        uuid.UUID(value)
    if schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None
    if kind == "object":
        found += [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
        for name, part in value.items():
            if name in schema.get("properties", {}):
                found += faults(part, schema["properties"][name], f"{where}.{name}")
            elif not schema.get("additionalProperties", True):
                found.append(f"{where}.{name} is not described")
    if kind == "array":
        found += [fault for part in value for fault in faults(part, schema["items"], f"{where}[]")]
    return found


def said(path: str, method: str, status: int) -> dict[str, Any]:
    answer = DOCUMENT["paths"][path][method]["responses"][str(status)]
    return answer["content"]["application/json"]["schema"]  # type: ignore[no-any-return]


def test_every_route_of_the_interface_is_in_the_document(doors: Doors) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in doors.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "checkin_api.describe"
    }
    written = {(path, method) for path, ways in DOCUMENT["paths"].items() for method in ways}
    assert routes <= written
    served = doors.app.test_client().get("/api/v1/openapi.json").get_json()
    assert served["paths"] == DOCUMENT["paths"]


def test_the_document_names_the_fields_that_are_read() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["Item"]["properties"]) == ITEM_FIELDS
    assert set(schemas["Delivery"]["properties"]) <= DELIVERY_FIELDS


def test_answers_are_as_the_document_says(doors: Doors) -> None:
    scan = doors.item(1)
    items = [
        scan,
        doors.item(1, at=local("07:45")),
        doors.item(5),
        doors.item(2, at=local("08:20")),
        doors.item(3, at="1970-01-01T00:00:00Z", verdict_shown="accepted"),
        doors.undo(scan["id"]),
    ]
    for item in items:
        assert faults(item, {"$ref": "#/components/schemas/Item"}) == []
    answer = doors.send(*items, {**scan, "device_seq": 9}, {"id": 5}, cursor="0")
    assert faults(answer, said("/api/v1/scans", "post", 200)) == []
    client, bearer = doors.app.test_client(), {"Authorization": f"Bearer {doors.token_here}"}
    for path in ("/api/v1/door", "/api/v1/door/changes", "/keys/tickets.json"):
        assert faults(client.get(path, headers=bearer).get_json(), said(path, "get", 200)) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [("{", "application/json", 400), ("{}", "text/plain", 415), ("{}", "application/json", 401)],
)
def test_refusals_are_as_the_document_says(doors: Doors, body: str, kind: str, status: int) -> None:
    token = "nobody's" if status == 401 else doors.token_here
    answer = doors.app.test_client().post(
        "/api/v1/scans", data=body, content_type=kind, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status
    assert faults(answer.get_json(), said("/api/v1/scans", "post", status)) == []
