"""The words of the seats in halls."""

from __future__ import annotations

from conference.registry.seats.rules import HallState
from conference.web.words import lazy

STATES = {
    HallState.NO_HALL: ("not_ready", lazy("Chưa có hội trường")),
    HallState.NO_PLAN: ("todo", lazy("Chưa có sơ đồ")),
    HallState.TOO_FEW: ("not_ready", lazy("Sơ đồ thiếu ghế")),
    HallState.WAITING: ("due", lazy("Chưa xếp hết")),
    HallState.DONE: ("ready", lazy("Đã xếp xong")),
    HallState.EMPTY: ("inactive", lazy("Không ai được gọi")),
}
