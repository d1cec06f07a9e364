"""Membership in a long list of ids, as one bound value: databases limit how many values a statement may bind."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from conference.foundation.db import db


def among(column: SQLColumnExpression[int], ids: Sequence[int]) -> ColumnElement[bool]:
    """True in the rows whose ``column`` is one of ``ids``; however many there are, and none is one of none."""
    if db.session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(ids), ARRAY(BigInteger)))
    listed = func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(select(listed.c.value))
