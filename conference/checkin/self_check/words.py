"""What the page and the screen say when somebody can't check in alone."""

from __future__ import annotations

from conference.checkin.self_check.rules import Obstacle
from conference.planning.models import StudySession
from conference.web import filters
from conference.web.words import _


def screen_sentence(obstacle: Obstacle, study_session: StudySession) -> str:
    """On the screen of the hall."""
    if obstacle is Obstacle.NOT_OPEN_YET:
        return _("Tự điểm danh mở lúc %(clock)s.", clock=filters.clock(study_session.doors_open_at))
    if obstacle is Obstacle.STOPPED:
        return _("Tự điểm danh ở điểm cầu này đã dừng. Mời đồng chí quét thẻ ở cửa.")
    return _("Buổi này đã hết giờ tự điểm danh.")


def person_sentence(obstacle: Obstacle, study_session: StudySession) -> str:
    """On the person's own page: what is, then what to do."""
    if obstacle is Obstacle.NOT_OPEN_YET:
        return _(
            "Chưa đến giờ. Tự điểm danh mở lúc %(clock)s, mời đồng chí quay lại sau.",
            clock=filters.clock(study_session.doors_open_at),
        )
    if obstacle is Obstacle.CLOSED:
        return _("Điểm cầu này đã khóa điểm danh. Mời đồng chí gặp người phụ trách.")
    if obstacle is Obstacle.OVER:
        return _("Buổi này đã kết thúc nên không điểm danh được nữa.")
    if obstacle is Obstacle.STOPPED:
        return _("Tự điểm danh ở điểm cầu này đã dừng. Mời đồng chí đưa thẻ cho người phụ trách quét.")
    if obstacle is Obstacle.TAKEN_BACK:
        return _("Người phụ trách đã hủy lượt tự điểm danh của đồng chí. Mời đồng chí đến cửa để được ghi lại.")
    if obstacle is Obstacle.NO_SEATS:
        return _("Hội trường này không còn chỗ cho khách. Mời đồng chí gặp người phụ trách hoặc về điểm cầu của mình.")
    if obstacle is Obstacle.NO_TICKET:
        return _("Đồng chí chưa có thẻ của hội nghị. Mời đồng chí gặp người phụ trách.")
    return _("Cửa không nhận lượt này. Mời đồng chí đưa thẻ cho người phụ trách.")
