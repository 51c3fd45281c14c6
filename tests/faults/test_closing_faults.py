"""The close under faults: doubled, killed by pid, late, without a broker, on the days when the hour changes."""

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from cagette.core import clock, integrity, outbox, sweeps
from cagette.core.localtime import HourMissing, instant
from cagette.core.models import Letter, OutboxEvent
from distribution import closing, picking
from distribution.models import PickingList, PickingRow
from orders.cycles import opening
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CycleFactory,
    ParticipationFactory,
    PickupFactory,
)
from tests.faults.conftest import Racer, a_sale_with_an_order, kill_group, somebody_waits_for_a_lock, wait_until

pytestmark = pytest.mark.usefixtures("committed_db")


def wrong():
    return [f.text for found in integrity.check_all(now=NOW).values() for f in found if f.kind == "wrong"]


def test_two_sweepers_close_a_participation_once(race):
    for _ in range(4):
        a_sale_with_an_order()

    racers = race(*(lambda: closing.close_due(now=CLOSES) for _ in range(3)))

    assert [racer.error for racer in racers] == [None] * 3
    assert sum(racer.result for racer in racers) == 4
    assert PickingList.objects.count() == 4
    assert set(PickingList.objects.values_list("version", flat=True)) == {1}
    assert OutboxEvent.objects.filter(name="distribution.picking_list_written").count() == 4


def test_two_relays_write_one_letter_for_each_list(race):
    for _ in range(3):
        a_sale_with_an_order()
    closing.close_due(now=CLOSES)

    racers = race(*(lambda: outbox.deliver_due(now=CLOSES) for _ in range(3)))

    assert [racer.error for racer in racers] == [None] * 3
    assert Letter.objects.filter(kind="picking_list").count() == 3
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()


def test_a_sweeper_that_waited_for_what_another_closed_goes_on_to_the_rest():
    """Both are held when it comes; the first is closed by its holder, the second is left to it."""
    first, second = a_sale_with_an_order(), a_sale_with_an_order()

    with transaction.atomic():
        list(Participation.objects.select_for_update(no_key=True))
        close = Racer(lambda: closing.close_due(now=CLOSES))
        wait_until(somebody_waits_for_a_lock)
        closing.orders_closing.freeze(participation=first, now=CLOSES)
        picking.write_version(participation_id=first.pk, now=CLOSES)

    assert close.finish().result == 1
    assert set(Participation.objects.values_list("state", flat=True)) == {SaleState.CLOSED}
    assert PickingList.objects.filter(participation=second, version=1).count() == 1
    assert PickingList.objects.count() == 2


def test_one_that_is_held_for_too_long_does_not_stop_the_others(monkeypatch):
    held, free = a_sale_with_an_order(), a_sale_with_an_order()
    monkeypatch.setattr(closing, "PATIENCE", "300ms")

    with transaction.atomic():
        Participation.objects.select_for_update(no_key=True).get(pk=held.pk)
        close = Racer(lambda: closing.close_due(now=CLOSES)).finish()

    assert (close.result, close.error) == (1, None)
    assert list(PickingList.objects.values_list("participation_id", flat=True)) == [free.pk]
    assert closing.close_due(now=CLOSES) == 1


@pytest.mark.leaves_wrong
def test_without_one_transaction_a_close_that_dies_leaves_a_sale_closed_without_its_list(monkeypatch):
    """The guard taken away: the freeze commits by itself, then the process dies; no sweep ever comes back to it."""
    part = a_sale_with_an_order()
    with transaction.atomic():
        closing.orders_closing.freeze(participation=part, now=CLOSES)

    assert closing.close_due(now=CLOSES + timedelta(days=1)) == 0
    assert wrong() == [f"participation {part.pk} is closed without a picking list"]


@pytest.mark.leaves_wrong
def test_without_the_claim_two_sweepers_collide(race, monkeypatch):
    """The guard taken away: both read the participation as due, and one dies writing a second list."""
    part = a_sale_with_an_order()

    def claim(now, passed_over, wait, claimed):
        found = Participation.objects.due_to_close(now).exclude(pk__in=passed_over).first()
        if found:
            claimed[:] = [found.pk]
            both_here.wait(timeout=20)
        return found

    both_here = threading.Barrier(2)
    monkeypatch.setattr(closing, "_claim", claim)
    monkeypatch.setattr(closing.orders_closing, "freeze", lambda participation, now: True)

    def one():
        return closing.close_next(now=CLOSES, passed_over=set())

    racers = race(one, one)

    assert sorted(racer.result for racer in racers) == [-1, part.pk]


def test_a_worker_killed_in_the_middle_of_a_close_leaves_nothing_half_written(process_environ):
    """A real worker, killed by its pid while its close holds the claim and has frozen lines; another one closes."""
    part = a_sale_with_an_order(opens_at=clock.now() - timedelta(days=3))
    Participation.objects.update(closes_at=clock.now() - timedelta(seconds=1))
    series = "picking:" + str(part.producer_id)

    with transaction.atomic():
        # the list's number is the last thing a close asks for: whoever holds it stops the close in its middle
        picking.numbering.next_number(series)
        worker = start_worker(process_environ)
        try:
            wait_until(somebody_waits_for_a_lock, seconds=60)
            worker.send_signal(signal.SIGKILL)
        finally:
            kill_group(worker)
        transaction.set_rollback(True)

    assert Participation.objects.get().state == SaleState.OPEN
    assert not PickingList.objects.exists()
    assert not PickingRow.objects.exists()

    second = start_worker(process_environ)
    try:
        wait_until(lambda: Participation.objects.get().state == SaleState.CLOSED, seconds=60)
    finally:
        kill_group(second)
    assert PickingList.objects.get().order_count == 1
    assert wrong() == []


def start_worker(environ):
    """A Celery worker with its own beat, on the test's database; it closes what is due."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "cagette.config",
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "1",
    ]
    worker = subprocess.Popen(
        [*command, "--loglevel", "warning", "--without-gossip", "--without-mingle"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    subprocess.run(
        [sys.executable, "-m", "celery", "-A", "cagette.config", "call", "distribution.tasks.close_due"],
        env=environ,
        check=True,
        capture_output=True,
    )
    return worker


def test_three_days_late_everything_due_closes_in_order():
    parts = [a_sale_with_an_order() for _ in range(3)]
    never_opened = ParticipationFactory(state=SaleState.PLANNED)
    PickupFactory(cycle=never_opened.cycle)

    done = sweeps.sweep_all(clock=lambda: CLOSES + timedelta(days=3))

    assert (done["open"], done["close"]) == (1, 4)
    assert set(Participation.objects.values_list("state", flat=True)) == {SaleState.CLOSED}
    assert PickingList.objects.filter(participation__in=parts, order_count=1).count() == 3
    assert PickingList.objects.get(participation=never_opened).is_notice


def test_one_that_fails_does_not_stop_the_others(monkeypatch):
    parts = [a_sale_with_an_order() for _ in range(3)]
    real = picking.write_version

    def write_version(*, participation_id, now, first_of):
        if participation_id == parts[1].pk:
            raise RuntimeError("a bug in this one")
        return real(participation_id=participation_id, now=now)

    monkeypatch.setattr(picking, "write_version", write_version)

    assert closing.close_due(now=CLOSES) == 2
    states = dict(Participation.objects.values_list("pk", "state"))
    assert states == {parts[0].pk: "closed", parts[1].pk: "open", parts[2].pk: "closed"}


def test_a_participation_that_is_held_is_waited_for_and_closed():
    a_sale_with_an_order()

    with transaction.atomic():
        Participation.objects.select_for_update(no_key=True).get()
        close = Racer(lambda: closing.close_due(now=CLOSES))
        wait_until(somebody_waits_for_a_lock)

    assert close.finish().result == 1


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # it comes twice: the first
        (datetime(2026, 10, 26, 20, 0), datetime(2026, 10, 26, 19, 0, tzinfo=UTC)),
        (datetime(2027, 3, 28, 3, 0), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (datetime(2027, 3, 29, 20, 0), datetime(2027, 3, 29, 18, 0, tzinfo=UTC)),
    ],
)
def test_in_the_weeks_when_the_hour_changes_a_sale_closes_once_at_its_local_hour(shown, meant):
    closes_at = instant(shown, PARIS)
    assert closes_at == meant
    cycle = CycleFactory(opens_at=closes_at - timedelta(days=3), closes_at=closes_at, delivery_on=shown.date())
    part = ParticipationFactory(cycle=cycle, state=SaleState.PLANNED)
    PickupFactory(cycle=cycle)

    assert opening.open_due(now=cycle.opens_at - timedelta(seconds=1)) == 0
    assert opening.open_due(now=cycle.opens_at) == 1
    closes = [closing.close_due(now=closes_at + timedelta(minutes=step)) for step in range(-90, 91, 15)]

    assert closes == [0] * 6 + [1] + [0] * 6
    part.refresh_from_db()
    assert part.closed_at == closes_at


def test_an_hour_that_the_spring_day_skips_is_refused_in_words():
    with pytest.raises(HourMissing, match="02:30"):
        instant(datetime(2027, 3, 28, 2, 30), PARIS)


def test_a_handler_that_fails_holds_up_nobody_and_is_tried_again(monkeypatch):
    a_sale_with_an_order()
    closing.close_due(now=CLOSES)
    OutboxEvent.objects.filter(name="baskets.order_placed").update(payload={"order_id": -1, "wrong": True})

    outbox.deliver_due(now=CLOSES)

    failed = OutboxEvent.objects.get(delivered_at=None)
    assert (failed.name, failed.attempts) == ("baskets.order_placed", 1)
    assert failed.due_at > CLOSES
    assert Letter.objects.filter(kind="picking_list").count() == 1
