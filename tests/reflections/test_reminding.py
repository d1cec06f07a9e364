"""The schedule of reminders knows each person's own deadline."""

from __future__ import annotations

from datetime import timedelta

from conference.foundation import jobs
from conference.foundation.db import db, transaction
from conference.notices.models import MailKind, OutboxMail, ReminderRule
from conference.notices.reminding import ReminderKind
from conference.reflections import queries
from conference.reflections.models import Extension
from conference.reflections.reminding_views import about_papers
from conference.reflections.rules import ScopeOfExtension
from tests.factories import make_account, make_person, make_unit
from tests.reflections.conftest import DUE, WRITING, build_world
from tests.reflections.test_actions import save, submit


def test_each_is_reminded_by_the_own_deadline_and_who_has_handed_in_by_none(make_app, sqlite_url, clock) -> None:
    clock.stop_at(WRITING)
    with make_app(database_url=sqlite_url).app_context():
        world = build_world()
        with transaction():
            below = make_unit("Công đoàn cơ sở Trường Yên Thành", parent=world.unit)
            people = {
                name: world.attendee(
                    person=make_person(name, unit=unit, email=f"nguoi{place}@congdoan.example"), unit=unit
                )
                for place, (name, unit) in enumerate(
                    [
                        ("Dương Văn An", world.unit),
                        ("Đặng Hữu Phước", world.unit),
                        ("Lê Thị Thuý", below),
                        ("Nguyễn Thị Ánh", below),
                        ("Hồ Sỹ Quyền", world.unit),
                    ]
                )
            }
            account = make_account()

            def extend(days: int, scope: ScopeOfExtension, **whom: int) -> None:
                db.session.add(
                    Extension(
                        task_id=world.task.id,
                        scope=scope,
                        until=DUE + timedelta(days=days),
                        reason="Ốm",
                        given_at=WRITING,
                        given_by=account.id,
                        **whom,
                    )
                )

            extend(2, ScopeOfExtension.PERSON, attendee_id=people["Đặng Hữu Phước"].id)
            extend(5, ScopeOfExtension.UNIT, unit_id=below.id)
            extend(7, ScopeOfExtension.PERSON, attendee_id=people["Nguyễn Thị Ánh"].id)
            extend(-3, ScopeOfExtension.PERSON, attendee_id=people["Dương Văn An"].id)
            db.session.add(
                ReminderRule(
                    conference_id=world.conference.id,
                    kind=ReminderKind.REFLECTION,
                    days=1,
                    at_minute=480,
                    sends=True,
                    is_paused=False,
                    active_since=WRITING,
                )
            )
            ids = {attendee.id: name for name, attendee in people.items()}
        save(people["Hồ Sỹ Quyền"], world.content())
        submit(world, people["Hồ Sỹ Quyền"], 1)

        found = {}
        for audience in about_papers(world.conference):
            for row in db.session.execute(audience.people):
                assert row.attendee_id not in found
                found[row.attendee_id] = audience.anchor
        own = {id: queries.desk_of(id).window.due_at.date() for id in ids}
        del own[people["Hồ Sỹ Quyền"].id]
        assert found == own

        reminded = []
        for days in range(-2, 8):
            clock.stop_at(DUE + timedelta(days=days))
            jobs.go_round()
            reminded.append(
                sorted(ids[mail.attendee_id] for mail in db.session.query(OutboxMail).filter_by(kind=MailKind.REMINDER))
            )
        assert [len(names) for names in reminded] == [0, 1, 1, 2, 2, 2, 3, 3, 4, 4]
        assert reminded[1] == ["Dương Văn An"]
