"""Open boards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.checkin import actions as checkin
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import transaction
from conference.registry.tickets import key_ring
from tests import factories as make
from tests.conftest import SECRET
from tests.services.sockets import Socket


@pytest.fixture
def hall(make_app, postgresql_url):
    """One site with one person called, on PostgreSQL; whoever asks gets a signed-in cookie for a role."""
    app = make_app(database_url=postgresql_url)
    at = clock.now()
    with app.app_context(), transaction():
        today = at.astimezone(make.ZONE).date()
        conference = make.make_conference(starts_on=today)
        conference_id = conference.id
        unit = make.make_unit()
        site = make.make_site(host_unit=unit)
        make.join(conference, site)
        session = make.make_study_session(conference, doors="00:01", starts="00:02", ends="23:58")
        attendee = make.make_attendee(conference, site=site, unit=unit)
        attendee.ticket = key_ring(SECRET).issue(conference=conference.id, attendee=attendee.number, site=site.id)
        token = "device-token-of-this-test"
        device = checkin.enrol_device(
            conference=conference, site_id=site.id, token=token, label="Cửa", by=SYSTEM, at=at
        )
        elsewhere = make.make_site("Đô Lương", host_unit=unit)
        make.join(conference, elsewhere)
        devices = [device.id]
        other = checkin.enrol_device(
            conference=conference, site_id=elsewhere.id, token="token-of-another-door", label="Cửa", by=SYSTEM, at=at
        )
        devices.append(other.id)
        facts = {"session": session.id, "site": site.id, "ticket": attendee.ticket, "device": token}
        facts |= {"elsewhere": "token-of-another-door", "devices": devices}

    def cookie_of(role: Role) -> str:
        with app.test_request_context(), transaction():
            account = make.make_account(role, ScopeKind.ALL)
            assert cookie_name("staff") == "staff"
            return accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=1))

    facts |= {"cookie_of": cookie_of, "app": app, "conference": conference_id}
    return facts


@pytest.fixture
def board_of() -> Iterator[Callable[..., Socket]]:
    """``board_of(url, cookie)``: a socket of whoever is signed in with this cookie; of a device by its token."""
    with ExitStack() as ends:

        def make(url: str, cookie: str, device: str = "") -> Socket:
            board = Socket(url, f"staff={cookie}", device)
            ends.callback(board.close)
            return board

        yield make
