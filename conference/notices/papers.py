"""The printed summons: which form it has, and how its number, place and date are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PaperKind(StrEnum):
    """Whose form a paper has: that of the unions (Decision 933/QĐ-TLĐ), or of an office of the Party."""

    UNION = "union"
    PARTY = "party"


@dataclass(frozen=True, kw_only=True)
class PaperFacts:
    """What an organizer says once for all papers of a conference."""

    form: PaperKind
    title: str
    superior: str
    issuer: str
    number: str
    place: str
    signed_on: date | None
    authority: str
    signer_position: str
    signer: str
    recipients: str
    body: str


def usual(*, issuer: str, superior: str, body: str) -> PaperFacts:
    """What stands there until somebody says otherwise."""
    return PaperFacts(
        form=PaperKind.UNION,
        title="GIẤY TRIỆU TẬP",
        superior=superior,
        issuer=issuer,
        number="Số:      /GTT",
        place="Hà Nội",
        signed_on=None,
        authority="TM. BAN THƯỜNG VỤ",
        signer_position="CHỦ TỊCH",
        signer="",
        recipients="- Như trên;\n- Lưu: VT.",
        body=body,
    )


def place_and_date(place: str, day: date | None) -> str:
    """Hà Nội, ngày 06 tháng 02 năm 2019: a zero before days under ten and the months 1 and 2; dots for the pen."""
    if day is None:
        return f"{place}, ngày      tháng      năm        "
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{place}, ngày {day.day:02} tháng {month} năm {day.year}"
