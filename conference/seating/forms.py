"""What an organizer asks for, read into typed values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conference.foundation.text import row_number
from conference.registry.models import Attendee
from conference.seating.rules import MOST_CLOSING, MOST_WHOLE, Reach, Scope, Wishes
from conference.web.forms import Form
from conference.web.words import _


def wishes_form(closing: Sequence[int]) -> Form:
    standard = Wishes()
    form = Form()
    form.values = {
        "scope": standard.scope,
        "reach": standard.reach,
        "whole_up_to": str(standard.whole_up_to),
        "closing": ",".join(map(str, closing)),
    }
    return form


def read_closing(texts: Sequence[str], sites: Collection[int]) -> tuple[int, ...]:
    """The sites that fall away, each once; what is no site of the conference is left out."""
    ids = (row_number(text) for text in texts)
    return tuple(dict.fromkeys(id for id in ids if id is not None and id in sites))[:MOST_CLOSING]


def read_wishes(sent: Mapping[str, Any], closing: tuple[int, ...]) -> tuple[Form, Wishes]:
    form = Form(sent)
    scope = form.choice("scope", _("Ai được xếp"), Scope)
    reach = form.choice("reach", _("Đi xa nhất"), Reach)
    whole = form.whole("whole_up_to", _("Không tách đơn vị đến"), low=1, high=MOST_WHOLE)
    standard = Wishes()
    return form, Wishes(scope or standard.scope, closing, reach or standard.reach, whole or standard.whole_up_to)


@dataclass(frozen=True)
class PinFacts:
    """A unit or a person, and where."""

    site_id: int
    unit_id: int
    attendee_id: int | None


def read_pin(
    sent: Mapping[str, Any],
    *,
    sites: Collection[int],
    units: Sequence[tuple[int, str, str]],
    attendee: Attendee | None,
) -> tuple[Form, PinFacts | None]:
    """``units`` were found by the words that were typed, ``attendee`` by the number of a badge."""
    form = Form(sent)
    words = form.text("unit_words", _("Đơn vị"), most=200)
    badge = form.text("badge", _("Số thẻ"), most=12)
    site = form.one_of("pin_site", _("Điểm cầu"), map(str, sites))
    unit_id = None
    if bool(words) is bool(badge):
        form.fault("unit_words", _("Ghi tên một đơn vị, hoặc số thẻ của một người."), _("Đơn vị"))
    elif badge and attendee is None:
        form.fault("badge", _("Không có ai đang được triệu tập mang số thẻ này."), _("Số thẻ"))
    elif words:
        unit_id = _one_unit(form, units, row_number(form.text("unit", _("Đơn vị"), most=12)))
    elif attendee is not None:
        unit_id = attendee.unit_id
    if not form.is_valid or site is None or unit_id is None:
        return form, None
    return form, PinFacts(int(site), unit_id, attendee.id if attendee is not None and badge else None)


def _one_unit(form: Form, units: Sequence[tuple[int, str, str]], chosen: int | None) -> int | None:
    ids = [id for id, _name, _above in units]
    if chosen in ids:
        return chosen
    if len(ids) == 1:
        return ids[0]
    if ids:
        form.fault("unit", _("Có %(count)s đơn vị như vậy, mời đồng chí chọn một.", count=len(ids)), _("Đơn vị"))
    else:
        form.fault("unit_words", _("Không tìm thấy đơn vị nào tên như vậy."), _("Đơn vị"))
    return None
