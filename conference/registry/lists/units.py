"""Lists of units, and finding a unit by the name someone typed: first below the body that sent the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conference.foundation.sheets import Cell, Sheet, cell_text
from conference.foundation.text import fold
from conference.registry.lists.body_names import body_key, core_of
from conference.registry.lists.columns import Column
from conference.registry.lists.layout import Layout
from conference.registry.lists.rejects import Reject, Why


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit as a list names it. Codes are what lists refer to one another by."""

    code: str
    name: str
    level_name: str = ""
    parent_code: str | None = None
    province: str = ""


def read_units(file: str, sheet: Sheet, layout: Layout) -> tuple[list[UnitEntry], list[Reject]]:
    """The units of one sheet. A parent may be given by its code or by its name."""
    columns = layout.columns
    entries: list[UnitEntry] = []
    rejects: list[Reject] = []
    seen: set[str] = set()

    def text(row: Sequence[Cell], column: Column) -> str:
        position = columns.get(column)
        return cell_text(row[position]) if position is not None and position < len(row) else ""

    for index in range(layout.first_row, len(sheet.rows)):
        row = sheet.rows[index]
        name, code = text(row, Column.NAME), text(row, Column.CODE)
        if not name and not code:
            continue
        if not (text(row, Column.LEVEL) or text(row, Column.PARENT) or code):
            continue  # a total or a signature below the list
        why = Why.NO_NAME if not name else Why.NO_CODE if not code else Why.SAME_CODE if code in seen else None
        if why:
            rejects.append(Reject(file, sheet.name, index + 1, why, code or name, tuple(row)))
            continue
        seen.add(code)
        parent = text(row, Column.PARENT)
        entries.append(UnitEntry(code, name, text(row, Column.LEVEL), parent or None, text(row, Column.PROVINCE)))
    by_name = {body_key(entry.name): entry.code for entry in entries}
    codes = {entry.code for entry in entries}
    settled = [
        UnitEntry(
            entry.code,
            entry.name,
            entry.level_name,
            entry.parent_code
            if entry.parent_code is None or entry.parent_code in codes
            else by_name.get(body_key(entry.parent_code), entry.parent_code),
            entry.province,
        )
        for entry in entries
    ]
    return settled, rejects


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A name that more than one entry bears."""

    codes: tuple[str, ...]


class UnitIndex:
    """Finds units by code or name. Nine names occur more than once in the country: the sender's subtree decides."""

    def __init__(self, entries: Iterable[UnitEntry]) -> None:
        self.entries = {entry.code: entry for entry in entries}
        self._by_code = {fold(code): code for code in self.entries}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_core: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries.values():
            key = body_key(entry.name)
            self._by_name[key].append(entry.code)
            if core := core_of(key):
                self._by_core[core].append(entry.code)
        self._spans: dict[str, tuple[int, int]] = {}
        self._depths: dict[str, int] = {}
        self._number()
        self._found: dict[tuple[str, str | None], str | Ambiguous | None] = {}

    def _number(self) -> None:
        """Number the tree so that 'below' is two comparisons. A unit in a circle counts as a root."""
        children: dict[str | None, list[str]] = defaultdict(list)
        for code, entry in self.entries.items():
            children[entry.parent_code if entry.parent_code in self.entries else None].append(code)
        clock = 0
        for root in [*children[None], *self.entries]:
            if root in self._depths:
                continue
            stack = [(root, 0, False)]
            opened: dict[str, int] = {}
            while stack:
                code, depth, is_done = stack.pop()
                if is_done:
                    self._spans[code] = (opened[code], clock)
                    continue
                if code in self._depths:
                    continue
                self._depths[code] = depth
                opened[code] = clock
                clock += 1
                stack.append((code, depth, True))
                stack += [(child, depth + 1, False) for child in children[code]]

    def depth(self, code: str | None) -> int:
        return self._depths.get(code, -1) if code else -1

    def is_below(self, code: str, above: str | None) -> bool:
        """Whether a unit is ``above`` itself or anywhere below it."""
        if above is None or above not in self._spans or code not in self._spans:
            return False
        first, last = self._spans[above]
        return first <= self._spans[code][0] < last

    def ancestors(self, code: str) -> list[str]:
        """The unit and everything above it, from the unit upward."""
        chain: list[str] = []
        at: str | None = code
        while at in self.entries and at not in chain:
            chain.append(at)
            at = self.entries[at].parent_code
        return chain

    def common_ancestor(self, codes: Iterable[str]) -> str | None:
        """The lowest unit above all of them."""
        shared: list[str] | None = None
        for code in codes:
            chain = self.ancestors(code)
            shared = chain if shared is None else [above for above in shared if above in chain]
        return shared[0] if shared else None

    def named(self, text: str) -> list[str]:
        """Every unit that bears exactly this code or name."""
        code = self._by_code.get(fold(text))
        return [code] if code else self._by_name.get(body_key(text), [])

    def find(self, text: str, below: str | None) -> str | Ambiguous | None:
        """The unit meant by ``text`` in a list sent by ``below``: its own code or name, then the part that counts."""
        key = (text, below)
        if key not in self._found:
            self._found[key] = self._find(text, below)
        return self._found[key]

    def _find(self, text: str, below: str | None) -> str | Ambiguous | None:
        if code := self._by_code.get(fold(text)):
            return code
        name = body_key(text)
        if not name:
            return None
        if exact := self._by_name.get(name):
            return self._choose(exact, below)
        base, _, suffix = name.partition("|")
        if suffix:  # 'LĐLĐ huyện Châu Thành, Hậu Giang': the suffix names what it stands below
            for above in self._by_core.get(core_of(suffix), []):
                within = [code for code in self._by_name.get(base, []) if self.is_below(code, above)]
                if len(within) == 1:
                    return within[0]
            if found := self._by_name.get(base):
                return self._choose(found, below)
        core = self._by_core.get(core_of(name), [])
        within = [code for code in core if self.is_below(code, below)]
        return within[0] if len(within) == 1 else None

    def _choose(self, codes: Sequence[str], below: str | None) -> str | Ambiguous:
        if len(codes) == 1:
            return codes[0]
        within = [code for code in codes if self.is_below(code, below)]
        return within[0] if len(within) == 1 else Ambiguous(tuple(within or codes))
