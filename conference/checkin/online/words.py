"""How following online is told to the person and to the organizer."""

from __future__ import annotations

from conference.checkin.online.models import OnlineFollowing
from conference.checkin.online.rules import Rule
from conference.web.words import _


def evidence_sentence(found: OnlineFollowing) -> str:
    """142 trên 180 phút, trả lời 2 trên 3 lần."""
    minutes, of_minutes = found.seconds // 60, found.of_seconds // 60
    if not found.asked:
        return _("đã theo dõi %(minutes)s trên %(of)s phút", minutes=minutes, of=of_minutes)
    return _(
        "đã theo dõi %(minutes)s trên %(of)s phút, trả lời %(answered)s trên %(asked)s lần",
        minutes=minutes,
        of=of_minutes,
        answered=found.answered,
        asked=found.asked,
    )


def rule_sentence(rule: Rule, of_minutes: int) -> str:
    """What is asked for, in minutes and times instead of shares."""
    minutes = -(-of_minutes * rule.least_minutes // 100)
    answers = -(-rule.prompts * rule.least_answers // 100)
    if not answers:
        return _("Tính có mặt trực tuyến khi theo dõi từ %(minutes)s trên %(of)s phút.", minutes=minutes, of=of_minutes)
    return _(
        "Tính có mặt trực tuyến khi theo dõi từ %(minutes)s trên %(of)s phút và trả lời từ %(answers)s trên %(asked)s "
        "lần hỏi.",
        minutes=minutes,
        of=of_minutes,
        answers=answers,
        asked=rule.prompts,
    )
