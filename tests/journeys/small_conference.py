"""The lists of a small conference, as its units would send them, and a film of what is printed for its people."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp
from xlsxwriter import Workbook

UNITS = (
    ("TLD", "Cơ quan Tổng Liên đoàn Lao động Việt Nam", "Trung ương", None),
    ("CDN01", "Công đoàn Viên chức Việt Nam", "Ngành Trung ương", "TLD"),
    ("LD28", "Liên đoàn Lao động tỉnh Nghệ An", "Tỉnh", "TLD"),
    ("LD28-01", "Liên đoàn Lao động huyện Yên Thành", "Huyện", "LD28"),
    ("LD28-02", "Liên đoàn Lao động huyện Quỳ Hợp", "Huyện", "LD28"),
)
SITES = (
    (1, "HN", "Điểm cầu Hà Nội", "Trung ương", "Hà Nội", "TLD", "Cung Văn hóa Hữu nghị", 60),
    (2, "T28", "Điểm cầu LĐLĐ tỉnh Nghệ An", "Cấp tỉnh", "Nghệ An", "LD28", "Hội trường tỉnh", 40),
    (3, "H28-01", "Điểm cầu LĐLĐ huyện Yên Thành, Nghệ An", "Cấp huyện", "Nghệ An", "LD28-01", "Hội trường huyện", 20),
)
HERE = "LĐLĐ huyện Yên Thành, Nghệ An"
NAMES_HERE = (
    "Đặng Hữu Phước", "Nguyễn Thị Ánh", "Hồ Sỹ Quyền", "Nguyễn Thị An", "Nguyễn Thị Ân", "Trần Nguyễn Hoàng Thảo",
    "Lê Thị Hoài Thương", "Vũ Đức Ỷ", "Phan Văn Ích", "Bùi Thị Yến",
)  # fmt: skip
NAMES_THERE = (
    "Đậu Đình Tài", "Cao Xuân Hải", "Ngô Thị Mận", "Lương Thị Ót", "Vi Văn Ơn", "Lô Thị Út", "Trương Công Định",
    "Đinh Thị Hạnh", "Tô Minh Khuê", "Hà Thị Êm",
)  # fmt: skip
COLUMNS = (
    "STT", "Họ và tên", "Ngày, tháng, năm sinh", "Giới tính", "Chức vụ", "Đơn vị công tác", "Thành phần",
    "Điểm cầu tham dự", "Số điện thoại", "Thư điện tử",
)  # fmt: skip


def address_of(place: int) -> str:
    return f"nguoi{place:02}@congdoan.example"


def lists(folder: Path) -> list[Path]:
    """Units, sites and the lists of two senders. One row comes twice, one can't be read."""
    here = [(place, name, HERE) for place, name in enumerate(NAMES_HERE, start=1)]
    there = [(place, name, "LĐLĐ tỉnh Nghệ An") for place, name in enumerate(NAMES_THERE, start=len(NAMES_HERE) + 1)]
    return [
        _book(folder / "don-vi.xlsx", "DANH SÁCH ĐƠN VỊ", ("Mã", "Tên đơn vị", "Cấp", "Mã cấp trên"), UNITS),
        _book(
            folder / "diem-cau.xlsx",
            "DANH SÁCH ĐIỂM CẦU",
            ("STT", "Mã", "Tên điểm cầu", "Cấp", "Tỉnh, thành phố", "Mã đơn vị chủ trì", "Địa điểm", "Sức chứa"),
            SITES,
        ),
        _people(folder / "yen-thanh.xlsx", "LIÊN ĐOÀN LAO ĐỘNG HUYỆN YÊN THÀNH", [*here, here[0], (99, "", HERE)]),
        _people(folder / "nghe-an.xlsx", "LIÊN ĐOÀN LAO ĐỘNG TỈNH NGHỆ AN", there),
    ]


def _people(path: Path, sender: str, people: list[tuple[int, str, str]]) -> Path:
    unit = "Liên đoàn Lao động huyện Yên Thành" if "YÊN THÀNH" in sender else "Liên đoàn Lao động tỉnh Nghệ An"
    rows = [
        (
            place,
            name,
            f"{place % 27 + 1:02}/03/{1960 + place}",
            "Nữ" if "Thị" in name else "Nam",
            "Chủ tịch CĐCS",
            unit,
            "Ủy viên Ban Chấp hành",
            site,
            f"09120000{place:02}",
            address_of(place),
        )
        for place, name, site in people
    ]
    return _book(path, "DANH SÁCH CÁN BỘ THAM DỰ HỘI NGHỊ", COLUMNS, rows, sender=sender)


def _book(path: Path, title: str, heads: tuple[str, ...], rows: Any, *, sender: str = "") -> Path:
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("Danh sách")
        lines = [("TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM",), (sender,)] if sender else []
        for place, line in enumerate([*lines, (title,), (), heads, *rows]):
            sheet.write_row(place, 0, ["" if cell is None else cell for cell in line])
    return path


WIDTH, HEIGHT = 640, 480


def film_of_badges(pdf: bytes, pages: int, path: Path, *, frames_each: int = 18) -> Path:
    """A film for a camera before which these pages of printed badges are held one after the other."""
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for place in range(pages):
            for picture in (bytes([90]) * (WIDTH * HEIGHT), _before_the_camera(document[place])):
                for _ in range(frames_each // (1 if picture[0] != 90 else 3)):
                    film.write(b"FRAME\n" + picture + grey)
    document.close()
    return path


def _before_the_camera(page: Any) -> bytes:
    """The page's brightness with the code in the middle, on a dim hall."""
    bitmap = page.render(scale=WIDTH * 0.8 / page.get_width(), grayscale=True)
    pixels, width, height, stride = bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride
    flat = b"".join(pixels[y * stride : y * stride + width] for y in range(height))
    (code,) = zxingcpp.read_barcodes(memoryview(flat).cast("B", shape=[height, width]))
    middle = (code.position.top_left.y + code.position.bottom_left.y) // 2
    top, left = max(0, min(middle - HEIGHT // 2, height - HEIGHT)), (WIDTH - width) // 2
    rows = []
    for y in range(top, top + HEIGHT):
        inside = flat[y * width : (y + 1) * width] if y < height else b"\x46" * width
        rows.append(b"\x46" * left + inside + b"\x46" * (WIDTH - width - left))
    bitmap.close()
    page.close()
    return b"".join(rows)
