"""The digits in the small code of a printed row: who stands there, in which conference.

A row code opens no door. It is not signed, and only who copies a signed sheet may use it, as they could write the
number down by hand; so it stays short enough for a code 11 mm wide that any phone reads. Digits alone, because
keyboard scanners type through Vietnamese input methods; two check digits, because people type them too.
"""

from __future__ import annotations

from typing import NamedTuple

FORMAT = "2"
CONFERENCE_DIGITS = 8
ATTENDEE_DIGITS = 10
ROW_DIGITS = 1 + CONFERENCE_DIGITS + ATTENDEE_DIGITS + 2


class RowCode(NamedTuple):
    """Whose row it is; the attendee by their number in the conference."""

    conference: int
    attendee: int

    def digits(self) -> str:
        """Raises ``ValueError`` when a number does not fit."""
        conference, attendee = str(self.conference), str(self.attendee)
        if len(conference) > CONFERENCE_DIGITS or len(attendee) > ATTENDEE_DIGITS or min(self) < 0:
            raise ValueError(f"a row code can't hold {self}")
        body = FORMAT + conference.zfill(CONFERENCE_DIGITS) + attendee.zfill(ATTENDEE_DIGITS)
        return f"{body}{98 - int(body) * 100 % 97:02}"


def read_row_code(text: str) -> RowCode | None:
    """What a row code says, or None for anything else. ISO 7064 MOD 97-10: no single wrong digit and no two swapped
    neighbours get through."""
    if len(text) != ROW_DIGITS or not (text.isascii() and text.isdigit()) or text[0] != FORMAT or int(text) % 97 != 1:
        return None
    return RowCode(int(text[1 : 1 + CONFERENCE_DIGITS]), int(text[1 + CONFERENCE_DIGITS : -2]))
