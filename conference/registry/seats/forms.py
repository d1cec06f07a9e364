"""A plan of seats and what is reserved in it, as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from unicodedata import normalize

from conference.foundation.text import row_number
from conference.registry.seats.actions import Pin
from conference.registry.seats.models import SeatPin
from conference.registry.seats.rules import MOST_A_ROW, MOST_BLOCKS, MOST_ROWS, Block, seats_of_place
from conference.web.forms import Form
from conference.web.words import _

NAME = re.compile(r"[A-Za-zÀ-ỹĐđ]{1,8}")
LONGEST_NOTE, MOST_PINS = 120, 500
EMPTY_LINES = 3


def plan_form(blocks: Sequence[Block]) -> Form:
    form = Form()
    for place, block in enumerate(blocks):
        form.values |= {
            f"name-{place}": block.name,
            f"rows-{place}": str(block.rows),
            f"seats-{place}": str(block.seats_per_row),
        }
    form.values["lines"] = str(min(MOST_BLOCKS, len(blocks) + EMPTY_LINES))
    return form


def read_plan(sent: Mapping[str, str]) -> tuple[Form, list[Block]]:
    """Blocks in the order of the lines; a line without a name is no block."""
    form = Form(sent)
    lines = min(MOST_BLOCKS, row_number(form.values.get("lines", "")) or EMPTY_LINES)
    form.values["lines"] = str(lines)
    blocks: list[Block] = []
    for place in range(lines):
        label = _("Khu ở dòng %(number)s", number=place + 1)
        name = form.text(f"name-{place}", label, most=8)
        if not name and not form.values.get(f"rows-{place}", "").strip():
            continue
        if not NAME.fullmatch(name):
            form.fault(f"name-{place}", _("Ghi tên khu bằng chữ, như A hoặc B, không có số."), label)
            continue
        if name.upper() in {block.name for block in blocks}:
            form.fault(f"name-{place}", _("Đã có khu %(name)s ở dòng trên.", name=name.upper()), label)
            continue
        rows = form.whole(f"rows-{place}", _("Số dãy của khu %(name)s", name=name), low=1, high=MOST_ROWS)
        seats = form.whole(f"seats-{place}", _("Số ghế mỗi dãy của khu %(name)s", name=name), low=1, high=MOST_A_ROW)
        if rows is not None and seats is not None:
            blocks.append(Block(name.upper(), rows, seats))
    if form.is_valid and not blocks:
        form.fault("name-0", _("Mời ghi ít nhất một khu với số dãy và số ghế mỗi dãy."), _("Sơ đồ"))
    return form, blocks


def pins_form(pins: Sequence[SeatPin]) -> Form:
    form = Form()
    form.values["pins"] = "\n".join(
        f"{pin.place}: {pin.attendee.number if pin.attendee is not None else pin.note}" for pin in pins
    )
    return form


def read_pins(
    sent: Mapping[str, str], blocks: Sequence[Block], find: Callable[[Sequence[int]], Mapping[int, int]]
) -> tuple[Form, list[Pin]]:
    """``A1: Đoàn Chủ tịch`` keeps a row free, ``B2-5: 1203`` gives a seat to the attendee with that number.

    ``find`` gives the ids of those numbers that are called to the site.
    """
    form = Form(sent)
    label = _("Chỗ dành riêng")
    lines = [" ".join(line.split()) for line in normalize("NFC", form.values.get("pins", "")).splitlines()]
    parts = [[part.strip() for part in line.partition(":")[::2]] for line in lines if line]
    if len(parts) > MOST_PINS:
        form.fault("pins", _("Ghi nhiều nhất %(most)s dòng.", most=MOST_PINS), label)
        return form, []
    numbers = {number for _place, said in parts if (number := row_number(said)) is not None}
    ids = find(sorted(numbers))
    pins: list[Pin] = []
    taken: set[str] = set()
    given: set[int] = set()
    for place, said in parts:
        seats, number = seats_of_place(blocks, place.upper()), row_number(said)
        fault = ""
        if not seats:
            fault = _("Sơ đồ không có chỗ “%(place)s”. Ghi dãy như A1 hoặc ghế như A1-5.", place=place[:30])
        elif taken & set(seats):
            fault = _("Chỗ “%(place)s” đã có ở dòng trên.", place=place)
        elif number is not None and len(seats) > 1:
            fault = _("Ghi một ghế, như %(seat)s, cho đại biểu số %(number)s.", seat=seats[0], number=number)
        elif number is not None and number not in ids:
            fault = _("Điểm cầu này không có đại biểu số %(number)s.", number=number)
        elif number is not None and number in given:
            fault = _("Đại biểu số %(number)s đã có chỗ ở dòng trên.", number=number)
        elif not said or len(said) > LONGEST_NOTE or not said.isprintable():
            fault = _("Ghi ai ngồi sau dấu hai chấm, như “%(place)s: Đoàn Chủ tịch”.", place=place)
        if fault:
            form.fault("pins", fault, label)
            continue
        taken |= set(seats)
        if number is not None:
            given.add(number)
        pins.append(Pin(place.upper(), ids[number] if number is not None else None, "" if number else said))
    return form, pins
