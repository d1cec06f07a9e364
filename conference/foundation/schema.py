"""JSON Schema, as much of it as the description of our interface needs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

UUID: Schema = {"type": "string", "format": "uuid"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "description": "An exact decimal."}


def one_of(words: type[StrEnum]) -> Schema:
    return {"type": "string", "enum": [word.value for word in words]}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def object_of(properties: dict[str, Schema], required: list[str] | None = None, *, is_open: bool = True) -> Schema:
    """All properties are required unless said otherwise; an open object may grow, and its readers must let it."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": is_open,
    }


def list_of(items: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": items, **bounds}


def see(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
