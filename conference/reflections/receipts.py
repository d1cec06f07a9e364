"""The receipt of a submission: a number that can't be guessed, and a signature that anybody can check."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CONTEXT = b"diem-cau receipt key 1"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none of them is read as another
TAIL_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt states. None of it tells what was written."""

    number: str
    conference: str
    version: int
    sha256: str
    words: int
    received_at: datetime
    is_late: bool

    def statement(self) -> bytes:
        """The bytes that are signed."""
        return rfc8785.dumps(
            {
                "receipt": self.number,
                "conference": self.conference,
                "version": self.version,
                "sha256": self.sha256,
                "words": self.words,
                "received_at": self.received_at.astimezone(UTC).isoformat(timespec="microseconds"),
                "late": self.is_late,
            }
        )


class Signer:
    """Signs receipts with a key derived from the installation's secret, apart from the one for tickets."""

    def __init__(self, secret: str) -> None:
        kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=CONTEXT)
        self._private = Ed25519PrivateKey.from_private_bytes(kdf.derive(secret.encode("utf-8")))
        self._public = self._private.public_key()

    def sign(self, receipt: Receipt) -> str:
        return base64.urlsafe_b64encode(self._private.sign(receipt.statement())).rstrip(b"=").decode("ascii")

    def has_signed(self, receipt: Receipt, signature: str) -> bool:
        try:
            raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
            self._public.verify(raw, receipt.statement())
        except (InvalidSignature, ValueError):
            return False
        return True

    def published(self) -> dict[str, str]:
        """The public key as a JSON Web Key."""
        raw = self._public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "kid": "receipt-1",
            "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii"),
        }


@lru_cache(maxsize=4)
def signer(secret: str) -> Signer:
    """The signer of an installation, derived once."""
    return Signer(secret)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def receipt_number(*, conference: int, attendee: int, version: int, chance: str) -> str:
    """BN-12-045078-1-7QK4M2: the tail keeps strangers from going through the numbers of others."""
    digest = hashlib.sha256(chance.encode()).digest()
    tail = "".join(LETTERS[byte % 32] for byte in digest[:TAIL_LETTERS])
    return f"BN-{conference}-{attendee:06}-{version}-{tail}"
