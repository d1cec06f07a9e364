"""What organizers and graders send, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.grading.actions import PartChange
from conference.grading.marking import Entry
from conference.grading.models import MarkingScheme
from conference.grading.rules import MOST_PARTS, Rank, Scheme
from conference.web import filters
from conference.web.forms import CONTROL, Form
from conference.web.words import _

MOST_COMMENT = 2_000
MOST_NOTE = 300
MOST_MARK = Decimal("100.00")
MOST_SEED = 999_999_999


@dataclass
class SchemeForm:
    """The scheme as an editor sent it."""

    version: int
    step: Decimal
    tolerance: Decimal
    rounding: Decimal
    parts: list[PartChange]
    minimums: dict[Rank, Decimal]


def scheme_form(scheme: MarkingScheme) -> Form:
    """The form filled with the scheme as it is."""
    values = {
        "version": str(scheme.version),
        "step": filters.decimal(scheme.step),
        "tolerance": filters.decimal(scheme.tolerance),
        "rounding": filters.decimal(scheme.rounding),
    }
    for place, part in enumerate(scheme.parts, 1):
        values |= {
            f"part-{place}-id": str(part.id or ""),  # none: the usual scheme, not kept yet
            f"part-{place}-title": part.title,
            f"part-{place}-hint": part.hint,
            f"part-{place}-max": filters.decimal(part.max_mark),
        }
    for cut in scheme.cuts:
        values[f"cut-{cut.rank.value}"] = filters.decimal(cut.minimum)
    return Form(values)


def read_scheme(sent: Mapping[str, str]) -> tuple[Form, SchemeForm | None]:
    form = Form(sent)
    smallest, none = Decimal("0.01"), Decimal(0)
    version = form.whole("version", _("Phiên bản"), low=1, high=1_000_000)
    step = form.decimal("step", _("Bước điểm"), low=smallest, high=Decimal(5))
    tolerance = form.decimal("tolerance", _("Mức lệch cho phép"), low=none, high=MOST_MARK)
    rounding = form.decimal("rounding", _("Làm tròn đến"), low=smallest, high=Decimal(5))
    parts = []
    for place in range(1, MOST_PARTS + 1):
        if not form.values.get(f"part-{place}-title", "").strip():
            continue
        label = _("Phần %(place)s", place=place)
        title = form.text(f"part-{place}-title", label, required=True, most=120)
        hint = form.text(f"part-{place}-hint", label, most=300)
        most = form.decimal(
            f"part-{place}-max", _("Điểm tối đa của phần %(place)s", place=place), low=smallest, high=MOST_MARK
        )
        known = form.values.get(f"part-{place}-id", "")
        if most is not None:
            parts.append(PartChange(row_number(known), title, hint, two_places(most)))
    labels = {
        Rank.EXCELLENT: _("Giỏi từ"),
        Rank.GOOD: _("Khá từ"),
        Rank.AVERAGE: _("Trung bình từ"),
    }
    minimums = {Rank.FAILED: Decimal("0.00")}
    for rank, label in labels.items():
        minimum = form.decimal(f"cut-{rank.value}", label, low=none, high=MOST_MARK)
        if minimum is not None:
            minimums[rank] = two_places(minimum)
    if not form.is_valid or version is None or step is None or tolerance is None or rounding is None:
        return form, None
    return form, SchemeForm(version, two_places(step), two_places(tolerance), two_places(rounding), parts, minimums)


def two_places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


# ---- what a grader gives


def read_entry(sent: Mapping[str, str], scheme: Scheme) -> tuple[int, Entry]:
    """An entry from the page's form. Raises ``bad_request`` for what no page of ours sends."""
    marks = {part.id: sent[f"mark-{part.id}"] for part in scheme.parts if sent.get(f"mark-{part.id}")}
    notes = {part.id: sent.get(f"note-{part.id}", "") for part in scheme.parts}
    return _entry(sent.get("version", ""), marks, notes, sent.get("comment", ""))


def entry_from_json(plain: Any, scheme: Scheme) -> tuple[int, Entry]:
    """An entry from the page's script: ``{version, marks, notes, comment}`` and nothing else."""
    if not isinstance(plain, dict) or set(plain) - {"version", "marks", "notes", "comment"}:
        raise DomainError("bad_request")
    marks, notes = plain.get("marks", {}), plain.get("notes", {})
    known = {str(part.id): part.id for part in scheme.parts}
    if not isinstance(marks, dict) or not isinstance(notes, dict) or (set(marks) | set(notes)) - set(known):
        raise DomainError("bad_request")
    return _entry(
        plain.get("version"),
        {known[key]: value for key, value in marks.items()},
        {known[key]: value for key, value in notes.items()},
        plain.get("comment", ""),
    )


def _entry(version: Any, marks: Mapping[int, Any], notes: Mapping[int, Any], comment: Any) -> tuple[int, Entry]:
    known = None if isinstance(version, bool) else row_number(str(version))
    if known is None:
        raise DomainError("bad_request")
    texts = [comment, *notes.values()]
    if not all(isinstance(text, str) and not CONTROL.search(text) for text in texts):
        raise DomainError("bad_request")
    if len(comment) > MOST_COMMENT or any(len(note) > MOST_NOTE for note in notes.values()):
        raise DomainError("comment_too_long", most=MOST_COMMENT, note=MOST_NOTE)
    return known, Entry(
        {part: _mark(mark) for part, mark in marks.items()},
        {part: note.strip() for part, note in notes.items() if note.strip()},
        comment.replace("\r\n", "\n").strip(),
    )


def _mark(value: Any) -> Decimal:
    try:
        mark = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        mark = Decimal("NaN")
    if not mark.is_finite() or abs(mark) > MOST_MARK or mark != two_places(mark):
        raise DomainError("mark_off_scale")
    return two_places(mark)
