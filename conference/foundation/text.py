"""Vietnamese text: kept as typed in NFC, folded to search and match, keyed to sort.

Sorting follows the dictionary: letters decide first, tones second, and names go by Tên, then Họ và đệm. Keys
are plain ASCII, so that SQLite and PostgreSQL (COLLATE "C") put them in the same order.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_WEIGHTS = dict(zip(_ALPHABET, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg", strict=True))
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền hỏi ngã sắc nặng

# Marks that no one sees: zero-width, direction and soft-hyphen signs, left behind by copying.
_INVISIBLE = [0x00AD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
_SPACES = [*range(0x00, 0x21), *range(0x7F, 0xA1), 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F]
_SPACES += [0x205F, 0x3000]
_CLEANED: dict[int, str | None] = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_INVISIBLE, None),
    # The Icelandic eth and the African D look like đ and Đ in every font and come from old converters.
    0x00F0: "đ",
    0x00D0: "Đ",
    0x0189: "Đ",
}
_LOOKALIKES = dict(zip("аеорсухіјѕАЕОРСУХІЈЅВНКМТ", "aeopcyxijsaeopcyxijsbhkmt", strict=True))
_UNSEEN = re.compile("[" + "".join(map(re.escape, map(chr, {*_CLEANED} - {0x20}))) + "]|  |^ | $")


def _fold_table() -> dict[int, str | None]:
    table: dict[int, str | None] = {}
    for point in [*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)]:
        letter = chr(point)
        bare = "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
        table[point] = bare.casefold().replace("đ", "d").replace("ð", "d")
    table |= {ord(letter): latin for letter, latin in _LOOKALIKES.items()}
    table |= dict.fromkeys(range(0x0300, 0x0370), None)
    table |= {point: to for point, to in _CLEANED.items() if to in (None, " ")}
    table[0x0189] = "d"
    return table


_FOLDED = _fold_table()


def clean(text: str) -> str:
    """The text as typed, in NFC, without what cannot be seen: doubled and outer spaces, zero-width signs."""
    if unicodedata.is_normalized("NFC", text) and not _UNSEEN.search(text):
        return text
    return " ".join(unicodedata.normalize("NFC", text).translate(_CLEANED).split())


def fold(text: str) -> str:
    """What search and matching compare: small letters without marks, đ as d, single spaces.

    Composed and decomposed forms, capitals and every placement of a tone come out alike.
    """
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_SPACES).split())
    folded = text.translate(_FOLDED).casefold()
    if not folded.isascii():
        parts = unicodedata.normalize("NFD", folded)
        folded = "".join(part for part in parts if not unicodedata.combining(part)).translate(_FOLDED)
    return " ".join(folded.split())


_ASCII_SPACES = {point: to for point, to in _CLEANED.items() if point < 0x80}


@lru_cache(maxsize=8192)
def _syllable_key(syllable: str) -> tuple[str, str]:
    """Letters and tone of one syllable, each as characters that sort by their bytes.

    A tone counts for its syllable, on whichever vowel it stands: hoà and hòa are one, quý and quỳ are two.
    """
    letters: list[str] = []
    tone = "0"
    for part in unicodedata.normalize("NFD", syllable.casefold()):
        if part in _TONES:
            tone = _TONES[part]
        elif part in "\u0302\u0306\u031b" and letters:  # circumflex, breve, horn make letters of their own
            shaped = unicodedata.normalize("NFC", letters[-1] + part)
            letters[-1] = shaped
        elif not unicodedata.combining(part):
            letters.append("đ" if part == "ð" else part)
    weights = []
    for letter in letters:
        if letter in _WEIGHTS:
            weights.append(_WEIGHTS[letter])
        elif letter.isascii() and letter.isprintable():
            weights.append(letter)
        else:
            weights.append("~" + format(ord(letter), "05x"))
    return "".join(weights), tone


_NUMBER = re.compile(r"\d+")


def _words_key(text: str) -> str:
    keys = [_syllable_key(word) for word in text.split()]
    return "!".join([letters for letters, _ in keys]) + " " + "".join([tone for _, tone in keys])


def collation_key(text: str) -> str:
    """Sorts titles and names of bodies from left to right as the dictionary does; quận 2 before quận 10."""
    return _words_key(_NUMBER.sub(lambda found: found[0].rjust(6, "0"), clean(text)))


def sort_key(full_name: str) -> str:
    """Sorts people: Tên first, then Họ và đệm; letters before tones in each."""
    family, given = split_name(full_name)
    return _words_key(given) + " " + _words_key(family)


def split_name(full_name: str) -> tuple[str, str]:
    """Họ và đệm, and Tên. What stands in brackets after a name (a note, a nickname) is no part of it."""
    words = (full_name if "(" not in full_name else full_name[: full_name.index("(")] or full_name).split()
    return " ".join(words[:-1]), words[-1] if words else ""


_NOT_DIGITS = re.compile(r"[^0-9+]")
_SEVERAL = re.compile(r"[/;,|]|\s-\s|\bhoặc\b")
_SEPARATORS = str.maketrans("", "", " .-()\u00a0\u2011\u2013")


def phone_digits(value: object) -> str | None:
    """A phone number as its national digits (0912345678), or None when it is none.

    Takes +84, 0084, dots, spaces, numbers whose leading 0 a spreadsheet dropped, and the first of several.
    """
    if isinstance(value, float):
        value = int(value) if value.is_integer() else ""
    text = str(value).translate(_SEPARATORS)
    if not text.isdigit() or not text.isascii():
        text = _NOT_DIGITS.sub("", _SEVERAL.split(str(value).strip())[0])
    if text.startswith("+"):
        text = "00" + text[1:]
    if text.startswith("0084"):
        text = "0" + text[4:].removeprefix("0")
    elif text.startswith("84") and len(text) in (11, 12):
        text = "0" + text[2:].removeprefix("0")
    elif not text.startswith("0") and len(text) in (9, 10):
        text = "0" + text
    if text.startswith("0") and not text.startswith("00") and len(text) in (10, 11) and text.isdigit():
        return text
    return None


def format_phone(digits: str) -> str:
    """0912 345 678, as numbers are read aloud."""
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}" if len(digits) == 10 else digits


def row_number(text: str) -> int | None:
    """The number of a row or version that these plain digits write; None for anything that can't be one."""
    return int(text) if len(text) < 10 and text.isascii() and text.isdigit() else None
