"""A test that is prepared for the conference of the demo and not chosen: organizers look at it, and may choose it."""

from __future__ import annotations

from datetime import datetime

from conference.foundation import chance
from conference.foundation.actor import SYSTEM
from conference.reflections.models import ReflectionTask
from conference.reflections.quiz import preparing, queries
from conference.reflections.quiz.preparing import QuestionPlan, Settings, SlotPlan
from conference.reflections.quiz.rules import Shows, Weighting

KNOWING, USING = "Nhận biết", "Vận dụng"
QUESTIONS = (
    QuestionPlan(
        "Công đoàn Việt Nam được thành lập ngày nào?",
        KNOWING,
        ("03/02/1930", "28/7/1929", "01/5/1930", "26/3/1931"),
        (1,),
    ),
    QuestionPlan("Đại hội XII Công đoàn Việt Nam họp vào năm nào?", KNOWING, ("2013", "2018", "2023"), (1,)),
    QuestionPlan("Nhiệm kỳ đại hội công đoàn là mấy năm?", KNOWING, ("Ba năm", "Bốn năm", "Năm năm"), (2,)),
    QuestionPlan(
        "Điều nào của Hiến pháp năm 2013 nói về Công đoàn Việt Nam?",
        KNOWING,
        ("Điều 4", "Điều 9", "Điều 10", "Điều 25"),
        (2,),
    ),
    QuestionPlan(
        "Đồng chí vắng buổi sáng và đã nghe buổi chiều. Muốn viết thu hoạch khi hội nghị cần đủ hai buổi, phải làm gì?",
        USING,
        ("Không cần làm gì", "Học bù buổi sáng", "Nhờ người khác viết thay"),
        (1,),
    ),
    QuestionPlan(
        "Việc sẽ làm nào sau đây kiểm tra được là đã xong?",
        USING,
        (
            "Quan tâm hơn đến đoàn viên",
            "Tăng cường đối thoại",
            "Trước 31/3 họp đối thoại một lần, có biên bản",
            "Cố gắng hết sức mình",
        ),
        (2,),
    ),
    QuestionPlan(
        "Người khác đưa thẻ của mình nhờ đồng chí quét giúp. Đồng chí làm thế nào?",
        USING,
        ("Quét giúp", "Từ chối, mỗi người tự điểm danh", "Quét nếu là người quen"),
        (1,),
    ),
)


def ensure_test(task: ReflectionTask, *, at: datetime) -> None:
    """Repeatable: a test that is there already stays as it is."""
    if queries.quiz_of(task.conference_id) is not None:
        return
    quiz = preparing.prepare(task=task, seed=chance.token(), by=SYSTEM, at=at)
    preparing.bring_questions(quiz=quiz, rows=QUESTIONS, by=SYSTEM, at=at)
    settings = Settings(20, {KNOWING: 3, USING: 2}, True, True, Weighting.EQUAL, Shows.AT_ONCE)
    preparing.change_settings(quiz=quiz, settings=settings, version=quiz.version, by=SYSTEM, at=at)
    slot = SlotPlan("Tự chọn giờ", task.opens_at, task.due_at, [], [])
    preparing.save_slot(quiz=quiz, slot=None, plan=slot, by=SYSTEM, at=at)
