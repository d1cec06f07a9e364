"""Letters that came back: reports of mail servers (RFC 3464) in .eml or mbox files, read for what became of whose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message

from conference.adapters.mail import one_line

MOST_REPORTS = 5_000
LARGEST_REPORT = 1 << 20
"""A report quotes a letter of ours, which is small; what is longer is cut, and its end says nothing we need."""

_NEXT_IN_MBOX = re.compile(rb"(?:\A|\r?\n)From [^\r\n]*\r?\n")
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")


@dataclass(frozen=True)
class Returned:
    """What a server said about one letter."""

    message_id: str  # of our letter
    is_final: bool  # it was given up; else the server still tries
    words: str


def read_reports(content: bytes) -> Iterator[Returned | None]:
    """One after the other what the file's messages report; None for a message that is no such report."""
    for place, raw in enumerate(_messages(content)):
        if place >= MOST_REPORTS:
            return
        yield _read(raw[:LARGEST_REPORT])


def _messages(content: bytes) -> Iterator[bytes]:
    if not content.startswith(b"From "):
        yield content
        return
    for part in _NEXT_IN_MBOX.split(content):
        if part.strip():
            yield part


def _read(raw: bytes) -> Returned | None:
    try:
        message = message_from_bytes(raw)
        parts = list(message.walk())
    except (MessageError, ValueError, LookupError, RecursionError):
        return None
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    message_id = _id_of_original(message, parts)
    if status is None or not message_id:
        return None
    said = _recipient_fields(status)
    code, action = said.get("status", ""), said.get("action", "").lower()
    is_final = action == "failed" or (not action and code.startswith("5"))
    words = said.get("diagnostic-code", "").partition(";")[2].strip() or said.get("diagnostic-code", "")
    return Returned(message_id, is_final, one_line(f"{code} {words}".strip())[:300])


def _recipient_fields(status: Message) -> dict[str, str]:
    """The fields of the block that speaks of the recipient, under their names in small letters."""
    blocks = status.get_payload()
    if not isinstance(blocks, list):
        return {}
    for block in blocks:
        if isinstance(block, Message) and (block.get("Final-Recipient") or block.get("Action")):
            return {name.lower(): str(value) for name, value in block.items()}
    return {}


def _id_of_original(message: Message, parts: list[Message]) -> str:
    """The identifier of the letter that came back: it is quoted whole or by its headers, or named as answered."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            quoted = part.get_payload()[0]  # type: ignore[index]
            if isinstance(quoted, Message) and (found := _id_in(quoted.get("Message-ID"))):
                return found
        if kind == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and (found := _id_in(message_from_bytes(payload).get("Message-ID"))):
                return found
    return _id_in(message.get("In-Reply-To")) or _id_in(message.get("References"))


def _id_in(value: object) -> str:
    found = _MESSAGE_ID.search(str(value or ""))
    return found[0] if found else ""
