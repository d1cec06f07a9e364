"""A right that ends takes the open screens with it (promise A2), while doors go on counting."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta

import psycopg
import pytest

from conference.accounts import actions as accounts
from conference.accounts.models import Account, Grant
from conference.checkin import actions as checkin
from conference.checkin.models import Device
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from tests import factories as make
from tests.live.halls import post_json, scan_of


def _revoke(account: Account, token: str) -> None:
    grant = db.session.query(Grant).filter_by(account_id=account.id).one()
    accounts.revoke(account=account, grant_id=grant.id, by=SYSTEM, at=clock.now())


def _disable(account: Account, token: str) -> None:
    accounts.disable(account=account, by=SYSTEM, at=clock.now())


def _sign_out(account: Account, token: str) -> None:
    accounts.end_session(token=token, at=clock.now())


WAYS = (_revoke, _disable, _sign_out)


@pytest.fixture
def counting(hall):
    """``counting(url)``: a door goes on sending one person's scans until the test ends; each must be answered."""
    ends, answered, threads = threading.Event(), [], []

    def send(url: str) -> None:
        while not ends.is_set():
            scan = scan_of(hall["ticket"], hall["session"])
            answered.append(post_json(url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])["items"][0])

    def begin(url: str) -> list[dict[str, object]]:
        threads.append(threading.Thread(target=send, args=(url,)))
        threads[0].start()
        return answered

    yield begin
    ends.set()
    threads[0].join()


def test_a_screen_closes_when_the_right_to_it_ends(hall, serve, postgresql_url, board_of, sized, counting):
    """How long the last stayed open is printed beside what is promised."""
    server = serve(database_url=postgresql_url)
    answered = counting(server.url)
    app = hall["app"]
    boards, watchers, took = [], [], []

    def stamp(board, ended_at):
        board.wait_for_end()
        took.append(time.monotonic() - ended_at)

    for turn in range(sized(6, 100)):
        with app.app_context(), transaction():
            account = make.make_account(Role.ORGANIZER, ScopeKind.ALL)
            token = accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=1))
            account_id = account.id
        boards.append(board_of(server.url, token))
        assert "version" in boards[-1].watch("NQ12")
        with app.app_context(), transaction():
            WAYS[turn % len(WAYS)](db.session.get(Account, account_id), token)
        watchers.append(threading.Thread(target=stamp, args=(boards[-1], time.monotonic()), daemon=True))
        watchers[-1].start()
        page = urllib.request.Request(server.url + "/conferences/NQ12/board.json", headers={"Cookie": f"staff={token}"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(page, timeout=10).close()
        assert refused.value.code in (401, 403, 404)
        refused.value.close()
    for watcher in watchers:
        watcher.join()
    assert len(took) == len(boards)
    print(f"{len(took)} screens closed at most {max(took):.1f} s after their right had ended (of 5 s)")
    assert answered
    assert {item["status"] for item in answered} == {200}
    assert {item["verdict"] for item in answered[1:]} == {"already_in"}


def test_a_screen_of_another_conference_closes_alone(hall, serve, postgresql_url, board_of):
    """Who leads one of two conferences and loses it keeps no screen of it; who keeps it notices nothing."""
    server = serve(database_url=postgresql_url)
    app = hall["app"]
    with app.app_context(), transaction():
        cookies = []
        for _ in range(2):
            account = make.make_account(Role.ORGANIZER, ScopeKind.CONFERENCE, hall["conference"])
            cookies.append(accounts.open_session(account=account, at=clock.now(), lives=timedelta(hours=1)))
        gone = account.id
    stays, goes = (board_of(server.url, cookie) for cookie in cookies)
    assert "version" in stays.watch("NQ12")
    assert "version" in goes.watch("NQ12")
    with app.app_context(), transaction():
        _revoke(db.session.get(Account, gone), cookies[1])
    goes.wait_for_end()
    scan = scan_of(hall["ticket"], hall["session"])
    post_json(server.url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])
    assert stays.next_counts()["present"] == 1


def test_who_comes_in_while_rights_are_asked_stays_and_asking_goes_on(hall, serve, postgresql_url, board_of):
    """The question about the one board waits for a lock; meanwhile a second board opens."""
    server = serve(database_url=postgresql_url)
    stays, goes = (hall["cookie_of"](Role.ORGANIZER) for _ in range(2))
    first = board_of(server.url, goes)
    assert "version" in first.watch("NQ12")
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE conferences IN ACCESS EXCLUSIVE MODE")
        while not other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            time.sleep(0.01)
        second = board_of(server.url, stays)
    assert "version" in second.watch("NQ12")
    with hall["app"].app_context(), transaction():
        accounts.end_session(token=goes, at=clock.now())
    first.wait_for_end()
    scan = scan_of(hall["ticket"], hall["session"])
    post_json(server.url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])
    assert second.next_counts()["present"] == 1


def test_rights_are_asked_again_after_the_database_was_away(hall, serve, postgresql, postgresql_url, board_of):
    server = serve(database_url=postgresql_url)
    cookies = [hall["cookie_of"](Role.ORGANIZER) for _ in range(2)]
    stays, goes = (board_of(server.url, cookie) for cookie in cookies)
    for board in (stays, goes):
        assert "version" in board.watch("NQ12")
    crashes = time.monotonic() + 4  # through at least one look, and several questions for the version
    while time.monotonic() < crashes:
        postgresql.crash()
    with hall["app"].app_context(), transaction():
        accounts.end_session(token=cookies[1], at=clock.now())
    goes.wait_for_end()
    scan = scan_of(hall["ticket"], hall["session"])
    post_json(server.url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])
    assert stays.next_counts()["present"] == 1


def test_a_door_that_is_revoked_hears_nothing_more(hall, serve, postgresql_url, board_of):
    """Even a device that does not mind being told that its time is over."""
    server = serve(database_url=postgresql_url)
    door = board_of(server.url, "nonsense", hall["device"])
    assert door.stand(hall["device"]) == {"version": 0}
    with hall["app"].app_context(), transaction():
        device = db.session.get(Device, hall["devices"][0])
        checkin.revoke_device(device=device, by=SYSTEM, at=clock.now())
    door.wait_for_end()
