"""Names on a device that may be stolen: each opens by the ticket that is shown, all of them by the device's own key.

A record is encrypted under a key that follows from the digits of that person's ticket and the salt of the answer. The
keys of all records are encrypted once more under the roster key, which the device was given when it enrolled and
keeps under its PIN. ``static/js/checkin/names.js`` opens both.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
OF_A_RECORD = b"diem-cau record"
OF_A_DEVICE = b"diem-cau roster key "
PERSONAL = ("name", "position", "unit", "seat")
"""What tells who somebody is. The rest of a roster's line the door needs to judge a ticket."""


def roster_key(secret: str, token_hash: str) -> bytes:
    """The key that opens every record on one device. It follows from the secret, so it is not stored."""
    return _derived(secret.encode(), salt=None, info=OF_A_DEVICE + token_hash.encode())


def seal_people(
    people: Sequence[Mapping[str, Any]], tickets: Mapping[int, str], key: bytes
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The lines of a roster with their personal part sealed, and what opens them: salt and sealed keys.

    ``tickets`` maps numbers to the digits of valid tickets; whoever has none opens by the roster key alone.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    lines, keys = [], bytearray()
    for person in people:
        number = person["number"]
        ticket = tickets.get(number)
        own = _derived(ticket.encode(), salt=salt, info=OF_A_RECORD) if ticket else secrets.token_bytes(KEY_BYTES)
        keys += own
        record = json.dumps({name: person[name] for name in PERSONAL}, ensure_ascii=False, separators=(",", ":"))
        open_part = {name: value for name, value in person.items() if name not in PERSONAL}
        lines.append(open_part | {"sealed": _sealed(own, record.encode(), str(number).encode())})
    return lines, {"salt": _text(salt), "record_keys": _sealed(key, bytes(keys), salt)}


def bare_people(people: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a roster when nobody is expected any more: what judges a ticket, and nothing personal."""
    return [
        {name: value for name, value in person.items() if name not in PERSONAL} | {"sealed": None} for person in people
    ]


def _derived(material: bytes, *, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt, info).derive(material)


def _sealed(key: bytes, content: bytes, bound_to: bytes) -> str:
    """AES-256-GCM, the nonce in front. ``bound_to`` is checked with it, so that nothing can be put in its place."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _text(nonce + AESGCM(key).encrypt(nonce, content, bound_to))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
