"""Lists of bridge points, and finding the one that somebody meant in any of its spellings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import fold, phone_digits
from conference.registry.lists.body_names import core_of, site_key
from conference.registry.lists.columns import Column
from conference.registry.lists.layout import Layout
from conference.registry.lists.rejects import Reject, Why
from conference.registry.lists.units import Ambiguous, UnitIndex

_SHORTEST_START = 8  # letters of a name that tell it from others
_CODE_FIRST = re.compile(r"[a-z]{0,6}\d*(?:-\d+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """A bridge point as a list names it."""

    code: str
    name: str
    level_name: str = ""
    province: str = ""
    host_code: str | None = None
    hall: str = ""
    capacity: int | None = None
    manager_name: str = ""
    manager_phone: str = ""
    manager_email: str = ""


def read_sites(file: str, sheet: Sheet, layout: Layout, units: UnitIndex) -> tuple[list[SiteEntry], list[Reject]]:
    """The sites of one sheet. The host unit may be given by its code or by its name."""
    columns = layout.columns
    entries: list[SiteEntry] = []
    rejects: list[Reject] = []
    seen: set[str] = set()

    def text(row: Sequence[Cell], column: Column) -> str:
        position = columns.get(column)
        return cell_text(row[position]) if position is not None and position < len(row) else ""

    for index in range(layout.first_row, len(sheet.rows)):
        row = sheet.rows[index]
        name, code, host = text(row, Column.NAME), text(row, Column.CODE), text(row, Column.HOST_UNIT)
        if sum(1 for cell in row if cell not in ("", None)) < 2 or not (name or code):
            continue
        if not (code or host or text(row, Column.CAPACITY) or text(row, Column.ADDRESS)):
            continue
        found = units.find(host, None) if host else None
        why, subject = None, name
        if not name:
            why, subject = Why.NO_NAME, code
        elif not code:
            why = Why.NO_CODE
        elif code in seen:
            why, subject = Why.SAME_CODE, code
        elif host and not isinstance(found, str):
            why, subject = Why.UNKNOWN_HOST, host
        if why:
            rejects.append(Reject(file, sheet.name, index + 1, why, subject, tuple(row)))
            continue
        seen.add(code)
        capacity = text(row, Column.CAPACITY).replace(".", "")
        phone = text(row, Column.PHONE)
        entries.append(
            SiteEntry(
                code,
                name,
                text(row, Column.LEVEL),
                text(row, Column.PROVINCE),
                found if isinstance(found, str) else None,
                text(row, Column.ADDRESS),
                int(capacity) if capacity.isdecimal() else None,
                text(row, Column.MANAGER),
                phone_digits(phone) or phone,
                text(row, Column.EMAIL).lower(),
            )
        )
    return entries, rejects


class SiteIndex:
    """Finds sites by code or by name: with and without 'Điểm cầu', 'ĐC', LĐLĐ in full or short, province or not."""

    def __init__(self, entries: Iterable[SiteEntry], units: UnitIndex) -> None:
        self.entries = {entry.code: entry for entry in entries}
        self._units = units
        self._by_code = {fold(code): code for code in self.entries}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries.values():
            key = site_key(entry.name)
            base = key.partition("|")[0]
            keys = {key, base, core_of(base), core_of(key)}
            if entry.province:
                keys |= {f"{base}|{site_key(entry.province)}", f"{core_of(base)}|{site_key(entry.province)}"}
            for spelling in keys - {""}:
                self._by_name[spelling].append(entry.code)
        self._found: dict[tuple[str, str | None], str | Ambiguous | None] = {}

    def find(self, text: str, below: str | None) -> str | Ambiguous | None:
        """The site meant by ``text`` in a list sent by the unit ``below``."""
        key = (text, below)
        if key not in self._found:
            self._found[key] = self._find(text, below)
        return self._found[key]

    def _find(self, text: str, below: str | None) -> str | Ambiguous | None:
        if code := self._by_code.get(fold(text)):
            return code
        key = site_key(text)
        if code := self._by_code.get(key):
            return code
        for spelling in (key, key.replace("|", " "), core_of(key)):
            if found := self._by_name.get(spelling):
                return self._choose(found, below)
        return None

    def _choose(self, codes: Sequence[str], below: str | None) -> str | Ambiguous:
        if len(codes) == 1:
            return codes[0]
        within = [code for code in codes if self._is_hosted_below(code, below)]
        return within[0] if len(within) == 1 else Ambiguous(tuple(within or codes))

    def _is_hosted_below(self, code: str, below: str | None) -> bool:
        host = self.entries[code].host_code
        return host is not None and host in self._units.entries and self._units.is_below(host, below)

    def of_sheet_name(self, name: str, below: str | None) -> str | None:
        """The site that a sheet is named after: its code first, or its name, which Excel cuts at 31 signs."""
        first = name.split(" ", 1)[0].rstrip(".,:;_")
        if _CODE_FIRST.fullmatch(first) and (code := self._by_code.get(fold(first))):
            return code
        found = self.find(name, below)
        if isinstance(found, str):
            return found
        for key in (site_key(name), site_key(name).rpartition(" ")[0]):  # the last word may be cut
            if len(key) < _SHORTEST_START:
                continue
            starts = {code for spelling, codes in self._by_name.items() if spelling.startswith(key) for code in codes}
            within = {code for code in starts if self._is_hosted_below(code, below)} or starts
            if len(within) == 1:
                return within.pop()
        return None

    def hosted_below(self, below: str | None) -> list[str]:
        """The sites hosted by a unit or anything below it."""
        return [code for code in self.entries if self._is_hosted_below(code, below)]

    def nearest(self, text: str, below: str | None) -> str:
        """The site whose name looks most like ``text``; empty when none does."""
        for codes in (self.hosted_below(below), list(self.entries)):
            names: dict[str, str] = {}
            for code in codes:
                core = core_of(site_key(self.entries[code].name))
                names |= {core: code, core.partition("|")[0]: code}
            close = get_close_matches(core_of(site_key(text)), names, n=1, cutoff=0.72)
            if close:
                return self.entries[names[close[0]]].name
        return ""
