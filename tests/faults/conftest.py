"""What the races need: threads with connections of their own, and a way to see that one waits for a lock."""

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from orders.baskets import placing
from tests.factories import CycleFactory, OfferFactory, ParticipationFactory, PickupFactory, a_member, an_order


class Racer:
    """A function in a thread with a connection of its own; its result or its exception is kept."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._function = function
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._function()
        except BaseException as error:
            self.error = error
        finally:
            connections.close_all()

    def finish(self, timeout: float = 30) -> "Racer":
        self._thread.join(timeout)
        assert not self._thread.is_alive(), "the racer hangs"
        return self

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    """Wait for something that must come; fail when it does not."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it never came"
        time.sleep(0.02)


def somebody_waits_for_a_lock() -> bool:
    """Whether a session of this database waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees its first look again and again
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@pytest.fixture
def race() -> Callable[..., list[Racer]]:
    """Start functions together at a barrier; their racers once all have ended."""

    def run(*functions: Callable[[], Any]) -> list[Racer]:
        barrier = threading.Barrier(len(functions))

        def together(function: Callable[[], Any]) -> Any:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return function()

        racers = [Racer(partial(together, function)) for function in functions]
        return [racer.finish() for racer in racers]

    return run


def a_sale_with_an_order(**cycle):
    part = ParticipationFactory(cycle=CycleFactory(**cycle))
    pickup = PickupFactory(cycle=part.cycle)
    offer = OfferFactory(participation=part, left=10)
    user = a_member(part.cycle.organisation)
    placing.place_order(**an_order(pickup, user, (offer, 2)))
    return part


def kill_group(worker):
    try:
        os.killpg(worker.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    worker.wait(timeout=20)
