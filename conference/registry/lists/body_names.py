"""Names of union bodies and bridge points in one comparable spelling, whatever abbreviation was typed."""

from __future__ import annotations

import re
from functools import lru_cache

from conference.foundation.text import fold

_SHORT_FORMS = {
    "ldld": "lien doan lao dong",
    "tldld": "tong lien doan lao dong",
    "tld": "tong lien doan",
    "cd": "cong doan",
    "cdcs": "cong doan co so",
    "tp": "thanh pho",
    "tx": "thi xa",
    "tt": "thi tran",
    "tw": "trung uong",
    "vn": "viet nam",
    "hcm": "ho chi minh",
    "tphcm": "thanh pho ho chi minh",
    "gtvt": "giao thong van tai",
    "ptnt": "phat trien nong thon",
    "tttt": "thong tin va truyen thong",
    "h": "huyen",
    "q": "quan",
    "t": "tinh",
}
_NOT_A_WORD = re.compile(r"[^a-z0-9']+")
_KINDS = re.compile(
    r"^(?:co quan |tong )*(?:lien doan lao dong|cong doan|hoi truong)? ?"
    r"(?:tinh|thanh pho|huyen|quan|thi xa|xa|phuong|nganh)? ?"
)
_SITE_WORDS = re.compile(r"^(?:diem cau|dc|diem)(?: so)?(?: tai)? ")


@lru_cache(maxsize=32768)
def body_key(name: str) -> str:
    """'LĐLĐ TP. Hà Nội' and 'Liên đoàn Lao động thành phố Hà Nội' are one key; commas part a suffix with '|'."""
    parts = []
    for part in fold(name).replace("(", ",").split(","):
        words = _NOT_A_WORD.sub(" ", part).replace("'", "").split()
        if words:
            parts.append(" ".join(_SHORT_FORMS.get(word, word) for word in words))
    return "|".join(parts)


@lru_cache(maxsize=32768)
def site_key(name: str) -> str:
    """The same for a bridge point, without the words 'điểm cầu' or 'ĐC' before it."""
    return _SITE_WORDS.sub("", body_key(name)).strip()


def core_of(key: str) -> str:
    """What is left of a key without the kind of body: 'dam doi'."""
    return "|".join(_KINDS.sub("", part) for part in key.split("|"))
