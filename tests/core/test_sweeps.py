"""What goes on by itself: the sweep without Celery, the tasks with it, and the alarm."""

import logging
from io import StringIO

import pytest
from django.core.management import call_command

from cagette.core import health, integrity, mail, outbox, sweeps, tasks
from cagette.core.models import Heartbeat, Letter, OutboxEvent
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def news(monkeypatch, settings):
    """News that writes a letter, and a mail server that is not needed."""
    settings.MAIL_TRANSPORT = "keep"

    def handler(*, now):
        mail.write_letter(key="told", kind="test", to="a@example.org", subject="S", text="T", now=now)

    monkeypatch.setitem(outbox._handlers, "test.news", [handler])
    outbox.record("test.news", key="a", now=NOW)


def sweep():
    out = StringIO()
    call_command("sweep", stdout=out)
    return dict(line.split(": ") for line in out.getvalue().splitlines())


def test_one_sweep_opens_closes_tells_and_sends_in_this_order_and_the_next_finds_nothing(news):
    done = sweep()

    told = ["waits", "remind", "digest", "outbox", "letters"]
    assert list(done) == ["price lists", "plan", "open", "close", "versions", *told]
    assert (done["outbox"], done["letters"]) == ("1", "1")  # the letter of the news leaves in the same sweep
    assert Letter.objects.get().state == "sent"
    assert set(sweep().values()) == {"0"}


def test_each_sweep_reads_the_clock_anew(monkeypatch):
    monkeypatch.setattr(sweeps, "_sweeps", {})
    seen = []
    for name, order in (("second", 2), ("first", 1)):
        sweeps.register(name, lambda *, now, name=name: seen.append((name, now)) or 0, order=order)
    hours = iter(range(2))

    sweeps.sweep_all(clock=lambda: next(hours))

    assert seen == [("first", 0), ("second", 1)]


def test_celery_does_the_same_and_twice_is_harmless(news):
    tasks.beat()
    assert [tasks.relay(), tasks.relay()] == [2, 0]

    assert Heartbeat.objects.get().name == "worker"
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()


def test_what_is_wrong_alarms_and_what_is_pending_does_not(monkeypatch, caplog):
    found = [integrity.Finding("wrong", "row 7"), integrity.Finding("pending", "row 8")]
    monkeypatch.setitem(integrity._checks, "test", lambda *, now: found)

    with caplog.at_level(logging.ERROR):
        assert tasks.verify_integrity() == 1

    assert [record.getMessage() for record in caplog.records] == ["integrity: row 7"]


def test_a_watch_of_another_app_turns_readyz_red(client, monkeypatch):
    from cagette.core import clock

    for name in ("worker", "relay"):
        health.beat(name, now=clock.now())
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(health, "_watches", [lambda *, late: ["a sale is late to close"]])

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["stuck"]) == (503, ["a sale is late to close"])
