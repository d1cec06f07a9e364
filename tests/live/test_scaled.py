"""The form for more than one machine: one product before a proxy, however many processes stand behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.checkin import actions as checkin
from conference.commands import migrate_to_head
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import transaction
from conference.registry.tickets import key_ring
from tests import factories as make
from tests.conftest import SECRET
from tests.live.halls import post_json, scan_of
from tests.services.proxy import MISSING, find_nginx
from tests.services.scaled import WEB_PROCESSES, Scaled

PEOPLE = 30


@pytest.fixture
def scaled(make_app, tmp_path):
    """Everything but the product itself, which begins when the test has filled the database."""
    if find_nginx() is None:
        pytest.skip(MISSING)
    standing = Scaled(tmp_path)
    standing.env["SECRET_KEY"] = SECRET
    app = make_app(database_url=standing.env["DATABASE_URL"])
    with app.app_context():
        migrate_to_head()
    yield standing, app
    standing.end()


def test_a_board_at_the_proxy_hears_of_scans_that_every_process_took(scaled, board_of):
    standing, app = scaled
    at = clock.now()
    token = "device-token-of-this-test"
    with app.app_context(), transaction():
        conference = make.make_conference(starts_on=at.astimezone(make.ZONE).date())
        unit = make.make_unit()
        site = make.make_site(host_unit=unit)
        make.join(conference, site)
        session = make.make_study_session(conference, doors="00:01", starts="00:02", ends="23:58").id
        ring = key_ring(SECRET)
        tickets = []
        for _ in range(PEOPLE):
            attendee = make.make_attendee(conference, site=site, unit=unit)
            attendee.ticket = ring.issue(conference=conference.id, attendee=attendee.number, site=site.id)
            tickets.append(attendee.ticket)
        checkin.enrol_device(conference=conference, site_id=site.id, token=token, label="Cửa", by=SYSTEM, at=at)
    with app.test_request_context(), transaction():
        account = make.make_account(Role.ORGANIZER, ScopeKind.ALL)
        assert cookie_name("staff") == "staff"
        cookie = accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=1))
    standing.serve()

    boards = [board_of(standing.url, cookie) for _ in range(WEB_PROCESSES)]
    assert [board.watch("NQ12") for board in boards] == [{"version": 0}] * WEB_PROCESSES
    for ticket in tickets:
        scan = scan_of(ticket, session)
        once, again = (
            post_json(standing.url + "/api/v1/scans", {"items": [scan]}, bearer=token)["items"][0] for _ in range(2)
        )
        assert once["counts"] is True
        assert once == again  # most likely from another process
    for board in boards:
        told = 0
        while told < PEOPLE:
            told = board.next_counts()["present"]
        assert told == PEOPLE
