"""The document of the whole interface is complete, true of every answer, and nothing sent breaks a route."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conference.accounts.rules import Right
from conference.api.openapi import document
from conference.checkin.openapi import document as document_of_the_door
from tests.api.conftest import Programs
from tests.services.described import schema_faults
from tests.two_conferences import World

DOCUMENT = document("http://127.0.0.1")
READING = {path: ways["get"] for path, ways in DOCUMENT["paths"].items() if "service" in str(ways)}
NASTY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", "0", "-1", "1", "500", "501", "9" * 30, "1.5", "null", "' OR 1=1 --", "%00", "\x00", "../..", "٣"]
    ),
    st.integers(-(2**70), 2**70).map(str),
    st.uuids().map(str),
)


def test_what_the_door_calls_something_nobody_else_calls_so() -> None:
    ours, doors = DOCUMENT["components"]["schemas"], document_of_the_door("http://127.0.0.1")["components"]["schemas"]
    assert {name for name, schema in doors.items() if ours[name] != schema} == set()
    assert set(doors["DeviceReport"]["properties"]) == {"queue", "clock_offset_ms", "app", "roster_at", "preflight"}


def test_every_route_of_the_interface_is_in_the_document(world: World) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.describe"
    }
    written = {(path, method) for path, ways in DOCUMENT["paths"].items() for method in ways}
    assert routes <= written
    assert {path for path, _method in written - routes} == {"/keys/tickets.json"}
    served = world.app.test_client().get("/api/v1/openapi.json").get_json()
    assert served["paths"] == DOCUMENT["paths"]


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    named = set(re.findall(r"#/components/schemas/(\w+)", str(DOCUMENT)))
    assert named == set(DOCUMENT["components"]["schemas"])
    operations = [way["operationId"] for ways in DOCUMENT["paths"].values() for way in ways.values()]
    assert len(operations) == len(set(operations))


@pytest.mark.parametrize("path", sorted(READING))
def test_answers_are_as_the_document_says(programs: Programs, path: str) -> None:
    by = READING[path]["parameters"][-1]["schema"].get("enum", [""]) if "{what}" in path else [""]
    for one in by:
        address = path.replace("{code}", programs.code).replace("{what}", one).removeprefix("/api/v1")
        for rights in (tuple(Right), tuple(set(Right) - {Right.CONTACTS})):
            answer = programs.ask(address, *rights)
            assert answer.status_code == 200
            assert described_faults(path, answer) == []
            if "items" in answer.json:
                assert answer.json["items"], "a list without rows proves nothing"


def described_faults(path: str, answer: Any) -> list[str]:
    """What of an answer the document does not allow; a status that it does not name is a fault too."""
    said = READING[path]["responses"].get(str(answer.status_code))
    if said is None:
        return [f"{answer.status_code} is not described"]
    return schema_faults(answer.json, said["content"]["application/json"]["schema"], DOCUMENT)


@pytest.fixture(scope="module")
def reader(world: World) -> Any:
    return Programs(world).client()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(sorted(READING)),
    code=st.one_of(st.just("NQ12"), NASTY),
    by=st.one_of(st.sampled_from(["site", "unit"]), NASTY),
    query=st.dictionaries(
        st.one_of(st.sampled_from(["cursor", "limit", "site", "unit", "study_session"]), st.text(max_size=8)),
        NASTY,
        max_size=3,
    ),
)
def test_whatever_is_asked_gets_an_answer_that_the_document_knows(world, reader, path, code, by, query) -> None:
    values = {"code": quote(code, safe=""), "what": quote(by, safe="")}
    address = re.sub(r"{(\w+)}", lambda found: values[found[1]] or "x", path)
    answer = reader.get(address, query_string=query)
    if answer.status_code in (301, 308, 405):  # dots and slashes lead to another address
        return
    assert answer.status_code < 500
    assert answer.is_json
    if answer.status_code != 404:
        assert described_faults(path, answer) == []
