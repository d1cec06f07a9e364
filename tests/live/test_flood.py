"""A flood of sockets (fault F28): bounded for one account and one address, and doors do not notice."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress

import pytest

from conference.foundation.actor import Role
from conference.live.open_sockets import MOST_EVENTS, MOST_OF_AN_ADDRESS, MOST_OF_ONE
from conference.live.sockets import LARGEST_MESSAGE
from tests.live.halls import post_json, scan_of
from tests.services.sockets import Socket, TooMany


@pytest.fixture
def server(hall, serve, postgresql_url):
    """After the flood the door counts as before."""
    server = serve(database_url=postgresql_url)
    yield server
    scan = scan_of(hall["ticket"], hall["session"])
    answer = post_json(server.url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])
    assert answer["items"][0]["counts"] is True


def test_one_account_holds_so_many_screens_and_may_close_one_for_another(hall, server, board_of):
    cookie = hall["cookie_of"](Role.ORGANIZER)
    screens = [board_of(server.url, cookie) for _ in range(MOST_OF_ONE)]
    assert {screen.answer[:2] for screen in screens} == {"40"}
    refused = board_of(server.url, cookie)
    assert refused.answer == '44{"message":"too_many_sockets"}'
    refused.wait_for_end()
    screens[0].close()
    for _ in range(100):
        again = board_of(server.url, cookie)
        if again.answer.startswith("40"):
            break
    assert again.answer.startswith("40")
    assert "version" in again.watch("NQ12")


def test_one_address_holds_so_many_connections_and_silent_ones_are_let_go(hall, server, sized):
    with ExitStack() as ends:
        crowd = []
        for place in range(sized(MOST_OF_AN_ADDRESS + 20, 2_000)):
            with suppress(TooMany):
                crowd.append(Socket(server.url, "nonsense", source="127.0.0.2"))
                ends.callback(crowd[-1].close)
            assert len(crowd) <= MOST_OF_AN_ADDRESS or place > MOST_OF_AN_ADDRESS
        # People at other addresses come in while these are being let go, and none of them was ever let in.
        assert {one.answer for one in crowd} == {'44{"message":"forbidden"}'}
        board = Socket(server.url, f"staff={hall['cookie_of'](Role.ORGANIZER)}")
        ends.callback(board.close)
        assert "version" in board.watch("NQ12")
        for one in crowd:
            one.wait_for_end()
        limit = time.monotonic() + 30
        while True:
            try:
                ends.callback(Socket(server.url, "nonsense", source="127.0.0.2").close)
                break
            except TooMany:
                assert time.monotonic() < limit, "the server holds connections that it has let go"
                time.sleep(0.2)


def test_who_asks_ten_thousand_times_is_let_go(hall, server, board_of, sized):
    board = board_of(server.url, hall["cookie_of"](Role.ORGANIZER))
    with suppress(ConnectionError):
        for _ in range(sized(10 * MOST_EVENTS, 10_000)):
            board.send('420["watch","NQ12"]')
    said = []
    with suppress(ConnectionError):
        while True:
            said.append(board.next())
    assert '430[{"error":"too_many_requests"}]' in said or "41" in said


def test_a_message_too_long_ends_the_socket_and_a_strange_one_changes_nothing(hall, server, board_of):
    cookie = hall["cookie_of"](Role.ORGANIZER)
    for length in (LARGEST_MESSAGE + 1, 1_000_000):
        board = board_of(server.url, cookie)
        with suppress(ConnectionError):
            board.send("4" + "x" * length)
        board.wait_for_end()
    board = board_of(server.url, cookie)
    for message in (
        '451-["watch",{"_placeholder":true,"num":0}]',  # with an attachment
        '459999999999-["watch"]',  # with ten thousand million of them
        "49",  # of no kind
        '42{"watch"',  # cut off
    ):
        board.send(message)
        assert "version" in board.watch("NQ12")
