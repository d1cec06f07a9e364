"""Where the provinces lie beside each other: one tile each, so that small ones can be read and hit as well as large.

Column and row of each tile, from the north-west. Both divisions stand in it: the 63 provinces until 2025, and the 34
since, each at the place of the old one whose name it bears.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conference.foundation.text import fold


@dataclass(frozen=True)
class Tile:
    """``short`` is for screens on which the name has no room."""

    name: str
    short: str
    column: int
    row: int


_ROWS = (
    "3 Hà Giang HG|5 Cao Bằng CB",
    "1 Lai Châu LCh|2 Lào Cai LCa|3 Tuyên Quang TQ|4 Bắc Kạn BK|6 Lạng Sơn LS",
    "0 Điện Biên ĐB|1 Sơn La SL|2 Yên Bái YB|3 Phú Thọ PT|4 Vĩnh Phúc VP|5 Thái Nguyên TNg|6 Bắc Giang BG"
    "|7 Quảng Ninh QN",
    "2 Hòa Bình HB|3 Hà Nội HN|4 Bắc Ninh BN|5 Hải Dương HD|6 Hải Phòng HP",
    "3 Hà Nam HNa|4 Hưng Yên HY|5 Thái Bình TB",
    "3 Ninh Bình NB|4 Nam Định NĐ",
    "2 Thanh Hóa TH",
    "2 Nghệ An NA",
    "2 Hà Tĩnh HT",
    "3 Quảng Bình QB",
    "3 Quảng Trị QT",
    "4 Thừa Thiên Huế TTH|5 Đà Nẵng ĐN",
    "5 Quảng Nam QNm",
    "4 Kon Tum KT|5 Quảng Ngãi QNg",
    "4 Gia Lai GL|5 Bình Định BĐ",
    "4 Đắk Lắk ĐL|5 Phú Yên PY",
    "3 Đắk Nông ĐNo|4 Lâm Đồng LĐ|5 Khánh Hòa KH",
    "1 Tây Ninh TN|2 Bình Phước BP|3 Bình Dương BD|4 Đồng Nai ĐNa|5 Ninh Thuận NT",
    "0 Đồng Tháp ĐT|1 Long An LA|2 Hồ Chí Minh HCM|3 Bà Rịa - Vũng Tàu VT|4 Bình Thuận BTh",
    "0 An Giang AG|1 Vĩnh Long VL|2 Tiền Giang TG|3 Bến Tre BTr",
    "0 Kiên Giang KG|1 Cần Thơ CT|2 Hậu Giang HGi|3 Trà Vinh TV",
    "0 Cà Mau CM|1 Bạc Liêu BL|2 Sóc Trăng ST",
)


def _tiles() -> tuple[Tile, ...]:
    found = []
    for row, line in enumerate(_ROWS):
        for part in line.split("|"):
            column, *words, short = part.split()
            found.append(Tile(" ".join(words), short, int(column), row))
    return tuple(found)


UNTIL_2025 = _tiles()
_NO_MORE = """
    Hà Giang, Bắc Kạn, Yên Bái, Vĩnh Phúc, Bắc Giang, Hòa Bình, Hải Dương, Hà Nam, Thái Bình, Nam Định, Quảng Bình,
    Quảng Nam, Kon Tum, Bình Định, Phú Yên, Đắk Nông, Bình Phước, Bình Dương, Ninh Thuận, Long An, Bà Rịa - Vũng Tàu,
    Bình Thuận, Tiền Giang, Bến Tre, Kiên Giang, Hậu Giang, Trà Vinh, Bạc Liêu, Sóc Trăng
"""
SINCE_2025 = tuple(
    Tile("Huế", "Huế", tile.column, tile.row) if tile.name == "Thừa Thiên Huế" else tile
    for tile in UNTIL_2025
    if tile.name not in {" ".join(name.split()) for name in _NO_MORE.split(",")}
)
ISLANDS = (("Hoàng Sa", 7, 11), ("Trường Sa", 7, 16))
"""Parts of Đà Nẵng and Khánh Hòa that belong on every map of the country."""

_PREFIX = re.compile(r"^(tinh|thanh pho|tp\.?) +")


def province_key(name: str) -> str:
    """'TP Hồ Chí Minh', 'Thành phố Hồ Chí Minh' and 'Hồ Chí Minh' are one."""
    return _PREFIX.sub("", fold(name))


def division_of(names: set[str]) -> tuple[Tile, ...]:
    """The tiles to draw for sites in these provinces: today's 34, unless one of them is no more."""
    today = {province_key(tile.name) for tile in SINCE_2025}
    former = {province_key(tile.name) for tile in UNTIL_2025} - today
    return UNTIL_2025 if former & {province_key(name) for name in names} else SINCE_2025
