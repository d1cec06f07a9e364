"""Nobody reaches across conference, site, unit or role: every route, every role, things of somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conference import MODULE_ROUTES
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.planning.module_views import module_of
from conference.planning.modules import Module
from conference.web.guard import ALLOWED
from tests.routes import MANAGERS, ROUTES, STAFF_TAKING_PART, Route, address, known_rules, read, rules_of, send
from tests.two_conferences import CANARY, SHARED_CANARY, UNIT_CANARY, World

ROLE_OF = {
    "organizer": Role.ORGANIZER,
    "admin": Role.ADMIN,
    "leader": Role.LEADER,
    "officer": Role.UNIT_OFFICER,
    "host": Role.SITE_HOST,
    "scanner": Role.SCANNER,
    "grader": Role.GRADER,
    "attendee": Role.ATTENDEE,
    "device": Role.DEVICE,
    "service": Role.SERVICE,
}
SAME_CONFERENCE = [f"{who} next door" for who in ("officer", "host", "scanner", "grader", "attendee", "device")]
ANOTHER_CONFERENCE = [f"{who} elsewhere" for who in ROLE_OF]
STRANGERS = ["nobody", "without a role", *ANOTHER_CONFERENCE]
REFUSALS = (401, 403, 404)
PROGRAM = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("two-conferences"), sqlite_template)
    yield made
    made.end()


def role_of(visitor: str) -> Role | None:
    return ROLE_OF.get(visitor.split(" ")[0])


def may_enter(world: World, endpoint: str, visitor: str) -> bool:
    allowed = getattr(world.app.view_functions[endpoint], ALLOWED)
    return Role.ANYONE in allowed or role_of(visitor) in allowed


def is_refusal(answer: Any) -> bool:
    if answer.status_code == 302:
        return str(answer.headers["Location"]).startswith("/sign-in")
    return answer.status_code in REFUSALS


def test_every_route_is_in_the_table(world: World) -> None:
    assert sorted({rule.endpoint for rule, _method in rules_of(world.app)} ^ set(ROUTES)) == []


@pytest.mark.parametrize("visitor", ["nobody", "without a role", *ROLE_OF])
def test_a_role_that_is_not_named_by_a_route_is_refused_whatever_it_reaches(
    world: World, visitor: str, sized: Callable[..., int]
) -> None:
    """In the usual run three of four refusals are told to a program: to draw a whole page takes much longer."""
    client, before, faults = world.visitors[visitor], world.changes(), []
    for place, (rule, method, route) in enumerate(known_rules(world.app), start=len(visitor)):
        if may_enter(world, rule.endpoint, visitor):
            continue
        path = address(world.app, rule, route.values(world.theirs, world))
        told_to = PROGRAM if sized(place % 4, 0) else {}
        answer = send(client, method, path, route, route.body(world.theirs, world) if route.body else None, **told_to)
        if not is_refusal(answer) or told(answer, CANARY, SHARED_CANARY):
            faults.append((method, path, answer.status_code))
    assert faults == []
    assert world.changes() == before


@pytest.mark.parametrize("visitor", STRANGERS)
def test_nothing_of_another_conference_is_reached(world: World, visitor: str, sized: Callable[..., int]) -> None:
    """A thing of theirs at its own address, and as if it belonged to the visitor's conference; in the usual run every
    second visitor of a route takes the one way, and the others the other."""
    assert crossings(world, visitor, sized, turn=sized(STRANGERS.index(visitor), BOTH_WAYS)) == []


@pytest.mark.parametrize("visitor", SAME_CONFERENCE)
def test_nothing_of_another_site_unit_or_person_of_the_same_conference_is_reached(
    world: World, visitor: str, sized: Callable[..., int]
) -> None:
    """The visitor has a place in the conference; what is asked for belongs to the other site."""
    assert crossings(world, visitor, sized) == []


BOTH_WAYS = -1


def is_asked(world: World, endpoint: str, visitor: str, sized: Callable[..., int]) -> bool:
    """Of routes that name no role of the visitor, and so refuse by the role alone, a test of their own asks all; here
    they are asked at full size only."""
    return bool(sized(0, 1)) or may_enter(world, endpoint, visitor)


def crossings(world: World, visitor: str, sized: Callable[..., int], *, turn: int = BOTH_WAYS) -> list[Any]:
    client, faults = world.visitors[visitor], []
    who = visitor.split(" ")[0]
    is_inside = visitor.endswith("next door")
    for place, (rule, method, route) in enumerate(known_rules(world.app)):
        if route.is_public or not is_asked(world, rule.endpoint, visitor, sized):
            continue
        ways = addresses(world, route, is_inside=is_inside)
        for values in ways if turn == BOTH_WAYS else [ways[(place + turn) % len(ways)]]:
            before, path = world.changes(), address(world.app, rule, values)
            answer = send(client, method, path, route, route.body(world.theirs, world) if route.body else None)
            is_open = may_enter(world, rule.endpoint, visitor) and (
                set(values) <= ({"code"} if is_inside else set()) or who in route.shared_with
            )
            fits = answer.status_code < 500 if is_open else is_refusal(answer)
            is_meant = who in route.shows_names_to or (
                who == "device" and is_inside
            )  # who holds a ticket reads its name
            shown = () if is_meant else private(who, is_inside)
            if not fits or told(answer, *shown) or (not is_open and world.changes() != before):
                faults.append((method, path, answer.status_code, told(answer, *shown)))
            if world.changes() != before:
                world.restore()
    return faults


@pytest.mark.parametrize("visitor", ANOTHER_CONFERENCE)
def test_no_filter_of_an_own_page_names_a_thing_of_others(
    world: World, visitor: str, sized: Callable[..., int]
) -> None:
    client, faults, who = world.visitors[visitor], [], visitor.split(" ")[0]
    theirs = world.theirs
    asked = {"site": theirs.b.site, "unit": theirs.b.unit, "q": theirs.b.number, "session": theirs.session}
    queries = [asked, {}, asked | {"study_session": theirs.session, "province": "Nghệ An", "name": "Hữu"}]
    for rule, method, route in known_rules(world.app):
        if method != "GET" or route.is_public or not is_asked(world, rule.endpoint, visitor, sized):
            continue
        if rule.endpoint in ("sites.outside", "directory.people"):
            continue  # any site may be asked to join; a unit's people are known to those who organise
        path = address(world.app, rule, route.values(world.ours, world))
        for query in queries[: sized(1, 3)]:
            answer = read(client.get(path, query_string=query))
            if answer.status_code >= 500 or told(answer, *private(who, is_inside=False)):
                faults.append((path, query, answer.status_code, told(answer, *private(who, is_inside=False))))
    world.restore()
    assert faults == []


def private(who: str, is_inside: bool) -> tuple[str, ...]:
    """What must not be read. The staff may know that a published conference exists and what is on its programme."""
    if is_inside:
        return (f"{CANARY} b", f"{CANARY} B", f"{UNIT_CANARY} b")
    if who in MANAGERS:
        return (CANARY, SHARED_CANARY)
    return (CANARY, UNIT_CANARY) if who in STAFF_TAKING_PART else (CANARY, UNIT_CANARY, SHARED_CANARY)


def addresses(world: World, route: Route, *, is_inside: bool) -> list[dict[str, Any]]:
    """A thing of theirs at its own address, and as if it belonged to the visitor's conference."""
    theirs = route.values(world.theirs, world)
    if is_inside or not {"code"} < set(theirs) or set(theirs) <= {"code", "what", "purpose", "tongue"}:
        return [theirs]
    return [theirs, {**theirs, "code": world.ours.code}]


def told(answer: Any, *marks: str) -> list[str]:
    text = answer.get_data() + repr(list(answer.headers)).encode()
    return [mark for mark in marks if mark.encode() in text]


def test_each_route_answers_its_owner_so_that_no_refusal_passes_for_another_reason(world: World) -> None:
    faults = []
    for rule, method, route in known_rules(world.app):
        before = world.changes()
        path = address(world.app, rule, route.values(world.theirs, world))
        answer = send(
            world.visitors[route.owner], method, path, route, route.body(world.theirs, world) if route.body else None
        )
        if answer.status_code != route.status if route.status else answer.status_code >= 400:
            faults.append((rule.endpoint, path, answer.status_code, answer.get_data(as_text=True)[-600:]))
        if world.changes() != before:
            world.restore()
    assert faults == []


def test_a_part_that_is_switched_off_answers_nobody_and_strangers_do_not_learn_of_it(world: World) -> None:
    """But for pages over all conferences, and for readings: papers keep their part on."""
    with world.app.app_context(), transaction():
        db.session.get_one(Conference, world.theirs.id).modules_off = list(Module)
    before, asked, working, told_to_strangers = world.changes(), set(), set(), set()
    with world.app.app_context():
        guarded = [entry for entry in known_rules(world.app) if module_of(entry[0].endpoint)]
    for rule, method, route in guarded:
        if "code" not in rule.arguments and route.owner != "attendee":
            continue
        path = address(world.app, rule, route.values(world.theirs, world))
        answer, elsewhere = (
            send(world.visitors[visitor], method, path, route, route.body(world.theirs, world) if route.body else None)
            for visitor in (route.owner, "organizer elsewhere")
        )
        asked.add(rule.endpoint.partition(".")[0])
        says_so = "không dùng phần" in answer.get_data(as_text=True) or (answer.json or {}).get("error") == "module_off"
        if answer.status_code != 404 or not says_so:
            working.add(rule.endpoint)
        if "không dùng phần" in elsewhere.get_data(as_text=True):
            told_to_strangers.add(rule.endpoint)
    assert {*MODULE_ROUTES} - asked == {name for name in MODULE_ROUTES if "." in name}
    assert (working, told_to_strangers) == (set(), set())
    assert world.changes() == before
    world.restore()


@pytest.mark.parametrize("visitor", ["nobody", *ROLE_OF])
def test_what_changes_something_wants_the_token_of_our_own_page(world: World, visitor: str) -> None:
    """The same client that has the right cookie, without the token and then with one that is not ours."""
    client, before, faults = world.visitors[visitor], world.changes(), []
    held = client.environ_base.pop("HTTP_X_CSRF_TOKEN", None)
    try:
        for rule, method, route in known_rules(world.app):
            if method == "GET" or not may_enter(world, rule.endpoint, visitor) or visitor == "device":
                continue
            path = address(world.app, rule, route.values(world.theirs, world))
            for headers in (PROGRAM, {"X-CSRF-Token": "another"}, PROGRAM | {"Origin": "https://elsewhere.example"}):
                sent = route.body(world.theirs, world) if route.body else None
                answer = send(client, method, path, route, sent, **headers)
                if answer.status_code != 400:
                    faults.append((method, path, headers, answer.status_code))
    finally:
        if held:
            client.environ_base["HTTP_X_CSRF_TOKEN"] = held
    assert faults == []
    assert world.changes() == before


@pytest.mark.parametrize("visitor", ["nobody", *ROLE_OF])
def test_looking_changes_nothing_but_the_note_of_who_took_what(
    world: World, visitor: str, sized: Callable[..., int]
) -> None:
    client, faults, rows = world.visitors[visitor], [], world.rows()
    for rule, method, route in known_rules(world.app):
        before = world.changes()
        if method != "GET" or not is_asked(world, rule.endpoint, visitor, sized):
            continue
        read(client.get(address(world.app, rule, route.values(world.theirs, world))))
        if world.changes() == before:
            continue
        changed = {name: count - rows[name] for name, count in world.rows().items() if count != rows[name]}
        if not route.notes_reading or changed != {"journal_entries": 1}:
            faults.append((rule.endpoint, changed))
        world.restore()
    assert faults == []
