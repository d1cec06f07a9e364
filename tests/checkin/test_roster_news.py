"""What is decided about the list or a case reaches a door with its next question, and no other door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from conference.checkin.models import Case
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning import actions as planning
from conference.planning.drafts import StudySessionFacts
from conference.planning.models import Conference, StudySession
from conference.registry import actions as registry
from conference.registry.models import Attendee
from conference.registry.rules import TicketReason, WithdrawReason
from tests.checkin.conftest import Doors
from tests.factories import local

Asks = Callable[[], dict[str, Any]]


def asking(doors: Doors, token: str) -> Asks:
    """A device that asks for changes, each time from where it stood before."""
    client, cursor = doors.app.test_client(), "0"

    def ask() -> dict[str, Any]:
        nonlocal cursor
        bearer = {"Authorization": f"Bearer {token}"}
        answer: dict[str, Any] = client.get(f"/api/v1/door/changes?cursor={cursor}", headers=bearer).get_json()
        cursor = answer["cursor"]
        return answer

    return ask


@pytest.fixture
def asks(doors: Doors) -> tuple[Asks, Asks]:
    """The door here and the door there; both are in step."""
    doors.send(doors.item(2))
    doors.send(doors.item(6), token=doors.token_there)
    here, there = asking(doors, doors.token_here), asking(doors, doors.token_there)
    here(), there()
    assert (here()["roster_changed"], there()["roster_changed"]) == (False, False)
    return here, there


def attendee(doors: Doors, number: int) -> Attendee:
    return db.session.get_one(Attendee, doors.attendee_ids[number], populate_existing=True)


def withdrawn(doors: Doors) -> None:
    registry.withdraw(attendee=attendee(doors, 1), reason=WithdrawReason.MISTAKE, by=SYSTEM, at=local("07:45"))


def with_a_new_ticket(doors: Doors) -> None:
    registry.replace_ticket(
        attendee=attendee(doors, 1), reason=TicketReason.LOST, ring=doors.keys, by=SYSTEM, at=local("07:45")
    )


@pytest.mark.parametrize("change", [withdrawn, with_a_new_ticket])
def test_a_change_of_one_site_is_told_there_once_and_nowhere_else(
    doors: Doors, asks: tuple[Asks, Asks], change: Callable[[Doors], None]
) -> None:
    here, there = asks
    with doors.app.app_context(), transaction():
        change(doors)
    assert (here()["roster_changed"], there()["roster_changed"]) == (True, False)
    assert here()["roster_changed"] is False


def test_many_moved_at_once_are_told_at_both_doors_and_with_a_delivery_too(
    doors: Doors, asks: tuple[Asks, Asks]
) -> None:
    here, there = asks
    before = here()["cursor"]
    with doors.app.app_context(), transaction():
        moved = [attendee(doors, number) for number in (1, 2, 3)]
        registry.move(attendees=moved, site_id=doors.there, by=SYSTEM, at=local("07:45"))
    assert doors.send(doors.item(4), cursor=before)["roster_changed"] is True
    told = here()
    assert told["roster_changed"] is True
    assert int(told["cursor"]) == int(before) + 2, "one hint for all who were moved, and the scan"
    assert doors.send(doors.item(4), cursor=told["cursor"])["roster_changed"] is False
    assert there()["roster_changed"] is True


def test_a_decision_about_a_case_is_told_where_it_counts_and_where_the_person_belongs(
    doors: Doors, asks: tuple[Asks, Asks], people: dict[str, FlaskClient]
) -> None:
    here, there = asks
    with doors.app.app_context(), transaction():
        registry.withdraw(attendee=attendee(doors, 5), reason=WithdrawReason.MISTAKE, by=SYSTEM, at=local("07:30"))
    doors.send(doors.item(5, decision="guest", verdict_shown="accepted"))
    here(), there()
    assert (here()["roster_changed"], there()["roster_changed"]) == (False, False)
    with doors.app.app_context():
        address = f"/conferences/{doors.code}/cases/{db.session.scalars(select(Case.id)).one()}"
    assert people["organizer"].post(f"{address}/decision", data={"outcome": "ignored"}).status_code == 303
    assert (here()["roster_changed"], there()["roster_changed"]) == (True, True)
    assert people["organizer"].post(f"{address}/reopening").status_code == 303
    assert (here()["roster_changed"], there()["roster_changed"]) == (True, True)


def test_hours_that_change_are_told_at_every_door_and_a_closing_at_its_own(
    doors: Doors, asks: tuple[Asks, Asks], people: dict[str, FlaskClient]
) -> None:
    here, there = asks
    page = f"/door/{doors.code}/{doors.here}/{doors.morning}"
    assert people["organizer"].post(f"{page}/closing", data={"absent": "3"}).status_code == 303
    assert (here()["roster_changed"], there()["roster_changed"]) == (True, False)
    assert people["organizer"].post(f"{page}/reopening").status_code == 303
    assert (here()["roster_changed"], there()["roster_changed"]) == (True, False)
    with doors.app.app_context(), transaction():
        afternoon = db.session.get_one(StudySession, doors.afternoon)
        planning.change_study_session(
            conference=(conference := db.session.get_one(Conference, doors.conference)),
            version=conference.version,
            study_session=afternoon,
            facts=StudySessionFacts(afternoon.held_on, afternoon.part, local("13:45"), afternoon.ends_at),
            by=SYSTEM,
            at=local("07:45"),
        )
    assert (here()["roster_changed"], there()["roster_changed"]) == (True, True)
