"""The words of waves: what is wrong with them, and the step that mends it."""

from __future__ import annotations

from conference.planning.models import Conference
from conference.planning.words import FaultLine
from conference.registry.waves.queries import NONE, SPLIT, Waves
from conference.web import filters
from conference.web.words import _


def fault_lines(conference: Conference, found: Waves) -> list[FaultLine]:
    """Nobody may be told to come to nothing: that stops a publication, the rest is said."""
    lines = []
    for line in found.lines:
        if not line.study_sessions:
            lines.append(
                FaultLine(
                    blocks=bool(line.people),
                    title=_("%(wave)s chưa có buổi nào", wave=line.wave.title),
                    detail=_("%(count)s người thuộc đợt này.", count=filters.number(line.people)),
                    step=_("Thêm buổi"),
                    endpoint="planning.new_study_session",
                    values={"code": conference.code},
                )
            )
        elif not line.people:
            lines.append(_line(conference, _("%(wave)s chưa có ai", wave=line.wave.title), "", blocks=False))
        if line.missing:
            count = filters.number(line.missing)
            title = _("%(wave)s thiếu %(count)s ghế", wave=line.wave.title, count=count)
            lines.append(_line(conference, title, _("Có điểm cầu đông hơn số ghế trong đợt này."), blocks=False))
    if found.lines and found.without:
        title = _("%(count)s đại biểu chưa có đợt", count=filters.number(found.without))
        detail = _("Họ không được triệu tập buổi nào.") if found.lost else _("Họ chỉ dự các buổi dành cho mọi người.")
        lines.append(_line(conference, title, detail, blocks=bool(found.lost), wave=NONE))
    if found.split:
        title = _("%(count)s đơn vị bị tách ra nhiều đợt", count=filters.number(found.split))
        lines.append(_line(conference, title, _("Người cùng đơn vị dự các ngày khác nhau."), blocks=False, wave=SPLIT))
    return lines


def _line(conference: Conference, title: str, detail: str, *, blocks: bool, **values: str) -> FaultLine:
    return FaultLine(
        blocks=blocks,
        title=title,
        detail=detail,
        step=_("Xếp đợt"),
        endpoint="waves.overview",
        values={"code": conference.code, **values},
    )
