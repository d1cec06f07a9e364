"""D4: Every column that can hold a text is emptied when somebody is erased, or stands here with why it need not be.

What erasing empties is not listed: it is what erasing changes, in a database with something of a person everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, Enum, LargeBinary, String, select

from conference.foundation.db import db, transaction
from conference.foundation.jobs import run_all
from tests.privacy.planted import MOMENT, Planted, erase, erase_account, index, plant

DRAWN = "drawn or counted by the product; says nothing without the secret"
CODE = "a word of a closed list, or a code of the product"
PLACE = "names a unit, a place or a thing"
OFFICE = "what the organizers publish for everybody: programme, letters, tasks, texts, notes on the whole"
NUMBERS = "numbers of rows and figures"
OF_NOBODY = "about a hall and its equipment"

HARMLESS: dict[str, dict[str, str]] = {
    DRAWN: {
        "accounts": "erased_mark",
        "account_sessions": "token_hash",
        "attendees": "ticket",
        "devices": "token_hash",
        "erasures": "mark",
        "journal_entries": "previous_hash hash",
        "journal_heads": "hash",
        "online_reports": "sha256",
        "outbox_mails": "message_id",
        "plan_releases": "digest",
        "quarantined_scans": "body_hash",
        "quiz_taps": "page",
        "quizzes": "seed",
        "readings": "blind_code",
        "reflections": "saved_by",
        "releases": "previous_hash hash",
        "scans": "ticket body_hash",
        "seating_proposals": "fingerprint",
        "service_tokens": "token_hash",
        "sign_in_failures": "address_hash",
        "sign_in_links": "token_hash",
        "similarity_indexes": "stock allowed_digest",
        "submissions": "sha256 receipt_number signature",
        "list_mappings": "fingerprint",
    },
    CODE: {
        "accounts": "letter_language",
        "cases": "key",
        "check_items": "key",
        "conferences": "timezone modules_off",
        "import_batches": "error",
        "import_files": "encoding",
        "jobs": "kind payload actor_kind result error note",
        "journal_entries": "actor_kind action subject_kind",
        "letter_languages": "language",
        "letter_wordings": "language",
        "list_mappings": "kind columns",
        "online_reports": "timezone",
        "outbox_mails": "occasion language",
        "reminder_runs": "occasion",
        "scans": "spare_bars",
        "service_tokens": "rights",
        "sign_in_links": "next_path",
        "site_checks": "key",
    },
    PLACE: {
        "categories": "name name_folded",
        "check_items": "title",
        "conference_sites": "room_url",
        "devices": "label app_version preflight",
        "hall_blocks": "name",
        "halls": "name",
        "import_batches": "site_choices",
        "import_files": "name stored_as sha256 sheets",
        "online_reports": "name",
        "online_rooms": "url",
        "online_rules": "room_url",
        "released_places": "name address province hall",
        "seat_pins": "place",
        "service_tokens": "label",
        "sites": "code name name_folded sort_key province address",
        "units": "code name short_name name_folded sort_key path province",
    },
    OFFICE: {
        "conferences": "code title plan_number",
        "letter_wordings": "subject body",
        "make_ups": "address question choices",
        "official_texts": "title text",
        "paper_forms": "title superior issuer number place authority signer_position signer recipients body",
        "plan_releases": "title programme note",
        "presenters": "name name_folded position",
        "quiz_key_changes": "reason",
        "quiz_questions": "text group choices",
        "quiz_slots": "name",
        "quizzes": "drawn",
        "reflection_tasks": "holidays guidance",
        "rehearsals": "title tasks",
        "releases": "scheme note",
        "resolutions": "number title",
        "scheme_parts": "title hint",
        "task_parts": "title prompt",
        "topic_documents": "name stored_as",
        "topics": "title",
        "waves": "title",
    },
    NUMBERS: {
        "import_batches": "figures",
        "journal_entries": "before after",
        "online_participants": "candidates",
        "quiz_attempts": "paper",
        "quiz_key_changes": "before after",
        "quiz_questions": "accepted",
        "released_marks": "readings ruling quiz",
        "releases": "figures",
        "seating_moves": "attendee_ids",
        "seating_proposals": "wishes missing",
    },
    OF_NOBODY: {"site_checks": "remark", "site_rungs": "remark"},
}


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    """Both databases have the same columns."""
    return sqlite_app


@pytest.fixture
def planted(db_session: Any, clock: Any, tmp_path: Path) -> Planted:
    clock.stop_at(MOMENT)
    with transaction():
        made = plant(tmp_path)
    index(made)
    return made


def texts() -> dict[str, dict[tuple[Any, ...], Any]]:
    """``table.column`` -> what stands in it, by the key of the row; for whatever can hold a text."""
    found: dict[str, dict[tuple[Any, ...], Any]] = {}
    with db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            kept = [column for column in table.columns if holds_text(column.type)]
            if not kept:
                continue
            rows = connection.execute(select(table)).mappings().all()
            keys = [tuple(row[column.name] for column in table.primary_key.columns) for row in rows]
            for column in kept:
                values = [row[column.name] for row in rows]
                found[f"{table.name}.{column.name}"] = dict(zip(keys, values, strict=True))
    return found


def holds_text(kind: Any) -> bool:
    return isinstance(kind, String | JSON | LargeBinary) and not isinstance(kind, Enum)


def test_every_text_in_the_database_is_erased_or_named_as_harmless(planted, people) -> None:
    before = texts()
    for attendee in planted.people:
        assert erase(people["organizer"], attendee).status_code == 303
    assert erase_account(people["admin"], planted).status_code == 303
    run_all()
    after = texts()
    erased = {
        column
        for column, values in before.items()
        if any(value and after[column].get(key) != value for key, value in values.items())
    }
    harmless = [
        f"{table}.{name}" for tables in HARMLESS.values() for table, names in tables.items() for name in names.split()
    ]
    assert len(harmless) == len(set(harmless))
    assert sorted(before.keys() - erased - set(harmless)) == [], "neither erased nor harmless"
    assert sorted(set(harmless) - before.keys()) == [], "no such column"
