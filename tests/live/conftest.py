"""Open boards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.services.sockets import Socket


@pytest.fixture
def board_of() -> Iterator[Callable[..., Socket]]:
    """``board_of(url, cookie)``: a socket of whoever is signed in with this cookie; of a device by its token."""
    with ExitStack() as ends:

        def make(url: str, cookie: str, device: str = "") -> Socket:
            board = Socket(url, f"staff={cookie}", device)
            ends.callback(board.close)
            return board

        yield make
