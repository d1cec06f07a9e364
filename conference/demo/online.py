"""Who of the demo follows online: most of those who come to no hall, as their pages would have told it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from conference.checkin.online.actions import allow_online, lay_down_rule
from conference.checkin.online.counting import Signs, receive_signs
from conference.checkin.online.drafts import RuleFacts
from conference.checkin.online.rules import Hours, Rule, hours_of, prompts_of
from conference.demo.fates import Called, Fate, fate_of
from conference.foundation.actor import SYSTEM
from conference.foundation.db import transaction
from conference.planning.models import Conference, StudySession
from conference.registry.tickets import KeyRing

ROOM = "https://truc-tuyen.example/phong/nghi-quyet"
RULE = Rule(opens_before_minutes=40)
ALLOWED_OF_ABSENT, ALLOWED_OF_OTHERS = 0.6, 0.004
NEVER_ENTERS, LEAVES_EARLY, ANSWERS = 0.08, 0.12, 0.9
SIGN_EVERY = timedelta(minutes=2)
AT_ONCE = 50


def allow_some(
    conference: Conference, people: Iterable[Called], staying: Iterable[Called], *, keys: KeyRing, at: datetime
) -> list[Called]:
    """Lay down the rule, and let some follow online. Gives those of them who come to no hall."""
    allowed: list[Called] = []
    following: list[Called] = []
    absent = {person.number for person in staying if fate_of(conference.code, person)[0] is Fate.ABSENT}
    for person in people:
        is_absent = person.number in absent
        luck = Random(f"{conference.code}:online:{person.number}").random()
        if luck < (ALLOWED_OF_ABSENT if is_absent else ALLOWED_OF_OTHERS):
            allowed.append(person)
            following += [person] if is_absent else []
    with transaction():
        facts = RuleFacts(room_url=ROOM, rule=RULE)
        lay_down_rule(conference=conference, version=0, facts=facts, keys=keys, by=SYSTEM, at=at)
        ids = [person.id for person in allowed]
        allow_online(conference=conference, attendee_ids=ids, allowed=True, keys=keys, by=SYSTEM, at=at)
    return following


def follow(
    study_session: StudySession, following: Sequence[Called], *, until: datetime, keys: KeyRing, secret: str
) -> None:
    """Let their pages give signs of life up to a moment, and let them answer what they are asked."""
    hours = hours_of(study_session.starts_at, study_session.ends_at, RULE)
    signs = [one for person in following for one in _signs(person, study_session.id, hours, until, secret)]
    for begin in range(0, len(signs), AT_ONCE):
        with transaction():
            receive_signs(signs[begin : begin + AT_ONCE], keys=keys, at=until)


def _signs(person: Called, study_session_id: int, hours: Hours, until: datetime, secret: str) -> Iterator[Signs]:
    luck = Random(f"{study_session_id}:online:{person.number}")
    drawn = luck.random()
    came = hours.opens_at + (hours.starts_at - hours.opens_at) * luck.betavariate(3, 2)
    left = hours.ends_at
    if drawn < NEVER_ENTERS + LEAVES_EARLY:
        left = hours.starts_at + (hours.ends_at - hours.starts_at) * luck.uniform(0.2, 0.6)
    left = min(left, until)
    if drawn < NEVER_ENTERS or came > left:
        return
    prompts = prompts_of(secret, attendee=person.id, study_session=study_session_id, hours=hours, rule=RULE)
    answers = ((one.number, one.from_at + timedelta(seconds=luck.randint(8, 150))) for one in prompts)
    yield Signs(
        attendee_id=person.id,
        study_session_id=study_session_id,
        moments=(*_every(SIGN_EVERY, came, left), left),
        answers=tuple((number, given) for number, given in answers if given <= left and luck.random() < ANSWERS),
        enters=luck.random() < 0.97,
    )


def _every(pause: timedelta, begins: datetime, ends: datetime) -> Iterator[datetime]:
    while begins < ends:
        yield begins
        begins += pause
