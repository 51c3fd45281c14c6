"""The one clock: the database's, so that all web hosts and workers agree on a cut-off."""

from datetime import datetime
from typing import cast

from django.db import connection


def now() -> datetime:
    """Read PostgreSQL's clock (aware, UTC). It moves on inside a transaction, unlike SQL's now()."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast(datetime, cursor.fetchone()[0])
