"""Which column is what, by the words people put in head rows."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from conference.foundation.text import fold


class ListKind(StrEnum):
    UNITS = "units"
    SITES = "sites"
    PROGRAMME = "programme"
    DELEGATES = "delegates"


class Column(StrEnum):
    """What a column holds. Which of them a list may have depends on its kind."""

    NUMBER = "number"
    CODE = "code"
    NAME = "name"
    LEVEL = "level"
    NOTE = "note"
    IGNORED = "ignored"
    # units
    PARENT = "parent"
    # sites
    PROVINCE = "province"
    HOST_UNIT = "host_unit"
    ADDRESS = "address"
    CAPACITY = "capacity"
    MANAGER = "manager"
    # programme
    DAY = "day"
    PART = "part"
    TIME = "time"
    STARTS = "starts"
    ENDS = "ends"
    TITLE = "title"
    PRESENTER = "presenter"
    # delegates
    FULL_NAME = "full_name"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    BIRTH = "birth"
    BIRTH_MALE = "birth_male"
    BIRTH_FEMALE = "birth_female"
    SEX = "sex"
    MALE = "male"
    FEMALE = "female"
    POSITION = "position"
    UNIT = "unit"
    CATEGORY = "category"
    SITE = "site"
    PHONE = "phone"
    EMAIL = "email"
    ONLINE = "online"
    WAVE = "wave"
    MARK = "mark"


_SHARED = {
    Column.NUMBER: "stt | tt | so tt | so thu tu | thu tu | no",
    Column.NOTE: "ghi chu | note | notes",
    Column.PHONE: (
        "so dien thoai | dien thoai | sdt | so dt | dt | d thoai | di dong | dtdd | dien thoai di dong | mobile"
        " | phone | so di dong | dien thoai lien he | so may"
    ),
    Column.EMAIL: "thu dien tu | email | e mail | mail | hop thu | hop thu dien tu | dia chi email",
}

_WORDS: dict[ListKind, dict[Column, str]] = {
    ListKind.DELEGATES: {
        Column.CODE: "ma dai bieu | ma db | ma nguoi | ma can bo | ma | code",
        Column.MARK: "dau doi chieu",
        Column.WAVE: "dot | dot du | dot hoc | du dot | thuoc dot",
        Column.ONLINE: "duoc theo doi truc tuyen | theo doi truc tuyen | duoc du truc tuyen | cho du truc tuyen",
        Column.FULL_NAME: (
            "ho va ten | ho ten | ho ten dai bieu | ho va ten dai bieu | ho va ten can bo | ten dai bieu | dai bieu"
            " | dong chi | ho ten dong chi | full name | hoten | ho va ten nguoi du | nguoi du"
        ),
        Column.FAMILY_NAME: "ho va ten dem | ho va dem | ho dem | ho lot | ho va chu lot | ho va chu dem | ho",
        Column.GIVEN_NAME: "ten | ten goi",
        Column.BIRTH: (
            "ngay sinh | ngay thang nam sinh | nam sinh | ngay thang sinh | sinh ngay | sinh nam | ns"
            " | date of birth | birth | n sinh | tuoi"
        ),
        Column.SEX: "gioi tinh | gt | phai | nam nu | gioi | sex",
        Column.MALE: "nam",
        Column.FEMALE: "nu",
        Column.POSITION: "chuc vu | c vu | chuc danh | chuc vu chuc danh | chuc vu hien nay | position | cv",
        Column.UNIT: (
            "don vi | don vi cong tac | noi cong tac | co quan | co quan don vi | co quan cong tac | ten don vi"
            " | don vi noi cong tac | cong tac tai | unit | d vi"
        ),
        Column.CATEGORY: (
            "thanh phan | doi tuong | dien trieu tap | thanh phan trieu tap | thanh phan du | thanh phan tham du"
            " | doi tuong trieu tap | dien"
        ),
        Column.SITE: (
            "diem cau | diem cau tham du | diem cau du | noi du | du tai | noi tham du | du tai diem cau"
            " | diem cau du hoi nghi | dia diem du | dia diem tham du | noi du hoi nghi | site"
        ),
        Column.IGNORED: (
            "ky nhan | chu ky | ky ten | dang vien | so can cuoc | can cuoc | can cuoc cong dan | cccd | cmnd | so cmnd"
            " | dan toc | ton giao | trinh do | que quan | dia chi | cho o"
        ),
    },
    ListKind.SITES: {
        Column.CODE: "ma | ma diem cau | ma so | code",
        Column.NAME: "ten diem cau | diem cau | ten | ten diem",
        Column.LEVEL: "cap | cap diem cau | loai",
        Column.PROVINCE: "tinh thanh pho | tinh | tinh thanh | thanh pho tinh | dia phuong",
        Column.HOST_UNIT: (
            "ma don vi chu tri | don vi chu tri | chu tri | ma don vi | don vi | don vi quan ly | don vi to chuc"
        ),
        Column.ADDRESS: "dia diem | dia chi | hoi truong | noi to chuc | ten hoi truong | phong hop",
        Column.CAPACITY: "suc chua | so cho | so ghe | so cho ngoi | cho ngoi",
        Column.MANAGER: "phu trach | nguoi phu trach | can bo phu trach | dau moi | nguoi dau moi | phu trach diem cau",
    },
    ListKind.UNITS: {
        Column.CODE: "ma | ma don vi | ma so | code",
        Column.NAME: "ten don vi | don vi | ten | ten to chuc | ten cong doan",
        Column.LEVEL: "cap | cap don vi | loai | loai hinh",
        Column.PARENT: (
            "ma cap tren | cap tren | don vi cap tren | ma don vi cap tren | truc thuoc | thuoc | cong doan cap tren"
        ),
        Column.PROVINCE: "tinh thanh pho | tinh | tinh thanh",
    },
    ListKind.PROGRAMME: {
        Column.DAY: "ngay | ngay thang",
        Column.PART: "buoi | phien",
        Column.TIME: "thoi gian | gio | thoi luong",
        Column.STARTS: "bat dau | gio bat dau | tu | tu gio",
        Column.ENDS: "ket thuc | gio ket thuc | den | den gio",
        Column.TITLE: "noi dung | chuyen de | noi dung cong viec | noi dung chuong trinh | cong viec",
        Column.PRESENTER: (
            "bao cao vien | nguoi trinh bay | trinh bay | nguoi bao cao | thuc hien | nguoi thuc hien | chu tri"
            " | dien gia | phan cong"
        ),
    },
}

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def head_words(text: str) -> str:
    """A head cell as comparable words: 'Ngày, tháng, năm sinh (*)' becomes 'ngay thang nam sinh'."""
    return _NOT_A_WORD.sub(" ", fold(text)).strip()


def _vocabulary(kind: ListKind) -> dict[str, Column]:
    known: dict[str, Column] = {}
    for column, words in {**_SHARED, **_WORDS[kind]}.items():
        for word in words.split("|"):
            known[word.strip()] = column
    return known


VOCABULARIES = {kind: _vocabulary(kind) for kind in ListKind}
# Longest first, so that 'số điện thoại di động' is a phone before 'số' could be anything.
_PHRASES = {
    kind: sorted((words for words in known if " " in words), key=len, reverse=True)
    for kind, known in VOCABULARIES.items()
}


@lru_cache(maxsize=4096)
def column_named(text: str, kind: ListKind) -> Column | None:
    """The column that a head cell names in a list of this kind, by the whole cell or by a phrase within it."""
    words = head_words(text)
    if not words or len(words) > 60:
        return None
    known = VOCABULARIES[kind]
    if words in known:
        return known[words]
    spaced = f" {words} "
    for phrase in _PHRASES[kind]:
        if f" {phrase} " in spaced:
            return known[phrase]
    return None
