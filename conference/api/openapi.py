"""The whole interface for programs as an OpenAPI 3.1 document: the door's part, and what may be read."""

from __future__ import annotations

from typing import Any

from conference.accounts.rules import Right
from conference.api.resources import CONFERENCE, RESOURCES, UNIT, Resource
from conference.api.rules import FEWEST, MOST, USUAL
from conference.checkin import openapi as door
from conference.foundation.schema import COUNT, DECIMAL, ID, TEXT, Schema, list_of, object_of, one_of, or_null, see
from conference.reports.rules import Kind
from conference.reports.tables import By

ROOT = "/api/v1"
REPORTS = (By.PROVINCE.value, By.SITE.value, By.UNIT.value)
REFUSALS = (400, 401, 403, 404, 429, 503)

CURSOR: Schema = {
    "name": "cursor",
    "in": "query",
    "description": "The answer's next, as it came.",
    "schema": {"type": "string", "maxLength": 40},
}
LIMIT: Schema = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": FEWEST, "maximum": MOST, "default": USUAL},
}
CODE: Schema = {"name": "code", "in": "path", "required": True, "description": "The conference's code.", "schema": TEXT}
_LINE = object_of(
    {
        "key": TEXT,
        "label": TEXT,
        "second": TEXT,
        "level": COUNT,
        "sites": or_null(COUNT),
        "values": {"type": "object", "additionalProperties": {"anyOf": [COUNT, DECIMAL]}},
    }
)
REPORT = object_of(
    {
        "by": {"type": "string", "enum": list(REPORTS)},
        "columns": list_of(object_of({"key": TEXT, "kind": one_of(Kind)})),
        "lines": list_of(_LINE),
        "total": _LINE,
    }
)


def _filter(name: str) -> Schema:
    return {"name": name, "in": "query", "schema": ID}


def page_of(name: str) -> Schema:
    return object_of({"items": list_of(see(name)), "next": or_null(TEXT)})


def _get(
    operation: str, summary: str, right: Right, answer: str, parameters: list[Schema], *, listed: bool = True
) -> Schema:
    asked = [*parameters, CURSOR, LIMIT] if listed else parameters
    return {
        "get": {
            "summary": summary,
            "description": f"Needs the right {right.value}.",
            "operationId": operation,
            "security": [{"service": []}],
            "parameters": asked,
            "responses": door.answers(answer, *REFUSALS),
        }
    }


def schema_name(resource: Resource) -> str:
    return f"Read{resource.name.title().replace('-', '')}"


def _paths() -> dict[str, Any]:
    found = {
        f"{ROOT}/conferences": _get(
            "readConferences", "The conferences that the token reaches.", Right.CONFERENCES, "ConferencePage", []
        ),
        f"{ROOT}/conferences/{{code}}": _get(
            "readConference", "One conference.", Right.CONFERENCES, "Conference", [CODE], listed=False
        ),
        f"{ROOT}/units": _get(
            "readUnits",
            "Units, closed ones too; of a token for one conference those that take part in it, with all above them.",
            Right.UNITS,
            "UnitPage",
            [],
        ),
        f"{ROOT}/conferences/{{code}}/reports/{{what}}": _get(
            "readReport",
            "The figures of the report, each line with everything below it.",
            Right.REPORTS,
            "Report",
            [CODE, {"name": "what", "in": "path", "required": True, "schema": REPORT["properties"]["by"]}],
            listed=False,
        ),
    }
    for resource in RESOURCES:
        found[f"{ROOT}/conferences/{{code}}/{resource.name}"] = _get(
            f"read{resource.name.title().replace('-', '')}",
            resource.summary,
            resource.right,
            f"{schema_name(resource)}Page",
            [CODE, *map(_filter, resource.filters)],
        )
    return found


def _schemas() -> dict[str, Schema]:
    found = {"Conference": CONFERENCE, "Unit": UNIT, "Report": REPORT}
    found |= {"ConferencePage": page_of("Conference"), "UnitPage": page_of("Unit")}
    for resource in RESOURCES:
        name = schema_name(resource)
        found |= {name: resource.schema, f"{name}Page": page_of(name)}
    return found


def document(address: str) -> dict[str, Any]:
    """The document for an installation at this address."""
    whole = door.document(address)
    whole["info"]["description"] = (
        "For scanners and other programs. A scanner's token is made with `flask make-token --device SITE`, that of a "
        "program that reads with `flask make-token --service RIGHTS`; both are shown once and can be revoked."
    )
    whole["paths"] |= _paths()
    whole["components"]["schemas"] |= _schemas()
    whole["components"]["securitySchemes"]["service"] = {"type": "http", "scheme": "bearer"}
    return whole
