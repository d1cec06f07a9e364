"""From workbooks to a recognised conference: units, sites, programme and people, whatever the files are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conference.foundation.legacy_text import Encoding
from conference.foundation.sheets import Cell, Sheet, Workbook
from conference.foundation.text import clean
from conference.registry.imports.marks import MARKS_SHEET, are_marks, exported_in
from conference.registry.lists.columns import Column, ListKind
from conference.registry.lists.delegates import DelegateRow, KnownRow, read_delegates
from conference.registry.lists.layout import ColumnMapping, Layout, find_layout
from conference.registry.lists.programme import Programme, read_programme
from conference.registry.lists.quotas import read_quotas
from conference.registry.lists.rejects import Reject
from conference.registry.lists.senders import sender_in_titles
from conference.registry.lists.sites import SiteEntry, SiteIndex, read_sites
from conference.registry.lists.units import UnitEntry, UnitIndex, read_units
from conference.registry.same_person import Called, join_rows, shared_phones

Mappings = Mapping[str, Mapping[str | None, ColumnMapping]]  # by the look of the head, then by the sender


@dataclass(slots=True)
class SheetReport:
    """What was recognised in one sheet, for people to see and to correct."""

    file: str
    sheet: str
    kind: ListKind | None
    encoding: Encoding
    sender: str | None = None
    head_rows: tuple[int, ...] = ()
    first_row: int = 0
    heads: dict[int, str] = field(default_factory=dict)
    columns: dict[int, Column] = field(default_factory=dict)
    by_content: set[Column] = field(default_factory=set)
    fingerprint: str = ""
    needs_mapping: bool = False
    is_quotas: bool = False  # a list of quotas, which the workbook takes and an import does not
    samples: list[list[Cell]] = field(default_factory=list)
    rows: int = 0
    rejected: int = 0
    unknown_units: int = 0


@dataclass(slots=True)
class Recognition:
    """Everything a folder of files says."""

    sheets: list[SheetReport]
    units: list[UnitEntry]
    sites: list[SiteEntry]
    programme: Programme | None
    people: list[Called]
    rejects: list[Reject]
    unit_index: UnitIndex
    site_index: SiteIndex
    exported: dict[str, frozenset[int]] = field(default_factory=dict)  # conference -> numbers of an exported list

    @property
    def row_count(self) -> int:
        return sum(len(called.rows) for called in self.people)

    @property
    def repeated(self) -> int:
        return self.row_count - len(self.people)

    @property
    def conflicts(self) -> list[Called]:
        return [called for called in self.people if called.other_sites]

    @property
    def phones_in_common(self) -> int:
        return len(shared_phones(self.people))


def recognise(
    books: Iterable[Workbook],
    *,
    known_units: Sequence[UnitEntry] = (),
    known_sites: Sequence[SiteEntry] = (),
    mappings: Mappings | None = None,
    known_people: Callable[[], Mapping[str, KnownRow]] = dict,
) -> Recognition:
    """Read every sheet: units first, then sites, then people, so that the order of the files doesn't matter.

    What the files say about a unit or site goes before what was known of it.
    """
    exported: dict[str, frozenset[int]] = {}
    reports, by_kind = _sorted_by_kind(_without_marks(books, exported), UnitIndex(known_units), mappings)
    rejects: list[Reject] = []
    new_units: dict[str, UnitEntry] = {}
    for report, sheet, layout in by_kind.get(ListKind.UNITS, ()):
        entries, refused = read_units(report.file, sheet, layout)
        _count(report, len(entries), refused, rejects)
        new_units |= {entry.code: entry for entry in entries}
    units = UnitIndex(({entry.code: entry for entry in known_units} | new_units).values())
    new_sites: dict[str, SiteEntry] = {}
    for report, sheet, layout in by_kind.get(ListKind.SITES, ()):
        site_entries, refused = read_sites(report.file, sheet, layout, units)
        _count(report, len(site_entries), refused, rejects)
        new_sites |= {entry.code: entry for entry in site_entries}
    for report, sheet, _layout in by_kind.get(None, ()):
        report.sender = sender_in_titles(_early_titles(sheet), units)
    sites = SiteIndex(({entry.code: entry for entry in known_sites} | new_sites).values(), units)
    programme: Programme | None = None
    for report, sheet, layout in by_kind.get(ListKind.PROGRAMME, ()):
        programme, refused = read_programme(report.file, sheet, layout)
        _count(report, len(programme.items), refused, rejects)
    rows: list[DelegateRow] = []
    lists = by_kind.pop(ListKind.DELEGATES, [])[::-1]
    while lists:
        report, sheet, layout = lists.pop()  # a sheet goes once it is read: a folder need not stand in memory twice
        sender = sender_in_titles(layout.titles, units)
        listed = read_delegates(report.file, sheet, layout, units, sites, sender, known_people)
        report.sender, report.unknown_units = listed.sender, listed.unknown_units
        _count(report, len(listed.rows), listed.rejects, rejects)
        rows += listed.rows
    _tell_copies(rows)
    people = join_rows(rows, units)
    return Recognition(
        reports, list(new_units.values()), list(new_sites.values()), programme, people, rejects, units, sites, exported
    )


def _without_marks(books: Iterable[Workbook], exported: dict[str, frozenset[int]]) -> Iterator[Workbook]:
    """The books without the hidden sheets that name who was exported; those are noted."""
    for book in books:
        for sheet in book.sheets:
            if sheet.name == MARKS_SHEET:
                code, numbers = exported_in(sheet)
                exported[code] = exported.get(code, frozenset()) | numbers
        book.sheets = [sheet for sheet in book.sheets if sheet.name != MARKS_SHEET]
        yield book


def _tell_copies(rows: Sequence[DelegateRow]) -> None:
    """A row that was copied to write somebody new has the code of the one it was copied from: the first has it."""
    seen: set[str] = set()
    for row in rows:
        if row.mark and (row.code in seen or not are_marks(row.mark)):
            row.code = row.mark = ""
        elif row.mark:
            seen.add(row.code)


_Found = tuple[SheetReport, Sheet, Layout]


def _sorted_by_kind(
    books: Iterable[Workbook], known: UnitIndex, mappings: Mappings | None
) -> tuple[list[SheetReport], dict[ListKind | None, list[_Found]]]:
    """Every sheet that holds a list, by its kind; under None those that a person has to explain.

    Quotas name no people, so they are known by what they are and stand under no kind.
    """
    reports: list[SheetReport] = []
    by_kind: dict[ListKind | None, list[_Found]] = {}
    for book in books:
        for sheet in book.sheets:
            sender = sender_in_titles(_early_titles(sheet), known)
            layout = find_layout(sheet, _mappings_for(sender, mappings))
            if layout is None:
                continue
            report = _report(book, sheet, layout)
            reports.append(report)
            if layout.needs_mapping and Column.FULL_NAME not in layout.columns and read_quotas(book.name, sheet, known):
                report.needs_mapping, report.is_quotas = False, True
                continue
            by_kind.setdefault(None if layout.needs_mapping else layout.kind, []).append((report, sheet, layout))
    return reports, by_kind


def _count(report: SheetReport, rows: int, refused: list[Reject], rejects: list[Reject]) -> None:
    report.rows, report.rejected = rows, len(refused)
    rejects += refused


def _early_titles(sheet: Sheet) -> list[str]:
    """Lines above the head, before the head is known: rows with hardly anything in them."""
    titles = []
    for row in sheet.rows[:12]:
        texts = [clean(cell) for cell in row if isinstance(cell, str) and cell.strip()]
        if len(texts) > 2:
            break
        titles += texts
    return titles


def _mappings_for(sender: str | None, mappings: Mappings | None) -> dict[str, ColumnMapping]:
    """What was said for this sender; else for no sender in particular; of an unnamed sender, whatever was said last."""
    chosen: dict[str, ColumnMapping] = {}
    for look, by_sender in (mappings or {}).items():
        for key in (sender, None) if sender else (None, *reversed(list(by_sender))):
            if key in by_sender:
                chosen[look] = by_sender[key]
                break
    return chosen


def _report(book: Workbook, sheet: Sheet, layout: Layout) -> SheetReport:
    return SheetReport(
        book.name,
        sheet.name,
        layout.kind,
        book.encoding,
        head_rows=layout.head_rows,
        first_row=layout.first_row,
        heads=layout.heads,
        columns={position: column for column, position in layout.columns.items()},
        by_content=layout.by_content,
        fingerprint=layout.fingerprint,
        needs_mapping=layout.needs_mapping,
        samples=[list(row) for row in sheet.rows[layout.first_row : layout.first_row + 6]],
    )
