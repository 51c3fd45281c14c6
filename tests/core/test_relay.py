"""The relay as a real process, and two of them at once."""

import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction

from cagette.core import clock, mail, outbox
from cagette.core.models import Heartbeat, Letter, OutboxEvent
from tests.conftest import in_own_connection
from tests.factories import NOW


def wait_for(what, *, seconds=20.0):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def relay(process_environ):
    """A relay on the test's own database that has shown that it lives."""
    environ = {**process_environ, "MAIL_TRANSPORT": "keep"}
    process = subprocess.Popen([sys.executable, "manage.py", "relay"], env=environ)
    try:
        wait_for(lambda: Heartbeat.objects.filter(name="relay").exists())
        yield process
    finally:
        process.kill()
        process.wait(10)


def a_letter(key="a"):
    return mail.write_letter(key=key, kind="test", to="a@example.org", subject="S", text="T", now=clock.now())


def is_sent(key="a"):
    return Letter.objects.filter(key=key, state="sent").exists()


def test_a_letter_leaves_as_soon_as_it_is_committed_and_not_before(relay):
    with transaction.atomic():
        a_letter()
        time.sleep(0.5)
    committed = time.monotonic()

    wait_for(is_sent)

    assert time.monotonic() - committed < 2.0  # by NOTIFY: the fallback alone takes up to five seconds
    assert Letter.objects.get().sent_at > Letter.objects.get().written_at


def test_the_relay_ends_at_once_and_well_when_it_is_told_to(relay):
    relay.send_signal(signal.SIGTERM)

    assert relay.wait(5) == 0


def test_the_relay_outlives_the_loss_of_its_connection(relay):
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(others, [connection.settings_dict["NAME"]])
        assert cursor.rowcount >= 1

    a_letter()

    wait_for(is_sent)
    assert relay.poll() is None


def test_a_killed_sender_leaves_its_letter_to_the_next_one_after_the_lease(committed_db, settings):
    settings.MAIL_TRANSPORT = "keep"
    letter = mail.write_letter(key="a", kind="test", to="a@example.org", subject="S", text="T", now=NOW)
    mail._claim(NOW)  # and then it dies

    assert mail.send_due(now=NOW + timedelta(minutes=4)) == 0
    assert mail.send_due(now=NOW + mail.LEASE) == 1

    assert Letter.objects.get().message_id == letter.message_id


@pytest.fixture
def counted(monkeypatch):
    """A handler that writes a letter slowly; how often it began."""
    began = []

    def handler(*, now, text):
        began.append(text)
        time.sleep(0.02)
        mail.write_letter(key=text, kind="test", to="a@example.org", subject=text, text=text, now=now)

    monkeypatch.setitem(outbox._handlers, "test.news", [handler])
    return began


def test_two_relays_at_once_deliver_each_event_once(committed_db, counted):
    for number in range(20):
        outbox.record("test.news", key=str(number), now=NOW, text=str(number))
    together = threading.Barrier(2)
    done = []

    def run():
        together.wait(10)
        done.append(outbox.deliver_due(now=NOW))

    relays = [threading.Thread(target=in_own_connection, args=(run,)) for _ in range(2)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join(30)

    assert sum(done) == 20
    assert min(done) > 0  # the one did not wait for the other
    assert sorted(counted, key=int) == [str(number) for number in range(20)]
    assert Letter.objects.count() == 20
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()


def test_an_event_that_another_holds_is_passed_over(committed_db, counted):
    outbox.record("test.news", key="held", now=NOW, text="held")
    outbox.record("test.news", key="free", now=NOW, text="free")
    url = connection.get_connection_params()
    wanted = {key: url[key] for key in ("host", "port", "user", "password", "dbname") if url.get(key)}

    with psycopg.connect(**wanted) as other:
        other.execute("SELECT 1 FROM core_outboxevent WHERE key = 'held' FOR UPDATE")
        assert outbox.deliver_due(now=NOW) == 1

    assert counted == ["free"]
    assert outbox.deliver_due(now=NOW) == 1
    assert counted == ["free", "held"]


def test_what_a_failing_handler_wrote_is_taken_back_with_it(committed_db, monkeypatch):
    def handler(*, now):
        mail.write_letter(key="half", kind="test", to="a@example.org", subject="S", text="T", now=now)
        raise RuntimeError("half way")

    monkeypatch.setitem(outbox._handlers, "test.news", [handler])
    outbox.record("test.news", key="a", now=NOW)

    assert outbox.deliver_due(now=NOW) == 0

    assert not Letter.objects.exists()
    assert OutboxEvent.objects.get().error == "RuntimeError: half way"
    OutboxEvent.objects.all().delete()


def test_news_that_is_rolled_back_is_never_told(committed_db, counted):
    with transaction.atomic():
        outbox.record("test.news", key="a", now=NOW, text="never")
        transaction.set_rollback(True)

    assert outbox.deliver_due(now=NOW) == 0
    assert counted == []
