"""Looks into a spreadsheet file before anything reads it: type by content, real sizes, macros, passwords.

A reader believes what a file says about itself; a hostile file says little and unpacks to gigabytes. Every
part that the reader would open is unpacked here once, in bounded memory, and counted.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

from conference.foundation.errors import DomainError

MAX_FILE_BYTES = 25 * 2**20
MAX_ENTRIES = 2_000
MAX_PART_BYTES = 40 * 2**20
MAX_UNPACKED_BYTES = 80 * 2**20
MAX_ROWS = 60_000  # in one sheet
MAX_CELLS = 1_000_000  # in the rectangle that one sheet spans
MAX_DEPTH = 500
MAX_SHEETS = 500
MAX_TEXT_BYTES = 80 * 2**20  # of all cells together: one string may stand in each of a million

_WINDOW = 1 << 18
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FAR = re.compile(rb' r="(?:[A-Z]{2}|[A-Z]?\d{5})')
_UNUSUAL = (b"r='", b"r =", b"\tr=", b"\nr=", b"\rr=", b"r= ")
_END_OF_STRING = re.compile(rb"</(?:\w+:)?si\s*>")
_EMPTY_STRING = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?/>")
_SHARED_CELL = re.compile(rb"""\bt\s*=\s*["'](?:s["']|&)""")
_REFERENCE = re.compile(rb't="s"[^>]*><v>(\d{1,9})</v>')
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?r\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^>]*?(/?)>""")
_ODS_ROW = re.compile(
    rb"<table:table-row(?P<attributes>[^>]*)>(?P<cells>.*?)</table:table-row>|<table:table(?=[\s>])",
    re.DOTALL,
)
_ODS_REPEAT = re.compile(rb"number-(rows|columns)-repeated\s*=\s*[\"'](\d+)")


class FileKind(StrEnum):
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"


def kind_of(name: str, content: bytes) -> FileKind:
    """What a file is by its content; raises a DomainError with a code of its own for each thing we refuse."""
    if not content.strip():
        raise DomainError("sheet_empty", file=name)
    if len(content) > MAX_FILE_BYTES:
        raise DomainError("sheet_too_large", file=name, megabytes=MAX_FILE_BYTES >> 20)
    suffix = PurePath(name).suffix.lower()
    if content.startswith(b"PK"):
        kind = _check_zip(name, content)
    elif content.startswith(_OLE_MAGIC):
        _check_ole(name, content)
        kind = FileKind.XLS
    elif suffix in (".csv", ".txt", ".tsv") and not _is_binary(content):
        kind = FileKind.CSV
    else:
        raise DomainError("sheet_wrong_type", file=name)
    expected = {".xlsx": FileKind.XLSX, ".xls": FileKind.XLS, ".ods": FileKind.ODS, ".csv": FileKind.CSV}
    if kind is not expected.get(suffix, FileKind.CSV if suffix in (".txt", ".tsv") else None):
        if suffix in (".xlsm", ".xltm", ".xlam"):
            raise DomainError("sheet_macros", file=name)
        raise DomainError("sheet_renamed", file=name, kind=kind.value)
    return kind


def _is_binary(content: bytes) -> bool:
    head = content[:8192]
    if head.startswith((b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF", b"MZ")):
        return True
    if (
        head.lstrip(b"\xef\xbb\xbf \r\n\t")[:256]
        .lower()
        .startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"{\\rtf"))
    ):
        return True
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) * 3 > len(head):
        return False  # UTF-16 text has a zero byte in nearly every pair
    return 0 in head or sum(byte < 9 for byte in head) > 0


def _check_zip(name: str, content: bytes) -> FileKind:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError) as error:
        raise DomainError("sheet_damaged", file=name) from error
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise DomainError("sheet_bomb", file=name)
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise DomainError("sheet_password", file=name)
    lowered = [part.lower() for part in names]
    if any(part.endswith("vbaproject.bin") or part.startswith(("basic/", "scripts/")) for part in lowered):
        raise DomainError("sheet_macros", file=name)
    if any(".." in part.split("/") or part.startswith("/") for part in names) or len(set(lowered)) != len(names):
        raise DomainError("sheet_damaged", file=name)
    if "xl/workbook.xml" in lowered:
        kind = FileKind.XLSX
    elif "content.xml" in names and "mimetype" in names:
        kind = FileKind.ODS
    elif "xl/workbook.bin" in lowered:
        raise DomainError("sheet_binary", file=name)
    else:
        raise DomainError("sheet_wrong_type", file=name)
    if sum(part.startswith("xl/worksheets/") and part.endswith(".xml") for part in lowered) > MAX_SHEETS:
        raise DomainError("sheet_bomb", file=name)
    unpacked = 0
    tables: list[bytearray] = []
    sheets: list[bytearray] = []
    for entry in entries:
        if not entry.filename.lower().endswith((".xml", ".rels")):
            continue
        part = _checked_part(name, archive, entry)
        unpacked += len(part)
        if unpacked > MAX_UNPACKED_BYTES:
            raise DomainError("sheet_bomb", file=name)
        if entry.filename == "content.xml":
            _check_ods_repeats(name, part)
        elif kind is FileKind.XLSX and b"sheetData" in part:
            _check_rectangle(name, part)
            sheets.append(part)
        elif _END_OF_STRING.search(part):
            tables.append(part)
    if _text_bytes(sheets, tables) > MAX_TEXT_BYTES:
        raise DomainError("sheet_bomb", file=name)
    return kind


def _text_bytes(sheets: Sequence[bytearray], tables: Sequence[bytearray]) -> int:
    """What all shared strings take at most once each cell has its own copy: every cell as long as the longest, and
    exact where that would be too much and the parts are written as office programs write them."""
    lengths = [len(string) for table in tables for string in _END_OF_STRING.split(table)]
    longest = max(lengths, default=0)
    cells = sum(len(_SHARED_CELL.findall(sheet)) for sheet in sheets)
    if longest * cells <= MAX_TEXT_BYTES or len(tables) > 1 or _EMPTY_STRING.search(tables[0]):
        return longest * cells
    places = [int(place) for sheet in sheets for place in _REFERENCE.findall(sheet)]
    return sum(lengths[place] for place in places if place < len(lengths)) + longest * (cells - len(places))


def _checked_part(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytearray:
    """Unpack one part in windows: real size, nesting, declarations."""
    part = bytearray()
    depth = 0
    for window in _windows(name, archive, entry):
        part += window
        if len(part) > MAX_PART_BYTES:
            raise DomainError("sheet_bomb", file=name)
        # Opened minus closed tags; exact but for tags cut at a border, and far cheaper than a parser.
        depth += window.count(b"<") - 2 * window.count(b"</") - window.count(b"/>") - window.count(b"<?")
        if depth > MAX_DEPTH:
            raise DomainError("sheet_bomb", file=name)
    if (
        part.startswith((b"\xff\xfe", b"\xfe\xff"))
        or b"\0" in part[:200]
        or b"<!DOCTYPE" in part
        or b"<!ENTITY" in part
    ):
        raise DomainError("sheet_bomb", file=name)
    return part


def _windows(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(entry) as stream:
            while window := stream.read(_WINDOW):
                yield window
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise DomainError("sheet_damaged", file=name) from error


def _check_rectangle(name: str, part: bytearray) -> None:
    """A reader lays out all cells between the first and the last: two in far corners cost gigabytes."""
    if not _FAR.search(part) and not any(sign in part for sign in _UNUSUAL):
        return  # at most 26 columns and 9,999 rows
    widest = longest = 0
    for letters, digits, is_empty in _CELL.findall(part):
        if is_empty:
            continue
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        widest, longest = max(widest, column), max(longest, int(digits))
    if longest > MAX_ROWS or widest * longest > MAX_CELLS:
        raise DomainError("sheet_too_many_rows", file=name, rows=MAX_ROWS)


def _check_ods_repeats(name: str, part: bytearray) -> None:
    rows, cells = 0, 0
    for found in _ODS_ROW.finditer(part):
        if found["cells"] is None:
            rows = cells = 0
            continue
        repeats = {kind: int(count) for kind, count in _ODS_REPEAT.findall(found["attributes"])}
        if b"office:value" not in found["cells"] and b"<text:p" not in found["cells"]:
            continue
        rows += repeats.get(b"rows", 1)
        columns = found["cells"].count(b"<table:table-cell")
        columns += sum(int(count) for _, count in _ODS_REPEAT.findall(found["cells"].rpartition(b"<text:p")[0]))
        cells += repeats.get(b"rows", 1) * columns
        if rows > MAX_ROWS or cells > MAX_CELLS:
            raise DomainError("sheet_too_many_rows", file=name, rows=MAX_ROWS)


# --- the binary format of Excel 97 to 2003: a small file system (OLE) around a stream of records (BIFF) ---

_FREE_SECTOR = 0xFFFFFFFA
_CELL_RECORDS = {0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E}
_BEGIN, _FILE_PASS, _END = 0x0809, 0x002F, 0x000A


def _check_ole(name: str, content: bytes) -> None:
    try:
        streams = _ole_directory(content)
        if "EncryptedPackage" in streams:
            raise DomainError("sheet_password", file=name)
        if any(stream.upper().startswith("_VBA_PROJECT") for stream in streams):
            raise DomainError("sheet_macros", file=name)
        book = streams.get("Workbook") or streams.get("Book")
        if book is None:
            raise DomainError("sheet_wrong_type", file=name)
        _check_records(name, _ole_stream(content, *book))
    except (struct.error, IndexError, ValueError, UnicodeDecodeError) as error:
        raise DomainError("sheet_damaged", file=name) from error


def _sectors(content: bytes) -> tuple[int, list[int]]:
    """Size of a sector, and for each sector the next one of its chain."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    if size not in (512, 4096):
        raise ValueError("sector size")
    count, first_more = struct.unpack_from("<I", content, 44)[0], struct.unpack_from("<I", content, 68)[0]
    tables = [sector for sector in struct.unpack_from("<109I", content, 76) if sector < _FREE_SECTOR]
    most = len(content) // size + 1
    for _sector in range(most + 1):
        if first_more >= _FREE_SECTOR or len(tables) >= count:
            break
        more = struct.unpack_from(f"<{size // 4}I", content, (first_more + 1) * size)
        tables += [sector for sector in more[:-1] if sector < _FREE_SECTOR]
        first_more = more[-1]
    else:
        raise ValueError("leads round in a circle")
    chain: list[int] = []
    for table in tables[:most]:
        chain += struct.unpack_from(f"<{size // 4}I", content, (table + 1) * size)
    return size, chain


def _ole_stream(content: bytes, start: int, length: int) -> bytes:
    size, chain = _sectors(content)
    parts, seen = [], 0
    while start < _FREE_SECTOR and seen * size <= len(content):
        parts.append(content[(start + 1) * size : (start + 2) * size])
        start, seen = chain[start], seen + 1
    return b"".join(parts)[:length]


def _ole_directory(content: bytes) -> dict[str, tuple[int, int]]:
    directory = _ole_stream(content, struct.unpack_from("<I", content, 48)[0], len(content))
    streams: dict[str, tuple[int, int]] = {}
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        if 2 <= length <= 64:
            title = directory[at : at + length - 2].decode("utf-16-le")
            streams[title] = struct.unpack_from("<II", directory, at + 116)
    return streams


def _check_records(name: str, stream: bytes) -> None:
    at = 0
    widest = longest = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _FILE_PASS:
            raise DomainError("sheet_password", file=name)
        if kind == _BEGIN:
            widest = longest = 0
        elif kind in _CELL_RECORDS and length >= 6:
            row, column = struct.unpack_from("<HH", stream, at + 4)
            if kind == 0x00BD:
                column = struct.unpack_from("<H", stream, at + 4 + length - 2)[0]
            widest, longest = max(widest, column + 1), max(longest, row + 1)
            if longest > MAX_ROWS or widest * longest > MAX_CELLS:
                raise DomainError("sheet_too_many_rows", file=name, rows=MAX_ROWS)
        at += 4 + length
