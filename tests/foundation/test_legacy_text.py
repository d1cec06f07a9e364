"""Text from before Unicode: recognised by the whole sheet, turned into Unicode, and said so."""

from __future__ import annotations

import unicodedata

import pytest

from conference.foundation.legacy_text import (
    _TCVN3,
    Encoding,
    decode_text_file,
    from_tcvn3,
    from_vni,
    recognise,
)

TEXT = "Họ và tên;Đơn vị\nNguyễn Thị Ánh;LĐLĐ huyện Mường Chà\nĐặng Hữu Phước;Công đoàn Y tế"


def to_tcvn3(text: str) -> str:
    """As common converters write it: a toned capital is the plain capital and the toned small letter."""
    back = {new: old for old, new in _TCVN3.items()}
    out = []
    for letter in text:
        if letter in back or letter.isascii():
            out.append(back.get(letter, letter))
        else:
            parts = unicodedata.normalize("NFD", letter)
            tones = [part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323"]
            plain = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
            out.append(back.get(plain, plain) + back[letter.lower()])
    return "".join(out)


@pytest.mark.parametrize(
    "text", ["TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM", "Ủy viên Ban Thường vụ", "Nguyễn Lan Ý", "NGUYỄN THỊ ẨN", TEXT]
)
def test_tcvn3_becomes_unicode(text):
    assert from_tcvn3(to_tcvn3(text)) == text


def test_tcvn3_of_the_reference_conference():
    assert from_tcvn3("DANH SA¸CH CA¸N B¤é THAM D¦ù H¤éI NGHIÞ") == "DANH SÁCH CÁN BỘ THAM DỰ HỘI NGHỊ"
    assert from_tcvn3("Uñy viªn Ban Th\u00adêng vô") == "Ủy viên Ban Thường vụ"


def test_vni_becomes_unicode():
    assert from_vni("Nguyeãn Vaên Höôûng, Chuû tòch, ÑAÏI BIEÅU, Lyù, Myõ") == (
        "Nguyễn Văn Hưởng, Chủ tịch, ĐẠI BIỂU, Lý, Mỹ"
    )


def test_a_sheet_is_recognised_by_all_its_words():
    assert recognise(["Họ và tên", "Trần Hà", "Đỗ An"]) is Encoding.UNICODE
    assert recognise(to_tcvn3(TEXT).split(";")) is Encoding.TCVN3
    assert recognise(["Hoï vaø teân", "Nguyeãn Vaên Höôûng", "Ñôn vò"]) is Encoding.VNI
    assert recognise(["An", "Lan", "CafÉ", "Hoa"]) is Encoding.UNICODE


def to_1258(text: str) -> bytes:
    out = b""
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tones = "".join(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
            plain = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
            out += plain.encode("cp1258") + tones.encode("cp1258")
    return out


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), Encoding.UTF_8),
        (TEXT.encode("utf-8-sig"), Encoding.UTF_8),
        (TEXT.encode("utf-16"), Encoding.UTF_16),
        (TEXT.encode("utf-16-le"), Encoding.UTF_16),
        (TEXT.encode("utf-16-be"), Encoding.UTF_16),
        (to_1258(TEXT), Encoding.WINDOWS_1258),
    ],
)
def test_the_encoding_of_a_text_file_is_found_and_named(content, encoding):
    """F21: Never guessed silently."""
    assert decode_text_file(content) == (TEXT, encoding)
    assert decode_text_file(content, encoding) == (TEXT, encoding)


def test_bytes_that_cannot_be_the_chosen_encoding_are_refused():
    """F21: What was chosen wrongly is told."""
    with pytest.raises(UnicodeDecodeError):
        decode_text_file(to_1258(TEXT), Encoding.UTF_8)
