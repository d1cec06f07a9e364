"""A refusal that belongs to what somebody typed is said beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.web.errors import sentence_of
from conference.web.forms import Form


@contextmanager
def refused_onto(form: Form, field: str, label: str, *codes: str) -> Iterator[None]:
    """One transaction. A refusal of these codes takes it back and is a fault of the field; any other goes on."""
    try:
        with transaction():
            yield
    except DomainError as error:
        if error.code not in codes:
            raise
        form.fault(field, sentence_of(error), label)
