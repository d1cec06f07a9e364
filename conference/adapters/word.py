"""Official papers as Word files, by the forms of unions and Party. What people typed is text, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "Times New Roman"
NO_BREAK = "\N{NO-BREAK SPACE}"
TOGETHER = ("LIÊN ĐOÀN", "LAO ĐỘNG", "CÔNG ĐOÀN", "VIỆT NAM", "THÀNH PHỐ", "HỒ CHÍ MINH", "TRUNG ƯƠNG", "CƠ QUAN")
TEXT_MM = 160
CAPITAL_MM = 0.207
"""How wide a bold capital of this font is, a point of its size, on average."""


@dataclass(frozen=True)
class Form:
    """Sizes in points and fixed words of one form of papers: what an office may want otherwise stands here."""

    national: str
    motto: str  # empty: none
    national_size: float
    motto_size: float
    body_above_size: float
    body_size: float
    star: bool  # under the issuing body, instead of a rule
    number_size: float
    date_size: float
    kind_size: float
    subject_size: float
    text_size: float
    signature_size: float
    recipients_size: float = 11
    recipients_head_size: float = 12
    left_mm: int = 66  # of the heading; the rest of the line belongs to the national words, which must not break
    rule_mm: int = 53  # as long as the words above it


UNION = Form(
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", 12, 13, 12, 12, False, 13, 13, 14, 14, 14, 14
)
PARTY = Form("ĐẢNG CỘNG SẢN VIỆT NAM", "", 15, 0, 14, 14, True, 14, 14, 16, 15, 14, 14, left_mm=72, rule_mm=65)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One paper to one person. Every text is shown as it is."""

    superior: str
    issuer: str
    number: str
    place_and_date: str
    kind: str
    subject: str
    to: str
    to_more: Sequence[str]
    paragraphs: Sequence[str]
    authority: str
    signer_position: str
    signer: str
    recipients: Sequence[str]
    code: bytes = b""  # a picture, PNG
    code_words: str = ""


def write_papers(papers: Sequence[Paper], form: Form, *, title: str) -> bytes:
    """All papers in one file, each from a page of its own on, numbered from its second page."""
    import docx  # only who writes a Word file carries what it takes

    document = docx.Document()
    _set_up(document, form, title)
    for index, paper in enumerate(papers):
        if index:
            _new_section(document)
        _write(document, paper, form)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _set_up(document: Document, form: Form, title: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    normal = document.styles["Normal"]
    normal.font.name = FONT
    normal.font.size = Pt(form.text_size)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    document.core_properties.title = title
    document.core_properties.author = ""
    document.core_properties.comments = ""
    section = document.sections[0]
    _measure(section)
    _number_pages(section)


def _measure(section: Section) -> None:
    from docx.shared import Mm

    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(20)


def _number_pages(section: Section) -> None:
    """Centred in the top margin, and not on a paper's first page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = words
        run._r.append(element)


def _new_section(document: Document) -> None:
    from docx.enum.section import WD_SECTION
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.different_first_page_header_footer = True
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.append(numbering)


def _write(document: Document, paper: Paper, form: Form) -> None:
    _head(document, paper, form)
    _line(document, paper.kind, form.kind_size, bold=True, before=14)
    if paper.subject:
        _line(document, paper.subject, form.subject_size, bold=True)
        _rule(document.add_paragraph(), 6.0)
    to = _line(document, "Kính gửi: ", form.text_size, before=8)
    _run(to, paper.to, form.text_size, bold=True)
    for words in paper.to_more:
        _line(document, words, form.text_size)
    for words in paper.paragraphs:
        _paragraph(document, words, form)
    _foot(document, paper, form)


def _head(document: Document, paper: Paper, form: Form) -> None:
    left, right = _columns(document, form.left_mm, TEXT_MM - form.left_mm)
    if paper.superior:
        _add(left, _in_even_lines(paper.superior.upper(), form.left_mm, form.body_above_size), form.body_above_size)
    _add(left, _in_even_lines(paper.issuer.upper(), form.left_mm, form.body_size), form.body_size, bold=True)
    if form.star:
        _add(left, "*", form.body_size)
    else:
        _rule(left.add_paragraph(), 2.2)
    _add(left, paper.number, form.number_size)
    _add(right, form.national, form.national_size, bold=True)
    if form.motto:
        _add(right, form.motto, form.motto_size, bold=True)
    _rule(right.add_paragraph(), (TEXT_MM - form.left_mm - form.rule_mm) / 20)
    _add(right, paper.place_and_date, form.date_size, italic=True)


def _in_even_lines(words: str, width_mm: int, size: float) -> str:
    """A name too long for its line in lines of about the same length, not with one word left over.

    Where a body's name stands in two words, both stay in one line.
    """
    for pair in TOGETHER:
        words = words.replace(pair, pair.replace(" ", NO_BREAK))
    lines = ceil(len(words) * size * CAPITAL_MM * 1.05 / width_mm)
    for most in range(len(words) // lines, len(words)):
        found = wrap(words, most, break_long_words=False, break_on_hyphens=False)
        if len(found) <= lines:
            return "\n".join(found).replace(NO_BREAK, " ")
    return words.replace(NO_BREAK, " ")


def _foot(document: Document, paper: Paper, form: Form) -> None:
    from docx.shared import Mm, Pt

    for paragraph in (document.paragraphs[-1], document.add_paragraph()):
        paragraph.paragraph_format.keep_with_next = True  # a signature never stands alone on a page
    left, right = _columns(document, 75, TEXT_MM - 75)
    _add(left, "Nơi nhận:", form.recipients_head_size, bold=True, italic=True, centred=False)
    for words in paper.recipients:
        _add(left, words, form.recipients_size, centred=False)
    if paper.code:
        picture = left.add_paragraph()
        picture.paragraph_format.space_before = Pt(8)
        picture.add_run().add_picture(BytesIO(paper.code), width=Mm(34))
        _add(left, paper.code_words, form.recipients_size, italic=True, centred=False)
    for words in (paper.authority, paper.signer_position):
        if words:
            _add(right, words.upper(), form.signature_size, bold=True)
    for _room in range(4):  # for signature and seal
        _add(right, "", form.signature_size)
    _add(right, paper.signer, form.signature_size, bold=True)


def _columns(document: Document, *widths: int) -> Sequence[_Cell]:
    """Cells side by side without lines; each begins with an empty paragraph, which the first words take."""
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    table = document.add_table(rows=1, cols=len(widths))
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")  # none: the columns begin and end with the text above and below
    for side in ("left", "right"):
        margins.append(_element(side, w=0, type="dxa"))
    table._tbl.tblPr.append(margins)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for column, cell, width in zip(table.columns, table.rows[0].cells, widths, strict=True):
        column.width = cell.width = Mm(width)
    return tuple(table.rows[0].cells)


def _element(name: str, **attributes: object) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), str(value))
    return element


def _add(cell: _Cell, words: str, size: float, *, centred: bool = True, **look: bool) -> None:
    first = cell.paragraphs[0]
    is_free = len(cell.paragraphs) == 1 and not first.runs
    _fill(first if is_free else cell.add_paragraph(), words, size, centred=centred, **look)


def _line(document: Document, words: str, size: float, *, before: float = 0, **look: bool) -> Paragraph:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(before)
    return _fill(paragraph, words, size, centred=True, **look)


def _paragraph(document: Document, words: str, form: Form) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    paragraph.paragraph_format.first_line_indent = Mm(10)
    paragraph.paragraph_format.space_before = Pt(6)
    paragraph.paragraph_format.line_spacing = 1.15
    _run(paragraph, words, form.text_size)


def _fill(paragraph: Paragraph, words: str, size: float, *, centred: bool, **look: bool) -> Paragraph:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, words, size, **look)
    return paragraph


def _run(paragraph: Paragraph, words: str, size: float, *, bold: bool = False, italic: bool = False) -> None:
    from docx.shared import Pt

    run = paragraph.add_run(_printable(words))
    run.font.size = Pt(size)
    run.bold, run.italic = bold, italic


def _printable(words: str) -> str:
    """XML knows no control characters; a name that holds one loses it here and nowhere else."""
    return "".join(sign for sign in words if sign in "\t\n" or (sign >= " " and sign not in "\x7f\ufffe\uffff"))


def _rule(paragraph: Any, indent_cm: float) -> None:
    """A thin line of its own, shorter than the column by an indent at both sides."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Cm(indent_cm)
    layout.line_spacing = Pt(4)
    layout.space_after = Pt(4)
    border = OxmlElement("w:pBdr")
    border.append(_element("bottom", val="single", sz=6, space=1, color="auto"))
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr")
