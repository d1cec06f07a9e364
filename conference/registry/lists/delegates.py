"""Lists of delegates: what each row says about one person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from conference.foundation.loose_dates import LooseDate, read_date
from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import clean, fold, phone_digits
from conference.registry.lists.columns import VOCABULARIES, Column, ListKind
from conference.registry.lists.layout import Layout
from conference.registry.lists.rejects import Reject, Why
from conference.registry.lists.senders import sender_of_units
from conference.registry.lists.sites import SiteIndex
from conference.registry.lists.units import Ambiguous, UnitIndex

_TOTAL = re.compile(r"^(?:tổng|cộng)\s*(?:số|cộng)?\s*(?:[:(\d.].*|đồng chí.*|đại biểu.*|người.*)?$", re.IGNORECASE)
_NAME_HEADS = {words for words, column in VOCABULARIES[ListKind.DELEGATES].items() if column is Column.FULL_NAME}
NO = frozenset({"khong", "ko", "no", "false", "0"})
YES = frozenset({"x", "v", "co", "duoc", "dung", "yes", "true", "1"})
_SEVERAL = re.compile(r"[;\n|]+")
_SIGNED = re.compile(r"^(?:tm\.|kt\.|tl\.|t/m|k/t|nơi nhận|người lập|ngày \d)", re.IGNORECASE)


@dataclass(slots=True)
class DelegateRow:
    """One usable row, in one spelling. ``unit`` and ``site`` are codes; ``name_key`` is the folded name."""

    file: str
    sheet: str
    row: int
    sender: str | None
    full_name: str
    name_key: str
    birth_date: date | None
    birth_year: int | None
    sex: str | None  # 'male' or 'female'
    position: str
    unit: str | None
    unit_text: str
    site: str
    categories: tuple[str, ...]
    phone: str
    phone_digits: str | None
    email: str
    code: str
    mark: str = ""  # of a list that we exported: what its values were then
    online: str = ""  # 'yes' for who may follow from elsewhere; 'no' in an exported list alone
    wave: str = ""  # as it is written


@dataclass(frozen=True, slots=True)
class KnownRow:
    """Unit and site of somebody on the list, by code and by name."""

    unit: str
    unit_name: str
    site: str
    site_name: str


@dataclass(slots=True)
class DelegateList:
    """What one sheet of delegates holds."""

    sender: str | None
    rows: list[DelegateRow]
    rejects: list[Reject]
    unknown_units: int = 0  # rows whose unit isn't in the tree: they are listed under the sender


def read_delegates(
    file: str,
    sheet: Sheet,
    layout: Layout,
    units: UnitIndex,
    sites: SiteIndex,
    sender: str | None,
    known: Callable[[], Mapping[str, KnownRow]] = dict,
) -> DelegateList:
    """The delegates of one sheet. ``sender`` is the body in its title block, if that names one we know.

    ``known`` gives, by person's code, what a list that we exported says of unit and site: asked only for such a list.
    """
    if sender is None and Column.UNIT in layout.columns:
        position = layout.columns[Column.UNIT]
        names = {cell_text(row[position]) for row in sheet.rows[layout.first_row :] if position < len(row)}
        sender = sender_of_units(names, units)
    reader = _Reader(file, sheet, layout, units, sites, sender, known)
    for index in range(layout.first_row, len(sheet.rows)):
        row = sheet.rows[index]
        if any(row):
            reader.read(index + 1, row)
    return DelegateList(sender, reader.rows, reader.rejects, reader.unknown_units)


class _Reader:
    """Reads row after row; what is the same for the whole sheet is looked up once."""

    def __init__(
        self,
        file: str,
        sheet: Sheet,
        layout: Layout,
        units: UnitIndex,
        sites: SiteIndex,
        sender: str | None,
        known: Callable[[], Mapping[str, KnownRow]],
    ) -> None:
        self.file, self.sheet, self.sender = file, sheet.name, sender
        self.units, self.sites = units, sites
        self.rows: list[DelegateRow] = []
        self.rejects: list[Reject] = []
        self.unknown_units = 0
        at = layout.columns.get
        self.number, self.code = at(Column.NUMBER), at(Column.CODE)
        self.full, self.family, self.given = (
            at(Column.FULL_NAME),
            at(Column.FAMILY_NAME),
            at(Column.GIVEN_NAME),
        )
        self.birth, self.birth_male, self.birth_female = (
            at(Column.BIRTH),
            at(Column.BIRTH_MALE),
            at(Column.BIRTH_FEMALE),
        )
        self.sex, self.male, self.female = at(Column.SEX), at(Column.MALE), at(Column.FEMALE)
        self.position, self.unit, self.category = at(Column.POSITION), at(Column.UNIT), at(Column.CATEGORY)
        self.site, self.phone, self.email = at(Column.SITE), at(Column.PHONE), at(Column.EMAIL)
        self.mark, self.online, self.wave = at(Column.MARK), at(Column.ONLINE), at(Column.WAVE)
        self.known = known() if self.mark is not None and self.code is not None else {}
        self.facts = [
            position
            for column, position in layout.columns.items()
            if column
            not in (
                Column.NUMBER,
                Column.CODE,
                Column.FULL_NAME,
                Column.FAMILY_NAME,
                Column.GIVEN_NAME,
                Column.NOTE,
                Column.IGNORED,
                Column.MARK,
            )
        ]
        self.width = max(layout.columns.values(), default=0) + 1
        self.sheet_site: str | None = None
        if self.site is None:
            self.sheet_site = sites.of_sheet_name(sheet.name, sender) if sheet.name else None
            for title in layout.titles if self.sheet_site is None else ():
                named = sites.find(title, sender) if fold(title).startswith(("diem cau", "dc ")) else None
                self.sheet_site = named if isinstance(named, str) else self.sheet_site
        self._categories: dict[str, tuple[str, ...]] = {}
        self._texts: dict[Cell, str] = {}

    def read(self, number: int, row: Sequence[Cell]) -> None:
        if len(row) < self.width:
            row = [*row, *[""] * (self.width - len(row))]
        name = self._name(row)
        if not any(sign.isalpha() for sign in name):
            self._without_name(number, row)
            return
        first = row[self.number] if self.number is not None else ""
        is_numbered = _is_numbered(first)
        if not is_numbered and (_TOTAL.match(name) or (isinstance(first, str) and _TOTAL.match(clean(first)))):
            return
        if not any(row[at] not in ("", None) and str(row[at]).strip() for at in self.facts) and not is_numbered:
            self._heading(name)
            return
        key = fold(name)
        if key in _NAME_HEADS:
            return  # the head again, as on every printed page
        self._person(number, row, name, key)

    def _text(self, cell: Cell) -> str:
        """A cell of a column whose values repeat."""
        if cell not in self._texts:
            self._texts[cell] = cell_text(cell)
        return self._texts[cell]

    def _name(self, row: Sequence[Cell]) -> str:
        if self.family is not None and self.given is not None:
            return clean(f"{cell_text(row[self.family])} {cell_text(row[self.given])}")
        whole = row[self.full] if self.full is not None else ""
        return clean(whole) if isinstance(whole, str) else cell_text(whole)

    def _without_name(self, number: int, row: Sequence[Cell]) -> None:
        """A row that is filled in but for the name goes back; totals, signatures and spare numbers do not."""
        facts = [text for at in self.facts if (text := cell_text(row[at]))]
        first = row[self.number] if self.number is not None else ""
        if isinstance(first, str) and _TOTAL.match(clean(first)):
            return
        if any(_TOTAL.match(text) or _SIGNED.match(text) for text in facts):
            return
        if facts and (_is_numbered(first) or len(facts) > 1) and not all(_is_numbered(text) for text in facts):
            self._reject(number, row, Why.NO_NAME)

    def _heading(self, text: str) -> None:
        """A line of its own between rows may name the site of those that follow."""
        if self.site is None:
            found = self.sites.find(text, self.sender)
            self.sheet_site = found if isinstance(found, str) else self.sheet_site

    def _reject(self, number: int, row: Sequence[Cell], why: Why, subject: str = "", nearest: str = "") -> None:
        self.rejects.append(Reject(self.file, self.sheet, number, why, subject, tuple(row), nearest))

    def _person(self, number: int, row: Sequence[Cell], name: str, key: str) -> None:
        code = cell_text(row[self.code]) if self.code is not None else ""
        known = self.known.get(code)  # names that several bear mean what they meant when they were exported
        unit_text = self._text(row[self.unit]) if self.unit is not None else ""
        site_text = self._text(row[self.site]) if self.site is not None else ""
        unit: str | Ambiguous | None
        site: str | Ambiguous | None
        if known is not None and unit_text in ("", known.unit_name):
            unit = known.unit
        else:
            unit = self.units.find(unit_text, self.sender) if unit_text else self.sender
        if known is not None and site_text in ("", known.site_name):
            site = known.site
        else:
            site = self.sites.find(site_text, self.sender) if site_text else self.sheet_site
        if not isinstance(site, str):
            self._reject(number, row, *self._why_no_site(site_text, site))
            return
        if isinstance(unit, Ambiguous):
            unit = self._unit_near(unit, site)
        if isinstance(unit, Ambiguous):
            self._reject(number, row, Why.AMBIGUOUS_UNIT, unit_text)
            return
        if unit is None:
            unit = self.sender
            self.unknown_units += 1
            if unit is None:
                self._reject(number, row, Why.UNKNOWN_UNIT, unit_text)
                return
        born, sex = self._birth_and_sex(row)
        phone = row[self.phone] if self.phone is not None else ""
        digits = phone_digits(phone) if phone else None
        email = cell_text(row[self.email]).lower() if self.email is not None else ""
        self.rows.append(
            DelegateRow(
                self.file,
                self.sheet,
                number,
                self.sender,
                name,
                key,
                born.day if born else None,
                born.year if born else None,
                sex,
                self._text(row[self.position]) if self.position is not None else "",
                unit,
                unit_text,
                site,
                self._categories_in(row[self.category]) if self.category is not None else (),
                cell_text(phone) if isinstance(phone, str) else digits or "",
                digits,
                email if "@" in email else "",
                code,
                cell_text(row[self.mark]) if self.mark is not None else "",
                self._online_in(row),
                self._text(row[self.wave]) if self.wave is not None else "",
            )
        )

    def _online_in(self, row: Sequence[Cell]) -> str:
        """A list says who may; one that was exported says of everybody, so that there a no is an answer too."""
        said = fold(cell_text(row[self.online])) if self.online is not None else ""
        if said in YES:
            return "yes"
        return "no" if said in NO and self.mark is not None and row[self.mark] else ""

    def _why_no_site(self, text: str, found: Ambiguous | None) -> tuple[Why, str, str]:
        if not text:
            return Why.NO_SITE, "", ""
        if found is not None:
            names = [self.sites.entries[code].name for code in found.codes[:3]]
            return Why.AMBIGUOUS_SITE, text, "; ".join(names)
        return Why.UNKNOWN_SITE, text, self.sites.nearest(text, self.sender)

    def _unit_near(self, unit: Ambiguous, site: str) -> str | Ambiguous:
        """Headquarters lists guests of the whole country: the site decides which Châu Thành is meant."""
        host = self.sites.entries[site].host_code
        for above in self.units.ancestors(host) if host else ():
            within = [code for code in unit.codes if self.units.is_below(code, above)]
            if len(within) == 1:
                return within[0]
            if within:
                break
        return unit

    def _birth_and_sex(self, row: Sequence[Cell]) -> tuple[LooseDate | None, str | None]:
        if self.birth_male is not None and row[self.birth_male] not in ("", None):
            return read_date(row[self.birth_male]), "male"
        if self.birth_female is not None and row[self.birth_female] not in ("", None):
            return read_date(row[self.birth_female]), "female"
        born = read_date(row[self.birth]) if self.birth is not None else None
        if self.sex is not None:
            return born, _SEXES.get(row[self.sex]) or _sex_named(row[self.sex])
        if self.male is not None and str(row[self.male]).strip():
            return born, "male"
        if self.female is not None and str(row[self.female]).strip():
            return born, "female"
        return born, None

    def _categories_in(self, cell: Cell) -> tuple[str, ...]:
        text = cell if isinstance(cell, str) else cell_text(cell)
        if text not in self._categories:
            self._categories[text] = tuple(dict.fromkeys(filter(None, map(clean, _SEVERAL.split(text)))))
        return self._categories[text]


_SEXES: dict[Cell, str] = {"Nam": "male", "Nữ": "female"}


def _sex_named(cell: Cell) -> str | None:
    return {"nam": "male", "nu": "female", "m": "male", "f": "female", "male": "male", "female": "female"}.get(
        fold(str(cell))
    )


def _is_numbered(cell: Cell) -> bool:
    if isinstance(cell, str):
        return cell.strip().rstrip(".)").isdecimal()
    return isinstance(cell, float | int)
