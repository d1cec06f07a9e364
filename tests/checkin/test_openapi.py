"""The document of the interface is complete, and true of what the routes answer."""

from __future__ import annotations

from typing import Any

import pytest

from conference.checkin.forms import DELIVERY_FIELDS, ITEM_FIELDS
from conference.checkin.openapi import document
from tests.checkin.conftest import Doors
from tests.factories import local
from tests.services.described import schema_faults

DOCUMENT = document("http://127.0.0.1")


def faults(value: Any, schema: dict[str, Any]) -> list[str]:
    return schema_faults(value, schema, DOCUMENT)


def said(path: str, method: str, status: int) -> dict[str, Any]:
    answer = DOCUMENT["paths"][path][method]["responses"][str(status)]
    return answer["content"]["application/json"]["schema"]  # type: ignore[no-any-return]


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
