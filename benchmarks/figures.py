"""Measuring: two ways in turn, their medians and ratio; and what the figures look like."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext


def in_turn(ours: Callable[[int], Any], bare: Callable[[int], Any], *, rounds: int) -> tuple[float, float]:
    """Median milliseconds of each, run in turn so that noise is noise for both; the first round does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for kept, function in zip(times, (ours, bare), strict=True):
            began = time.perf_counter()
            function(number)
            kept.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


def queries(function: Callable[[], Any]) -> int:
    """How many statements it sends, the transaction's own not counted."""
    reset_queries()
    with CaptureQueriesContext(connection) as seen:
        function()
    own = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SET LOCAL")
    return sum(not query["sql"].startswith(own) for query in seen.captured_queries)


def show(what: str, ours: float, bare: float, note: str) -> None:
    """One line of the table."""
    print(f"{what:<52} {ours:9.1f} ms {bare:9.1f} ms  ×{ours / bare:5.1f}  {note}", flush=True)
