"""What every delivery asks is answered from indexes, however many people are called."""

from __future__ import annotations

from sqlalchemy.dialects import sqlite

from conference.checkin.statements import SESSIONS
from conference.foundation.db import db


def test_whether_anybody_is_a_substitute_is_asked_of_its_small_index(sqlite_app):
    with sqlite_app.app_context():
        asked = SESSIONS.params(conferences=[1]).compile(
            dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
        )
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
        db.session.remove()
    assert any("ix_attendees_substitutes" in step[3] for step in plan), plan
