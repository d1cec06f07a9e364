"""Reads printed badges back: the picture of each page, and the digits in its code."""

from __future__ import annotations

from collections.abc import Iterator

import pypdfium2
import zxingcpp

MM_PER_POINT = 25.4 / 72


def pages(pdf: bytes) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """(digits, text, size in mm) of each page, as a scanner and a reader see them."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            bitmap = page.render(scale=2, grayscale=True)
            rows = bytes(bitmap.buffer)
            pixels = b"".join(rows[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height))
            found = zxingcpp.read_barcodes(memoryview(pixels).cast("B", shape=[bitmap.height, bitmap.width]))
            words = page.get_textpage()
            width, height = page.get_size()
            yield (
                found[0].text if len(found) == 1 else "",
                words.get_text_range(),
                (round(width * MM_PER_POINT), round(height * MM_PER_POINT)),
            )
            words.close()
            bitmap.close()
            page.close()
    finally:
        document.close()


def width_of_code(pdf: bytes) -> float:
    """How wide the code of the first page is, in mm, without its quiet zone."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    bitmap = page.render(scale=4, grayscale=True)
    rows = bytes(bitmap.buffer)
    pixels = b"".join(rows[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height))
    (code,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", shape=[bitmap.height, bitmap.width]))
    wide = code.position.top_right.x - code.position.top_left.x
    bitmap.close()
    page.close()
    document.close()
    return wide / 4 * MM_PER_POINT
