"""Workbooks made in tests, and the reference conference's own, as the recogniser gets them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from conference.adapters.spreadsheet import read_workbook_file
from conference.foundation.sheets import Cell, Sheet, Workbook
from conference.registry.imports.files import files_in
from conference.registry.lists.sites import SiteEntry
from conference.registry.lists.units import UnitEntry
from conference.registry.recognition import Recognition, recognise

REFERENCE = Path(__file__).parents[2] / "conference" / "demo" / "reference"

UNITS = (
    UnitEntry("TLD", "Cơ quan Tổng Liên đoàn Lao động Việt Nam"),
    UnitEntry("LD24", "Liên đoàn Lao động tỉnh Bắc Giang", "", "TLD"),
    UnitEntry("LD24-01", "Liên đoàn Lao động huyện Yên Thế", "", "LD24"),
    UnitEntry("LD82", "Liên đoàn Lao động tỉnh Tiền Giang", "", "TLD"),
    UnitEntry("LD82-01", "Liên đoàn Lao động huyện Châu Thành", "", "LD82"),
    UnitEntry("LD83", "Liên đoàn Lao động tỉnh Bến Tre", "", "TLD"),
    UnitEntry("LD83-01", "Liên đoàn Lao động huyện Châu Thành", "", "LD83"),
    UnitEntry("LD83-02", "Liên đoàn Lao động huyện Thạnh Phú", "", "LD83"),
)
SITES = (
    SiteEntry("HN", "Điểm cầu Hà Nội", province="Hà Nội", host_code="TLD"),
    SiteEntry("T24", "Điểm cầu LĐLĐ tỉnh Bắc Giang", province="Bắc Giang", host_code="LD24"),
    SiteEntry("T82", "Điểm cầu LĐLĐ tỉnh Tiền Giang", province="Tiền Giang", host_code="LD82"),
    SiteEntry("H82-01", "Điểm cầu LĐLĐ huyện Châu Thành, Tiền Giang", province="Tiền Giang", host_code="LD82-01"),
    SiteEntry("T83", "Điểm cầu LĐLĐ tỉnh Bến Tre", province="Bến Tre", host_code="LD83"),
    SiteEntry("H83-01", "Điểm cầu LĐLĐ huyện Châu Thành, Bến Tre", province="Bến Tre", host_code="LD83-01"),
    SiteEntry("H83-02", "Điểm cầu LĐLĐ huyện Thạnh Phú, Bến Tre", province="Bến Tre", host_code="LD83-02"),
)
HEAD = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Chức vụ", "Đơn vị", "Thành phần", "Điểm cầu", "Điện thoại"]
TITLE = [["TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"], ["LIÊN ĐOÀN LAO ĐỘNG TỈNH BẾN TRE"], ["DANH SÁCH"], []]


def row(
    number: int,
    name: str,
    birth: Cell = "03/11/1964",
    phone: Cell = "",
    *,
    unit: str = "Liên đoàn Lao động huyện Thạnh Phú",
    site: str = "T83",
    category: str = "",
    position: str = "Chủ tịch",
) -> list[Cell]:
    return [number, name, birth, "Nam", position, unit, category, site, phone]


def book(
    *rows: list[Cell], name: str = "a.xlsx", sheet: str = "Sheet1", title: list[list[Cell]] | None = None
) -> Workbook:
    return Workbook(name, [Sheet(sheet, [*(TITLE if title is None else title), *rows])])


def read(*books: Workbook, **known: object) -> Recognition:
    return recognise(books, **{"known_units": UNITS, "known_sites": SITES, **known})


@lru_cache(maxsize=1)
def reference() -> Recognition:
    """The reference conference, recognised once a test run: tests only look at it."""
    return recognise(read_workbook_file(path) for path in files_in(REFERENCE))
