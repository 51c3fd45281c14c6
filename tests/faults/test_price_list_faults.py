"""A long price list under faults: doubled, killed by pid in its middle, confirmed twice at once."""

import signal
import subprocess
import sys
import threading

import pytest
from django.db import transaction

from cagette.core import clock
from cagette.core.models import AuditEntry
from producers.models import PriceListDraft, Product, Stock
from producers.price_lists import applying, confirming
from producers.queries.price_lists import draft_page
from tests.factories import ProducerFactory, UserFactory
from tests.faults.conftest import Racer, kill_group, somebody_waits_for_a_lock, wait_until
from tests.producers.files import a_csv, a_draft, applied

pytestmark = pytest.mark.usefixtures("committed_db")

ROWS = 400


def a_waiting_list():
    lines = [f"{n};Blettes {n};Légumes;à la pièce;botte;bottes;600 g;2,80;1;1;30" for n in range(ROWS)]
    draft = a_draft(ProducerFactory(), a_csv(*lines), now=clock.now())
    assert applied(draft, now=clock.now()) is None
    return draft


def fresh_page(draft):
    return draft_page(draft=PriceListDraft.objects.get(pk=draft.pk))


def test_three_workers_apply_each_list_once(race):
    drafts = [a_waiting_list() for _ in range(2)]

    racers = race(*(lambda: confirming.apply_due(now=clock.now()) for _ in range(3)))

    assert [racer.error for racer in racers] == [None] * 3
    assert sum(racer.result for racer in racers) == 2
    assert Product.objects.count() == Stock.objects.count() == 2 * ROWS
    assert AuditEntry.objects.filter(verb="producers.price_list_applied").count() == 2
    assert PriceListDraft.objects.exclude(applied_at=None).count() == len(drafts)


def test_two_people_who_confirm_at_once_confirm_once(race):
    draft = a_waiting_list()
    PriceListDraft.objects.update(confirmed_at=None)
    digest = applying.preview(draft).digest

    def confirm():
        return applied(draft, digest=digest, by=people.pop(), now=clock.now())

    people = [UserFactory(), UserFactory()]
    racers = race(confirm, confirm)

    assert [(racer.error, racer.result) for racer in racers] == [(None, None)] * 2
    assert confirming.apply_due(now=clock.now()) == 1
    assert Product.objects.count() == ROWS


@pytest.mark.leaves_wrong
def test_without_the_lock_two_workers_collide(race, monkeypatch, caplog):
    """The guard taken away: both read the list as due, and one dies making a second stock for the same products."""
    draft = a_waiting_list()

    def look(draft_id, producer_id):
        found = PriceListDraft.objects.select_related("producer").get(pk=draft_id)
        both_here.wait(timeout=20)
        return found

    both_here = threading.Barrier(2)
    monkeypatch.setattr(confirming, "lock_draft", look)
    race(*(lambda: confirming.apply_due(now=clock.now()) for _ in range(2)))

    assert f"price list {draft.pk} was not applied" in caplog.text


def test_a_worker_killed_in_the_middle_leaves_nothing_half_written(process_environ):
    """A real worker, killed by its pid while it has written products and waits for a stock; another one does it."""
    draft = a_waiting_list()
    assert (fresh_page(draft).is_waiting, fresh_page(draft).is_running) == (True, False)

    with transaction.atomic():
        # whoever inserts the same stock's product first holds the worker in its middle
        Product.objects.create(producer=draft.producer, reference="399", name="x", category="fruit", unit_price=1)
        worker = start_worker(process_environ)
        try:
            wait_until(somebody_waits_for_a_lock, seconds=60)
            assert fresh_page(draft).is_running
            worker.send_signal(signal.SIGKILL)
        finally:
            kill_group(worker)
        transaction.set_rollback(True)

    assert not Product.objects.exists()
    assert not Stock.objects.exists()
    wait_until(lambda: not fresh_page(draft).is_running)
    assert fresh_page(draft).is_waiting

    second = start_worker(process_environ)
    try:
        wait_until(lambda: fresh_page(draft).applied is not None, seconds=60)
    finally:
        kill_group(second)
    assert fresh_page(draft).applied.added == ROWS
    assert Product.objects.count() == Stock.objects.count() == ROWS


def start_worker(environ):
    """A Celery worker on the test's database, and the call that beat would make."""
    celery = [sys.executable, "-m", "celery", "-A", "cagette.config"]
    quiet = ["--loglevel", "warning", "--without-gossip", "--without-mingle"]
    worker = subprocess.Popen(
        [*celery, "worker", "--pool", "prefork", "--concurrency", "1", *quiet],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    subprocess.run(
        [*celery, "call", "producers.tasks.apply_due_price_lists"], env=environ, check=True, capture_output=True
    )
    return worker


def test_a_farm_that_is_busy_holds_up_its_own_list_alone(monkeypatch):
    monkeypatch.setattr(confirming, "PATIENCE", "200ms")
    held, free = a_waiting_list(), a_waiting_list()

    with transaction.atomic():
        applying.locks.lock_producer(held.producer_id)
        racer = Racer(lambda: confirming.apply_due(now=clock.now()))
        assert racer.finish().result == 1

    assert fresh_page(free).applied is not None
    assert fresh_page(held).is_waiting
    assert confirming.apply_due(now=clock.now()) == 1
