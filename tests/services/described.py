"""Holds values to the schemas of an OpenAPI document; as much of JSON Schema as ours uses."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def schema_faults(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str = "") -> list[str]:
    """What of the value the schema does not allow."""
    if "$ref" in schema:
        return schema_faults(
            value, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document, where
        )
    if "anyOf" in schema:
        tried = [schema_faults(value, one, document, where) for one in schema["anyOf"]]
        return [] if any(not one for one in tried) else min(tried, key=len)
    kind = schema["type"]
    fits = type(value) is int if kind == "integer" else isinstance(value, TYPES[kind])
    if not fits:
        return [f"{where}: {value!r} is no {kind}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is not in the list")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where}: {value!r} is not of the form")
    if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{where}: {value!r} is out of bounds")
    if schema.get("format") == "uuid":
        uuid.UUID(value)
    if schema.get("format") == "date":
        date.fromisoformat(value)
    if schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None
    if kind == "object":
        found += _faults_inside(value, schema, document, where)
    if kind == "array":
        found += [fault for part in value for fault in schema_faults(part, schema["items"], document, f"{where}[]")]
    return found


def _faults_inside(value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], where: str) -> list[str]:
    found = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
    others = schema.get("additionalProperties", True)
    for name, part in value.items():
        known = schema.get("properties", {}).get(name, others if isinstance(others, dict) else None)
        if known is not None:
            found += schema_faults(part, known, document, f"{where}.{name}")
        elif not others:
            found.append(f"{where}.{name} is not described")
    return found
