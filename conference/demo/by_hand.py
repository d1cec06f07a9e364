"""Papers of the demo that were written by hand: photos that officers and authors handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select

from conference.accounts.queries import account_by_login
from conference.checkin.models import Attendance
from conference.demo.essays import essay
from conference.directory.models import Unit
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.foundation.documents import Document, DocumentKind
from conference.planning.models import Conference
from conference.reflections import behalf, queries
from conference.reflections.content import EMPTY
from conference.reflections.models import Reflection
from conference.reflections.receipts import Signer
from conference.reflections.shelf_views import kept
from conference.registry.models import Attendee

PEOPLE = 4
PAGES = 2
WIDTH, HEIGHT, MARGIN, LINE = 900, 1270, 70, 46
PEN = Path(__file__).parents[1] / "adapters" / "fonts" / "Tinos-Italic.ttf"


def hand_in(conference: Conference, *, unit: Unit, login: str, at: datetime, signer: Signer) -> None:
    """Let an officer hand in for the first of her people who have written nothing. Repeatable: nothing once done."""
    account = account_by_login(login)
    assert account is not None
    officer = Actor(ActorKind.ACCOUNT, account.id)
    for attendee_id in _silent(conference, unit):
        if queries.desk_of(attendee_id).bar is not None:
            continue
        pages = [_photo(place, text) for place, text in enumerate(_sheets(attendee_id), 1)]
        with kept(pages) as files, transaction():
            behalf.submit_for(
                attendee_id=attendee_id,
                content=EMPTY,
                kept=files,
                by=officer,
                at=at,
                signer=signer,
                chance=f"by hand {attendee_id}",
            )


def _silent(conference: Conference, unit: Unit) -> Sequence[int]:
    written = select(Reflection.id).where(Reflection.attendee_id == Attendee.id).exists()
    seen = select(Attendance.attendee_id).where(Attendance.attendee_id == Attendee.id).exists()
    return db.session.scalars(
        select(Attendee.id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .where(
            Attendee.conference_id == conference.id,
            Attendee.withdrawn_at.is_(None),
            Attendee.must_write,
            Unit.path.startswith(unit.path),
            seen,
            ~written,
        )
        .order_by(Attendee.number)
        .limit(PEOPLE)
    ).all()


def _sheets(attendee_id: int) -> list[list[str]]:
    """The lines of each sheet of paper."""
    words = " ".join(essay(f"by hand {attendee_id}", 420)).split()
    lines, line = list[str](), ""
    for word in words:
        if len(line) + len(word) > 58:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    a_page = (HEIGHT - 2 * MARGIN) // LINE
    return [lines[start : start + a_page] for start in range(0, PAGES * a_page, a_page)]


def _photo(place: int, lines: Sequence[str]) -> Document:
    from PIL import Image, ImageDraw, ImageFont  # megabytes that the web process never needs

    picture = Image.new("RGB", (WIDTH, HEIGHT), "#F7F4EA")
    draw: Any = ImageDraw.Draw(picture)
    pen = ImageFont.truetype(str(PEN), 29)
    for row, line in enumerate(lines):
        y = MARGIN + row * LINE
        draw.line((MARGIN, y + 38, WIDTH - MARGIN, y + 38), fill="#C9D3E0")
        draw.text((MARGIN + (row % 3) * 2, y), line, fill="#1F3B73", font=pen)
    made = BytesIO()
    picture.save(made, "JPEG", quality=72)
    content = made.getvalue()
    return Document(f"Trang {place}.jpg", DocumentKind.PHOTO, content, pages=(content,))
