"""Series of numbers without gaps (a sequence leaves some, MAX+1 collides)."""

from django.db import connection, transaction


def next_number(series: str) -> int:
    """Take the next number of a series, 1 first. Held until the caller's transaction ends: rolled back, it
    comes again."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A number is taken inside the transaction that uses it.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_series (name, last) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET last = core_series.last + 1 RETURNING last",
            [series],
        )
        return int(cursor.fetchone()[0])
