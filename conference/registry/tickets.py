"""The digits in a ticket's QR: who is called to what, signed, without a word about the person.

Keyboard-wedge scanners type through Vietnamese input methods, which mangle letters and leave digits alone, so
a ticket is digits only. They are the decimal form of 78 bytes: 14 that say whose ticket it is and an Ed25519
signature over them. Phones hold the public keys alone and can read a ticket without a network.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = 1
BODY_BYTES = 14
SIGNATURE_BYTES = 64
TICKET_DIGITS = 188
"""As many as 78 bytes need, always; QR version 5-M holds 202."""

SPARE_FROM = 1 << 31
"""From here on a ticket's number is that of a spare badge of its site: no attendee has one so large."""

LARGEST = 256 ** (BODY_BYTES + SIGNATURE_BYTES)
MOST_KEYS = 255
CONTEXT = b"diem-cau ticket key "


class TicketFault(StrEnum):
    """Why digits are no ticket of ours."""

    MALFORMED = "malformed"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says. The home site is a hint for phones without the roster; the roster decides."""

    conference: int
    attendee: int  # the attendee's number in the conference
    site: int
    issue: int
    key: int = 1

    @classmethod
    def of_spare(cls, conference: int, site: int, number: int) -> Ticket:
        """Of a badge without a person: it opens nothing until a door hands it to somebody."""
        return cls(conference, SPARE_FROM + number, site, issue=1)

    def body(self) -> bytes:
        """Raises ``ValueError`` when a number does not fit."""
        numbers = (self.key, self.conference, self.attendee, self.site, self.issue)
        limits = (8, 24, 32, 24, 16)
        if any(not 0 <= number < 1 << bits for number, bits in zip(numbers, limits, strict=True)):
            raise ValueError(f"a ticket can't hold {self}")
        return (
            bytes((FORMAT, self.key))
            + self.conference.to_bytes(3, "big")
            + struct.pack(">I", self.attendee)
            + self.site.to_bytes(3, "big")
            + struct.pack(">H", self.issue)
        )

    @classmethod
    def from_body(cls, body: bytes) -> Ticket:
        return cls(
            key=body[1],
            conference=int.from_bytes(body[2:5], "big"),
            attendee=int.from_bytes(body[5:9], "big"),
            site=int.from_bytes(body[9:12], "big"),
            issue=int.from_bytes(body[12:14], "big"),
        )


def to_digits(data: bytes) -> str:
    return str(int.from_bytes(data, "big")).zfill(TICKET_DIGITS)


def from_digits(text: str) -> bytes | None:
    """The bytes behind a ticket's digits, or None for anything that no ticket looks like."""
    if len(text) != TICKET_DIGITS or not text.isascii() or not text.isdigit():
        return None
    number = int(text)
    if number >= LARGEST:
        return None
    return number.to_bytes(BODY_BYTES + SIGNATURE_BYTES, "big")


class KeyRing:
    """The keys that sign tickets, derived from the installation's secret; a private key is never shown.

    Raising ``current`` lets new tickets be signed by a new key while old ones stay good.
    """

    def __init__(self, secret: str, *, current: int = 1) -> None:
        if not 1 <= current <= MOST_KEYS:
            raise ValueError(f"key numbers go from 1 to {MOST_KEYS}")
        self.current = current
        self._private = {number: _derive(secret, number) for number in range(1, current + 1)}
        self._public = {number: key.public_key() for number, key in self._private.items()}

    def issue(self, *, conference: int, attendee: int, site: int, issue: int = 1) -> str:
        """The digits of a new ticket."""
        return self.issue_many([Ticket(conference, attendee, site, issue)])[0]

    def issue_many(self, tickets: Iterable[Ticket]) -> list[str]:
        """Sign many at once, with the current key whatever key they name: a conference is half a second."""
        sign = self._private[self.current].sign
        bodies = [
            Ticket(ticket.conference, ticket.attendee, ticket.site, ticket.issue, self.current).body()
            for ticket in tickets
        ]
        return [to_digits(body + sign(body)) for body in bodies]

    def read(self, text: str) -> Ticket | TicketFault:
        """What the digits say, when they are a ticket that one of these keys signed."""
        data = from_digits(text)
        if data is None or data[0] != FORMAT:
            return TicketFault.MALFORMED
        body, signature = data[:BODY_BYTES], data[BODY_BYTES:]
        public = self._public.get(body[1])
        if public is None or not _is_signed(public, signature, body):
            return TicketFault.FORGED
        return Ticket.from_body(body)

    def published(self) -> list[dict[str, str]]:
        """The public keys as JSON Web Keys, named by their number: what a phone needs to read tickets."""
        return [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "kid": str(number),
                "x": base64.urlsafe_b64encode(_raw(public)).rstrip(b"=").decode("ascii"),
            }
            for number, public in sorted(self._public.items())
        ]


def _derive(secret: str, number: int) -> Ed25519PrivateKey:
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=CONTEXT + str(number).encode("ascii"))
    return Ed25519PrivateKey.from_private_bytes(kdf.derive(secret.encode("utf-8")))


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _is_signed(public: Ed25519PublicKey, signature: bytes, body: bytes) -> bool:
    try:
        public.verify(signature, body)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4)
def key_ring(secret: str, current: int = 1) -> KeyRing:
    """The key ring of an installation, derived once."""
    return KeyRing(secret, current=current)
