"""Reads printed pages back as two decoders that know nothing of each other see them: zxing and zbar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pytest
import zxingcpp

try:
    from pyzbar import pyzbar
except ImportError:  # the wheel looks for Debian's library
    pyzbar = None

MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True)
class Code:
    """A code on a page, in mm from its upper left corner."""

    text: str
    left: float
    top: float
    width: float


@dataclass(frozen=True)
class PrintedPage:
    size: tuple[float, float]
    text: str
    codes: list[Code]  # by zxing, from top to bottom
    by_zbar: set[str]


def pages(pdf: bytes, *, scale: float = 2) -> Iterator[PrintedPage]:
    """Every page, at ``scale`` times 72 dots an inch."""
    if pyzbar is None:
        pytest.skip("the second decoder is missing (Debian: apt-get install libzbar0)")
    document = pypdfium2.PdfDocument(pdf)
    millimetre = MM_PER_POINT / scale
    try:
        for page in document:
            bitmap = page.render(scale=scale, grayscale=True)
            rows = bytes(bitmap.buffer)
            width, height, stride = bitmap.width, bitmap.height, bitmap.stride
            pixels = b"".join(rows[y * stride : y * stride + width] for y in range(height))
            found = zxingcpp.read_barcodes(memoryview(pixels).cast("B", shape=[height, width]))
            codes = [
                Code(
                    one.text,
                    one.position.top_left.x * millimetre,
                    one.position.top_left.y * millimetre,
                    (one.position.top_right.x - one.position.top_left.x) * millimetre,
                )
                for one in found
            ]
            also = pyzbar.decode((pixels, width, height), symbols=[pyzbar.ZBarSymbol.QRCODE])
            words = page.get_textpage()
            across, down = page.get_size()
            yield PrintedPage(
                (round(across * MM_PER_POINT), round(down * MM_PER_POINT)),
                words.get_text_range(),
                sorted(codes, key=lambda code: code.top),
                {one.data.decode() for one in also},
            )
            words.close()
            bitmap.close()
            page.close()
    finally:
        document.close()
