"""The time zones in which platforms write their lists: of the account that exports, which need not be at home."""

from __future__ import annotations

from conference.web.words import lazy

ZONES = {
    "Asia/Ho_Chi_Minh": lazy("Việt Nam (UTC+7)"),
    "UTC": lazy("Giờ quốc tế (UTC)"),
    "Asia/Singapore": lazy("Singapore, Trung Quốc (UTC+8)"),
    "Asia/Tokyo": lazy("Nhật Bản, Hàn Quốc (UTC+9)"),
    "Australia/Sydney": lazy("Úc, giờ Sydney"),
    "Europe/Paris": lazy("Châu Âu, giờ Paris"),
    "Europe/London": lazy("Anh, giờ Luân Đôn"),
    "America/New_York": lazy("Hoa Kỳ, giờ New York"),
    "America/Los_Angeles": lazy("Hoa Kỳ, giờ Los Angeles"),
}
