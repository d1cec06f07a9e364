"""The frozen list: the count then and every change since are the count now, whoever changes it in whatever order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.registry import actions as registry
from conference.registry.actions import NewPerson
from conference.registry.models import Attendee
from conference.registry.naming import actions, queries
from conference.registry.naming.actions import Asked, RuleFacts
from conference.registry.naming.models import ListChange, NamingRule, Nomination
from conference.registry.naming.rules import Approver
from conference.registry.rules import WithdrawReason
from conference.registry.tickets import key_ring
from tests.conftest import SECRET
from tests.registry.hall import Hall, build

AT = datetime(2018, 12, 1, 1, 0, tzinfo=UTC)
RING = key_ring(SECRET)


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def freeze(hall: Hall, at: datetime = AT) -> None:
    with transaction():
        actions.freeze_list(conference=db.session.get_one(Conference, hall.conference_id), by=SYSTEM, at=at)


def balance(hall: Hall) -> queries.Balance:
    db.session.expire_all()
    rule = db.session.get_one(NamingRule, hall.conference_id)
    return queries.balance_of(hall.conference_id, rule)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["withdraw", "call_again", "add", "replace", "walk_in", "ask", "approve", "return"]),
        st.integers(0, 30),
    ),
    max_size=25,
)


def test_the_count_then_and_the_changes_are_the_count_now(hall):
    """In any order of what organizers and units do; the freeze comes somewhere in between."""

    @given(STEPS, st.integers(0, 25))
    def holds(steps, freeze_after):
        with db.session.begin_nested() as everything:
            for number, step in enumerate(steps):
                at = AT + timedelta(minutes=number)
                if number == freeze_after:
                    actions.freeze_list(conference=_conference(hall), by=SYSTEM, at=at)
                try:
                    with db.session.begin_nested():
                        _take(hall, step, number, at)
                except DomainError:
                    pass
            rule = actions.rule_of(hall.conference_id)
            if rule is not None:
                found = queries.balance_of(hall.conference_id, rule)
                assert found.adds_up, found
                assert db.session.query(ListChange).count() >= abs(found.now - found.at_freeze)
            everything.rollback()

    with transaction():
        holds()


def _conference(hall: Hall) -> Conference:
    return db.session.get_one(Conference, hall.conference_id)


def _take(hall: Hall, step: tuple[str, int], number: int, at: datetime) -> None:
    what, which = step
    people = db.session.query(Attendee).order_by(Attendee.id).all()
    chosen = people[which % len(people)]
    who = NewPerson(
        full_name=f"Lê Thị Số {which % 7}",
        unit_id=hall.units["yen_thanh"],
        site_id=hall.sites["yen_thanh"],
        phone=f"09123450{which % 7:02}",
    )
    common = {"by": SYSTEM, "at": at}
    waiting = db.session.query(Nomination).order_by(Nomination.id).all()
    if what == "withdraw":
        registry.withdraw(attendee=chosen, reason=WithdrawReason.OTHER, **common)
    elif what == "call_again":
        registry.call_again(attendee=chosen, **common)
    elif what == "add":
        registry.call_person(conference=_conference(hall), who=who, ring=RING, **common)
    elif what == "walk_in":
        registry.add_walk_in(conference=_conference(hall), who=who, ring=RING, **common)
    elif what in ("ask", "replace"):
        leaving = chosen if what == "replace" else None
        asked = Asked(unit_id=who.unit_id, who=who, leaving=leaving, reason="Chuyển công tác")
        actions.propose(conference=_conference(hall), asked=asked, is_decided=what == "replace", ring=RING, **common)
    elif what == "approve" and waiting:
        actions.approve(conference=_conference(hall), nomination=waiting[which % len(waiting)], ring=RING, **common)
    elif waiting:
        actions.give_back(nominations=waiting, answer="Chưa rõ", **common)
    db.session.expire_all()


def test_the_count_is_that_of_the_moment_though_nobody_was_there(hall):
    """A moment that was set beforehand: the first change after it writes the count down, not including itself."""
    facts = RuleFacts(True, Approver.ORGANIZER, AT)
    with transaction():
        actions.lay_down_rule(
            conference=_conference(hall), facts=facts, version=0, by=SYSTEM, at=AT - timedelta(days=2)
        )
    early, late = (db.session.get_one(Attendee, hall.attendees[name]) for name in ("Dương Văn An", "Lê Thị Thuý"))
    with transaction():
        registry.withdraw(attendee=early, reason=WithdrawReason.OTHER, by=SYSTEM, at=AT - timedelta(minutes=1))
    assert db.session.query(ListChange).count() == 0
    with transaction():
        registry.withdraw(attendee=late, reason=WithdrawReason.LEFT_OFFICE, by=SYSTEM, at=AT)
    assert balance(hall) == queries.Balance(at_freeze=4, added=0, gone=1, now=3)
    later = RuleFacts(True, Approver.ORGANIZER, AT + timedelta(days=1))
    with pytest.raises(DomainError, match="list_frozen"), transaction():
        actions.lay_down_rule(conference=_conference(hall), facts=later, version=1, by=SYSTEM, at=AT)


def test_after_the_freeze_a_unit_asks_with_a_reason_and_each_change_is_traced(people, sign_in, hall):
    with transaction():
        rule = NamingRule(conference_id=hall.conference_id, is_open=True, approver=Approver.NOBODY)
        db.session.add(rule)
    assert people["organizer"].post(hall.url("/list/freeze")).status_code == 303
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"])
    url = hall.person("Dương Văn An", "/off-list")
    data = {
        "instead": "1",
        "full_name": "Lê Thị Hoài Thương",
        "phone": "0912 345 999",
        "site": str(hall.sites["yen_thanh"]),
    }
    assert officer.post(url, data=data).status_code == 422  # without a reason
    assert officer.post(url, data={**data, "reason": "Đồng chí An đi công tác"}).status_code == 303
    assert balance(hall).now == 5
    waiting = db.session.query(Nomination).one()
    assert officer.post(url, data={**data, "reason": "x"}).status_code == 409  # asked already
    data = {"nominations": str(waiting.id), "action": "approve"}
    assert people["organizer"].post(hall.url("/nominations"), data=data).status_code == 303
    assert balance(hall) == queries.Balance(at_freeze=5, added=1, gone=1, now=5)
    for client in (people["organizer"], officer):
        page = client.get(hall.url("/list/changes")).text
        assert page.count("Đồng chí An đi công tác") == 2
    elsewhere = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["ha_tinh"])
    assert "công tác" not in elsewhere.get(hall.url("/list/changes")).text


def test_verify_names_a_frozen_list_that_does_not_add_up(app, hall):
    freeze(hall)
    one = db.session.get_one(Attendee, hall.attendees["Lê Thị Thuý"])
    with transaction():
        registry.withdraw(attendee=one, reason=WithdrawReason.OTHER, by=SYSTEM, at=AT)

    def told() -> list[str]:
        outcome = app.test_cli_runner().invoke(args=["verify", "--json"])
        parts = {part["part"]: part["differences"] for part in json.loads(outcome.output)}
        return parts["frozen lists"]

    assert told() == []
    with transaction():
        db.session.execute(delete(ListChange))
    assert told() == ["NQ12: 5 + 0 - 0 is not 4"]


@pytest.mark.parametrize(("role", "status"), [("organizer", 303), ("leader", 403), ("unit_officer", 403)])
def test_only_the_organizer_freezes(people, hall, role, status):
    assert people[role].post(hall.url("/list/freeze")).status_code == status


def test_the_rule_is_kept_and_an_older_page_overwrites_nothing(people, hall):
    client, url = people["organizer"], hall.url("/naming-rule")
    data = {
        "version": "0",
        "is_open": "1",
        "approver": "upper_unit",
        "freezes_day": "3/12/2018",
        "freezes_hour": "17:00",
    }
    assert client.post(url, data=data).status_code == 303
    rule = db.session.get_one(NamingRule, hall.conference_id)
    assert (rule.is_open, rule.approver) == (True, Approver.UPPER_UNIT)
    assert rule.freezes_at == datetime(2018, 12, 3, 10, 0, tzinfo=UTC)
    assert client.post(url, data=data).status_code == 409
    assert client.post(url, data={**data, "version": "1", "freezes_hour": ""}).status_code == 422
    assert "17:00" in client.get(url).text
