"""The words of the directory."""

from __future__ import annotations

from conference.directory.models import UnitKind
from conference.web.words import lazy

KINDS = {
    UnitKind.CENTRAL: lazy("Trung ương"),
    UnitKind.SECTOR: lazy("Công đoàn ngành"),
    UnitKind.PROVINCE: lazy("Liên đoàn Lao động tỉnh, thành phố"),
    UnitKind.DISTRICT: lazy("Cấp huyện"),
    UnitKind.COMMUNE: lazy("Công đoàn xã, phường"),
    UnitKind.GRASSROOTS: lazy("Công đoàn cơ sở"),
    UnitKind.OTHER: lazy("Khác"),
}
