"""Questions from a sheet or from pasted text, each row judged by itself, with the place of what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import clean, fold
from conference.reflections.quiz.preparing import QuestionPlan, key_of
from conference.reflections.quiz.rules import LARGEST_WEIGHT, LEAST_CHOICES, LETTERS, MOST_CHOICES, MOST_QUESTIONS
from conference.registry.naming.pasted import rows_in

LONGEST_QUESTION = 2_000
LONGEST_CHOICE = 1_000
LONGEST_GROUP = 80
LONGEST_PASTE = 1_500_000
ROWS_BEFORE_HEAD = 10
HEADS = ("Câu hỏi", *(f"Phương án {letter}" for letter in LETTERS), "Đáp án đúng", "Nhóm", "Trọng số")
"""Of the sheet that is handed out to be filled in; the same columns are known by the other names below."""

_NAMES = {
    "text": {"cau hoi", "noi dung", "noi dung cau hoi", "question"},
    "key": {"dap an dung", "dap an", "phuong an dung", "dung", "key", "answer"},
    "group": {"nhom", "muc", "muc do", "nhom cau hoi", "chu de", "group"},
    "weight": {"trong so", "diem", "weight"},
}
_CHOICE = re.compile(r"(?:phuong an|dap an|lua chon|choice|option)?\s*([a-f])")
_KEY = re.compile(r"[a-f](?:\s*[,;/+ ]\s*[a-f])*")
_WEIGHT = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,2})?")
_BLOCK_QUESTION = re.compile(r"\s*(?:câu\s*(?:hỏi\s*)?)?[0-9]{1,3}\s*[.:)/]\s*(.*)", re.IGNORECASE)
_BLOCK_CHOICE = re.compile(r"\s*(\*?)\s*([A-Fa-f])\s*[.:)]\s*(.*)")
_BLOCK_KEY = re.compile(r"\s*(?:đáp án(?: đúng)?|đ/a)\s*[:.]?\s*(.*)", re.IGNORECASE)


class Problem(StrEnum):
    """What is wrong with a row that a person should mend."""

    NO_TEXT = "no_text"
    TOO_LONG = "too_long"
    TOO_FEW_CHOICES = "too_few_choices"
    GAP_IN_CHOICES = "gap_in_choices"
    SAME_CHOICES = "same_choices"
    NO_KEY = "no_key"
    BAD_KEY = "bad_key"
    BAD_WEIGHT = "bad_weight"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class BadRow:
    """Where something is wrong: the sheet's name, the row as people see it, and the beginning of what it says."""

    sheet: str
    row: int
    said: str
    problem: Problem


@dataclass
class Questions:
    """What a file or a paste holds. ``is_known`` is false where no head and no question was recognised."""

    good: list[QuestionPlan] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    is_known: bool = False
    is_too_many: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    sheet: str
    row: int
    text: str
    choices: tuple[str, ...]
    key: str
    group: str
    weight: str


def read_sheets(sheets: Iterable[Sheet]) -> Questions:
    """The questions of all sheets that have the heads; others are left alone."""
    found, lines = Questions(), list[_Line]()
    for sheet in sheets:
        head = _find_head(sheet.rows)
        if head is None:
            continue
        found.is_known = True
        lines += _lines_of(sheet, *head)
    return _judge_all(lines, found)


def read_pasted(text: str) -> Questions:
    """Cells as copied from a sheet, else questions as written in a document: 1. … A. … B. … Đáp án: B."""
    tidy = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" in tidy:
        rows: list[Sequence[Cell]] = [list(row) for row in rows_in(tidy)]
        if _find_head(rows) is None:
            rows.insert(0, list(HEADS))
        return read_sheets([Sheet("", rows)])
    found = Questions()
    lines = list(_blocks(tidy))
    found.is_known = bool(lines)
    return _judge_all(lines, found)


def _find_head(rows: Sequence[Sequence[Cell]]) -> tuple[int, dict[str, int], dict[int, int]] | None:
    """(row of the head, column by what it means, column by place of the choice)."""
    for place, row in enumerate(rows[:ROWS_BEFORE_HEAD]):
        names = [fold(cell_text(cell)) for cell in row]
        columns = {
            meaning: column
            for column, name in reversed(list(enumerate(names)))
            for meaning, known in _NAMES.items()
            if name in known
        }
        choices = {
            ord(match[1]) - ord("a"): column
            for column, name in enumerate(names)
            if (match := _CHOICE.fullmatch(name)) is not None
        }
        if "text" in columns and "key" in columns and choices:
            return place, columns, choices
    return None


def _lines_of(sheet: Sheet, head: int, columns: dict[str, int], choices: dict[int, int]) -> Iterator[_Line]:
    def at(row: Sequence[Cell], column: int | None) -> str:
        return _tidy(cell_text(row[column])) if column is not None and column < len(row) else ""

    for place, row in enumerate(sheet.rows[head + 1 :], head + 2):
        if not any(cell_text(cell).strip() for cell in row):
            continue
        yield _Line(
            sheet.name,
            place,
            at(row, columns.get("text")),
            tuple(at(row, choices.get(one)) for one in range(MOST_CHOICES)),
            at(row, columns.get("key")),
            at(row, columns.get("group")),
            at(row, columns.get("weight")),
        )


def _blocks(text: str) -> Iterator[_Line]:
    """Questions one below the other. A choice is right where a star stands before it, or where a line names it."""
    begun: tuple[int, str] | None = None
    choices: dict[int, str] = {}
    key: list[str] = []

    def finished() -> Iterator[_Line]:
        if begun is not None:
            said = tuple(_tidy(choices.get(one, "")) for one in range(MOST_CHOICES))
            yield _Line("", begun[0], _tidy(begun[1]), said, ",".join(key), "", "")

    for row, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if (right := _BLOCK_KEY.fullmatch(line)) is not None and begun is not None:
            key = [right[1].strip().rstrip(".")]
        elif (choice := _BLOCK_CHOICE.fullmatch(line)) is not None and begun is not None:
            place = ord(choice[2].lower()) - ord("a")
            choices[place] = choice[3]
            if choice[1]:
                key.append(choice[2])
        elif (question := _BLOCK_QUESTION.fullmatch(line)) is not None:
            yield from finished()
            begun, choices, key = (row, question[1]), {}, []
        elif choices:
            last = max(choices)
            choices[last] += f" {line.strip()}"
        elif begun is not None:
            begun = (begun[0], f"{begun[1]} {line.strip()}")
    yield from finished()


def _tidy(text: str) -> str:
    return " ".join(clean(text).split())


def _judge_all(lines: Sequence[_Line], found: Questions) -> Questions:
    found.is_too_many = len(lines) > MOST_QUESTIONS
    known: set[str] = set()
    for line in lines[:MOST_QUESTIONS]:
        judged = _judge(line)
        if isinstance(judged, QuestionPlan) and key_of(judged.text) in known:
            judged = Problem.REPEATED
        if isinstance(judged, Problem):
            found.bad.append(BadRow(line.sheet, line.row, line.text[:80], judged))
        else:
            known.add(key_of(judged.text))
            found.good.append(judged)
    return found


def _judge(line: _Line) -> QuestionPlan | Problem:
    if not line.text:
        return Problem.NO_TEXT
    if len(line.text) > LONGEST_QUESTION or max(map(len, line.choices)) > LONGEST_CHOICE:
        return Problem.TOO_LONG
    if len(line.group) > LONGEST_GROUP:
        return Problem.TOO_LONG
    judged = choices_of(line.choices)
    if isinstance(judged, Problem):
        return judged
    accepted = key_from(line.key, len(judged))
    if isinstance(accepted, Problem):
        return accepted
    weight = weight_from(line.weight)
    if weight is None:
        return Problem.BAD_WEIGHT
    return QuestionPlan(line.text, line.group, judged, accepted, weight)


def choices_of(said: Sequence[str]) -> tuple[str, ...] | Problem:
    """The choices that are filled in, one after the other from A, each another one."""
    filled = [one for one in said if one]
    if len(filled) < LEAST_CHOICES:
        return Problem.TOO_FEW_CHOICES
    if list(said[: len(filled)]) != filled:
        return Problem.GAP_IN_CHOICES
    if len({key_of(one) for one in filled}) < len(filled):
        return Problem.SAME_CHOICES
    return tuple(filled)


def key_from(said: str, choices: int) -> tuple[int, ...] | Problem:
    """``B``, or ``A, C`` where either is right."""
    if not said.strip():
        return Problem.NO_KEY
    plain = said.strip().lower()
    if _KEY.fullmatch(plain) is None:
        return Problem.BAD_KEY
    places = sorted({ord(letter) - ord("a") for letter in re.findall(r"[a-f]", plain)})
    return tuple(places) if places[-1] < choices else Problem.BAD_KEY


def weight_from(said: str) -> Decimal | None:
    """1 where nothing is said."""
    if not said:
        return Decimal("1.00")
    if _WEIGHT.fullmatch(said) is None:
        return None
    weight = Decimal(said.replace(",", ".")).quantize(Decimal("0.01"))
    return weight if 0 < weight <= LARGEST_WEIGHT else None


def as_row(plan: QuestionPlan) -> list[Cell]:
    """A question as it stands in the sheet."""
    choices = [*plan.choices, *[""] * (MOST_CHOICES - len(plan.choices))]
    key = ", ".join(LETTERS[place] for place in plan.accepted)
    weight = format(plan.weight.normalize(), "f").replace(".", ",")
    return [plan.text, *choices, key, plan.group, weight]


def as_json(plans: Iterable[QuestionPlan]) -> str:
    """Questions as a preview holds them until they are confirmed."""
    return json.dumps([as_row(plan) for plan in plans], ensure_ascii=False, separators=(",", ":"))


def read_json(text: str) -> Questions:
    """What a preview has held, judged once more. Nothing is known of what does not have its form."""
    try:
        rows = json.loads(text)
    except ValueError:
        return Questions()
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return Questions()
    if not all(isinstance(cell, str) for row in rows for cell in row):
        return Questions()
    return read_sheets([Sheet("", [list(HEADS), *rows])])
