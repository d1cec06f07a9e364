"""The words of rehearsals."""

from __future__ import annotations

from conference.sites.rehearsals.rules import Part
from conference.web.words import lazy

PARTS = {
    Part.CAME: ("done", lazy("Đã dự")),
    Part.LATER: ("check", lazy("Thử sau giờ")),
    Part.ABSENT: ("todo", lazy("Chưa dự")),
}
