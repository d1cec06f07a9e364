"""A raw Socket.IO client, as a browser speaks: Engine.IO 4 over one web socket, read as it comes.

Clients from packages wait with what arrives together with the handshake until more arrives: half a minute, here.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

SECONDS = 30
CLOSING = 8


class TooMany(Exception):
    """The server takes no more from this address."""


class Socket:
    """One client that has asked to be let in; ``answer`` is what it was told: ``40…`` is yes, ``44…`` is no."""

    def __init__(self, url: str, cookie: str, device: str = "", *, source: str = "") -> None:
        address = urlsplit(url)
        assert address.hostname and address.port
        self._buffer = b""
        self._waiting: list[str] = []
        self.connection = socket.create_connection(
            (address.hostname, address.port), timeout=SECONDS, source_address=(source, 0) if source else None
        )
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.connection.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: {url}\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._receive()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        if b" 429 " in head.split(b"\r\n", 1)[0]:
            self.connection.close()
            raise TooMany
        assert b" 101 " in head.split(b"\r\n", 1)[0], head[:200]
        assert self.next().startswith("0"), "a session opens with its settings"
        self.send("40" + (json.dumps({"device": device}) if device else ""))
        self.answer = self.next()

    def watch(self, code: str) -> dict[str, object]:
        """Ask for the news of a conference; what the server says to that."""
        self.send("420" + json.dumps(["watch", code]))
        answer: dict[str, object] = json.loads(self._answer().removeprefix("430"))[0]
        return answer

    def stand(self, token: str) -> object:
        """Ask for the news of a device's own door: the answer, or "41" from a server that shows the way out."""
        self.send("420" + json.dumps(["stand", token]))
        packet = self._answer()
        return json.loads(packet.removeprefix("430"))[0] if packet.startswith("430") else packet

    def _answer(self) -> str:
        """What is said to a question; news that comes before it waits."""
        news = []
        while (packet := self.next()).startswith("42"):
            news.append(packet)
        self._waiting = news + self._waiting
        return packet

    def next_event(self) -> list[object]:
        return list(json.loads(self.next().removeprefix("42")))

    def next_counts(self) -> dict[str, object]:
        """The next push of counts; which version should have been heard of is said in between."""
        name, told = self.next_event()
        while name == "version":
            name, told = self.next_event()
        assert name == "counts"
        assert isinstance(told, dict)
        return told

    def next(self) -> str:
        """The next message; fails when none comes."""
        while not self._waiting:
            self._waiting += self.read()
        return self._waiting.pop(0)

    def read(self) -> Iterator[str]:
        """The messages in what arrives next; a ping of the protocol is answered."""
        while (frame := self._frame()) is None:
            self._buffer += self._receive()
        while frame is not None:
            if frame == "2":
                self.send("3")
            else:
                yield frame
            frame = self._frame()

    def send(self, text: str) -> None:
        mask = os.urandom(4)
        data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(text.encode()))
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xff" + struct.pack(">Q", len(data))
        self.connection.sendall(b"\x81" + length + mask + data)

    def wait_for_end(self, seconds: float = SECONDS) -> None:
        """Until the server lets go, whatever it says before; fails when it does not."""
        limit = time.monotonic() + seconds
        with suppress(ConnectionError):
            while (left := limit - time.monotonic()) > 0:
                self.connection.settimeout(left)
                list(self.read())
            raise TimeoutError("the server holds the socket")

    def close(self) -> None:
        self.connection.close()

    def _receive(self) -> bytes:
        part = self.connection.recv(65_536)
        if not part:
            raise ConnectionError("the server closed the socket")
        return part

    def _frame(self) -> str | None:
        if len(self._buffer) < 2:
            return None
        length, at = self._buffer[1] & 0x7F, 2
        if length == 126:
            if len(self._buffer) < 4:
                return None
            length, at = struct.unpack(">H", self._buffer[2:4])[0], 4
        elif length == 127:
            if len(self._buffer) < 10:
                return None
            length, at = struct.unpack(">Q", self._buffer[2:10])[0], 10
        if len(self._buffer) < at + length:
            return None
        kind = self._buffer[0] & 0x0F
        data, self._buffer = self._buffer[at : at + length], self._buffer[at + length :]
        if kind == CLOSING:
            raise ConnectionError("the server closed the socket")
        return data.decode()
