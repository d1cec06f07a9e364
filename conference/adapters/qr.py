"""Digits as a QR picture: numeric mode, error correction M, as one SVG path."""

from __future__ import annotations

from io import BytesIO

import segno

QUIET_ZONE = 4
FIXED_MASK = 2
"""Choosing among the eight masks takes five sixths of the time; any of them can be read."""


def qr_path(digits: str) -> tuple[str, int]:
    """The dark modules as path data in module units, row by row in runs, and how many modules wide the code is."""
    return _path(segno.make(digits, error="m", mode="numeric", mask=FIXED_MASK, boost_error=False, micro=False))


def row_qr_path(digits: str) -> tuple[str, int]:
    """The same for the few digits of a printed row: the smallest code, with more correction, for rough paper."""
    return _path(
        segno.make(digits, version=1, error="q", mode="numeric", mask=FIXED_MASK, boost_error=False, micro=False)
    )


def address_qr_path(address: str) -> tuple[str, int]:
    """The same for an address that a phone's camera shall open."""
    return _path(segno.make(address, error="m", mask=FIXED_MASK, boost_error=False, micro=False))


def _path(code: segno.QRCode) -> tuple[str, int]:
    parts: list[str] = []
    for y, row in enumerate(code.matrix):
        x, width = 0, len(row)
        while x < width:
            if not row[x]:
                x += 1
                continue
            start = x
            while x < width and row[x]:
                x += 1
            parts.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
    return "".join(parts), len(code.matrix)


def qr_png(digits: str) -> bytes:
    """A picture for papers that take no vectors, with its quiet zone."""
    target = BytesIO()
    code = segno.make(digits, error="m", mode="numeric", mask=FIXED_MASK, boost_error=False, micro=False)
    code.save(target, kind="png", scale=8, border=QUIET_ZONE)
    return target.getvalue()


def qr_svg(digits: str, *, quiet_zone: int = QUIET_ZONE) -> str:
    """A whole SVG picture on white with its quiet zone. It says nothing but the digits."""
    path, size = qr_path(digits)
    whole = size + 2 * quiet_zone
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-quiet_zone} {-quiet_zone} {whole} {whole}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M{-quiet_zone} {-quiet_zone}h{whole}v{whole}h-{whole}z"/>'
        f'<path d="{path}"/></svg>'
    )
