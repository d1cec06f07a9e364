"""Vietnamese text from before Unicode: TCVN3 (.VnTime), VNI (VNI-Times) and code page 1258.

Old converters leave such text as Latin letters that only look right in the old fonts. Nothing here is applied
silently: whoever reads a file is told which encoding was recognised, and may say otherwise.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum


class Encoding(StrEnum):
    """How the text of a file was written."""

    UNICODE = "unicode"
    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1258 = "windows-1258"
    TCVN3 = "tcvn3"
    VNI = "vni"


# One byte a letter; where a toned capital is meant, the plain capital stands before the toned small letter.
_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TCVN3_TABLE = {ord(old): new for old, new in _TCVN3.items()}

_VNI_TONES = "øûõùï"  # huyền hỏi ngã sắc nặng
_VNI_MARKS = {
    **dict(zip("øûõùï", "\u0300\u0309\u0303\u0301\u0323", strict=True)),
    **dict(zip("âàåãáä", ["\u0302" + tone for tone in ("", *"\u0300\u0309\u0303\u0301\u0323")], strict=True)),
    **dict(zip("êèúüéë", ["\u0306" + tone for tone in ("", *"\u0300\u0309\u0303\u0301\u0323")], strict=True)),
}
_VNI_MARKS |= {mark.upper(): combining for mark, combining in _VNI_MARKS.items()}
_VNI_LETTERS = dict(zip("ñôöìíæóòîÑÔÖÌÍÆÓÒÎ", "đơưìíỉĩịỵĐƠƯÌÍỈĨỊỴ", strict=True))
_VNI_PAIR = re.compile(
    "(?P<base>[AaEeOoUuYy])(?P<mark>[øûõùïâàåãáäêèúüéëØÛÕÙÏÂÀÅÃÁÄÊÈÚÜÉË])"
    "|(?P<horned>[ôöÔÖ])(?P<tone>[øûõùïØÛÕÙÏ])|(?P<letter>[ñôöìíæóòîÑÔÖÌÍÆÓÒÎ])"
)


def from_tcvn3(text: str) -> str:
    """Unicode for text in TCVN3; a capital before its own toned small letter becomes one toned capital."""
    letters: list[str] = []
    for letter in text.translate(_TCVN3_TABLE):
        if letters and letters[-1].isupper() and letter != letters[-1]:
            base, toned = _without_tone(letters[-1]), _without_tone(letter)
            if toned != letter and base == letters[-1] and base == toned.upper():
                letters[-1] = letter.upper()
                continue
        letters.append(letter)
    return "".join(letters)


def _without_tone(letter: str) -> str:
    return _PLAIN.get(letter, letter)


_PLAIN = {
    unicodedata.normalize("NFC", base + tone): base
    for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in "\u0300\u0309\u0303\u0301\u0323"
}


def from_vni(text: str) -> str:
    """Unicode for text in VNI: a letter is followed by the sign that stands for its marks."""

    def unicode_of(found: re.Match[str]) -> str:
        base: str | None = found["base"]
        if base:
            return "".join((base, _VNI_MARKS[found["mark"]]))
        if found["horned"]:
            return "".join((_VNI_LETTERS[found["horned"]], _VNI_MARKS[found["tone"]]))
        letter: str = found["letter"]
        return _VNI_LETTERS[letter]

    return unicodedata.normalize("NFC", _VNI_PAIR.sub(unicode_of, text))


_MODERN = re.compile(r"[ĂăĐđĨĩŨũƠơƯư\u0300-\u0323\u1ea0-\u1ef9]")
_ONLY_TCVN3 = re.compile(r"[¡-§¨-¬®µ-¹»-¾\u00ad]")
_LEAST_WORDS = 2  # one strange word says nothing about a sheet
_ONLY_VNI = re.compile(r"[AaEeOoUuYyôöÔÖ][øûõùïåäëüØÛÕÙÏÅÄËÜ]|[oO][âáàãÂÁÀÃ]|ñ[a-zôöA-Z]|Ñ[A-ZÔÖa-z]")


def recognise(texts: Iterable[str]) -> Encoding:
    """Which encoding the words of one sheet are written in, judged by all of them together."""
    modern = old_tcvn3 = old_vni = words = 0
    for text in texts:
        if text.isascii():
            continue
        words += 1
        if _MODERN.search(text):
            modern += 1
            continue
        old_tcvn3 += _ONLY_TCVN3.search(text) is not None
        old_vni += _ONLY_VNI.search(text) is not None
    if modern * 5 > words:
        return Encoding.UNICODE
    if old_tcvn3 >= _LEAST_WORDS and old_tcvn3 * 3 > words and old_tcvn3 >= old_vni:
        return Encoding.TCVN3
    if old_vni >= _LEAST_WORDS and old_vni * 3 > words:
        return Encoding.VNI
    return Encoding.UNICODE


def converter(encoding: Encoding) -> Callable[[str], str] | None:
    """What turns cells of this encoding into Unicode; None where nothing is to be done."""
    return {Encoding.TCVN3: from_tcvn3, Encoding.VNI: from_vni}.get(encoding)


def decode_text_file(content: bytes, chosen: Encoding | None = None) -> tuple[str, Encoding]:
    """The text of a file and the encoding used: what is chosen, else the mark or strict UTF-8, else 1258.

    Raises UnicodeDecodeError when the bytes can't be text of the chosen encoding.
    """
    if chosen is None:
        chosen = _encoding_of(content)
    if chosen in (Encoding.UTF_8, Encoding.UNICODE):
        return content.decode("utf-8-sig"), Encoding.UTF_8
    if chosen is Encoding.UTF_16:
        marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return content.decode("utf-16" if marked else _utf_16_order(content)), Encoding.UTF_16
    if chosen is Encoding.WINDOWS_1258:
        return unicodedata.normalize("NFC", content.decode("cp1258")), chosen
    return content.decode("latin-1"), chosen  # the cells are converted one by one, as those of a sheet are


def _encoding_of(content: bytes) -> Encoding:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding.UTF_16
    if content[:4096].count(0) * 3 > len(content[:4096]):
        return Encoding.UTF_16
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        old = recognise(re.split(r"[;,\t\r\n]", content.decode("latin-1")))
        return Encoding.WINDOWS_1258 if old is Encoding.UNICODE else old
    return Encoding.UTF_8


def _utf_16_order(content: bytes) -> str:
    return "utf-16-le" if content[1:512:2].count(0) >= content[0:512:2].count(0) else "utf-16-be"
