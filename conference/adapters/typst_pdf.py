"""PDFs from Typst templates. What people typed travels as JSON data and is never read as markup."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst

FONTS = Path(__file__).parent / "fonts"
TEMPLATES = Path(__file__).parents[2] / "templates" / "print"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    import typst  # here and below: only who prints carries the compiler

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def render_pdf(template: str, data: Any) -> bytes:
    """The PDF of ``templates/print/<template>.typ``, which reads ``data`` from ``sys.inputs.data``."""
    import typst

    compiler = typst.Compiler(
        input=TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf")
    if not isinstance(pdf, bytes):
        raise TypeError(f"{template}.typ gave no single PDF")
    return pdf
