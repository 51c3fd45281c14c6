"""Outbox, letters, links, numbers, health and the commands: delivered once, and one that fails holds up nobody."""

import smtplib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.mail import send_mail
from django.core.management import call_command

from cagette.core import health, integrity, links, mail, numbering, outbox
from cagette.core.models import Heartbeat, Letter, OutboxEvent
from cagette.local.servers import free_port
from tests.factories import NOW, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch):
    """What a subscriber of "test.news" heard; one whose text is "bad" makes it fail."""
    told = []

    def handler(*, now, text):
        if text == "bad":
            raise RuntimeError("cannot")
        told.append(text)

    monkeypatch.setitem(outbox._handlers, "test.news", [handler])
    return told


def test_news_is_delivered_once_and_the_same_key_is_the_same_news(heard):
    for _ in range(2):
        outbox.record("test.news", key="a", now=NOW, text="hello")

    assert outbox.deliver_due(now=NOW) == 1
    assert outbox.deliver_due(now=NOW) == 0
    assert heard == ["hello"]


def test_news_that_fails_waits_longer_each_time_and_holds_up_nobody(heard):
    outbox.record("test.news", key="a", now=NOW, text="bad")
    outbox.record("test.news", key="b", now=NOW, text="good")

    assert outbox.deliver_due(now=NOW) == 1
    assert outbox.deliver_due(now=NOW + timedelta(seconds=4)) == 0
    outbox.deliver_due(now=NOW + timedelta(seconds=5))

    failed = OutboxEvent.objects.get(key="a")
    assert heard == ["good"]
    assert (failed.attempts, failed.error) == (2, "RuntimeError: cannot")
    assert failed.due_at == NOW + timedelta(seconds=15)


def test_news_that_keeps_failing_is_wrong_and_news_that_waits_is_pending(heard):
    outbox.record("test.news", key="a", now=NOW, text="bad")
    assert [f.kind for f in outbox.find_undelivered(now=NOW)] == ["pending"]

    OutboxEvent.objects.update(attempts=8)

    assert [f.kind for f in outbox.find_undelivered(now=NOW)] == ["wrong"]


def a_letter(key="a", to="a@example.org", **fields):
    return mail.write_letter(key=key, kind="test", to=to, subject="Bonjour", text="Texte", now=NOW, **fields)


class Server:
    """A mail server that notes what it is handed; one address is bad, and it may be down."""

    def __init__(self):
        self.handed, self.is_down = [], False

    def take(self, letter, server):
        if self.is_down:
            raise ConnectionRefusedError("down")
        if letter.to.startswith("bad"):
            raise smtplib.SMTPRecipientsRefused({letter.to: (550, b"unknown")})
        self.handed.append((letter.to, letter.message_id))


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(mail, "_hand_over", server.take)
    return server


def test_a_letter_is_written_once_by_its_key_and_handed_over_once(server):
    a_letter()
    a_letter()

    assert mail.send_due(now=NOW) == 1
    assert mail.send_due(now=NOW + timedelta(hours=1)) == 0
    assert len(server.handed) == 1


def test_a_bad_address_fails_for_good_and_holds_up_nobody(server):
    a_letter("a", "bad@example.org")
    a_letter("b", "good@example.org")

    assert mail.send_due(now=NOW) == 1

    assert dict(Letter.objects.values_list("to", "state")) == {"bad@example.org": "failed", "good@example.org": "sent"}


def test_a_server_that_is_down_is_tried_again_with_the_same_message_id(server):
    letter = a_letter()
    server.is_down = True
    mail.send_due(now=NOW)
    server.is_down = False

    assert mail.send_due(now=NOW + timedelta(minutes=1)) == 0
    assert mail.send_due(now=NOW + timedelta(minutes=2)) == 1
    assert server.handed == [("a@example.org", letter.message_id)]


def test_a_letter_really_passes_through_a_mail_server(settings):
    from aiosmtpd.controller import Controller

    class Keeper:
        def __init__(self):
            self.received = []

        async def handle_DATA(self, server, session, envelope):
            self.received.append(envelope.content.decode())
            return "250 kept"

    keeper = Keeper()
    port = free_port()
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAIL_TRANSPORT = "smtp"
    settings.MAIL = {**settings.MAIL, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port}
    letter = a_letter(files=[mail.File("bon.csv", "text/csv", b"a;b")], reply_to="groupe@example.org")

    try:
        assert mail.send_due(now=NOW) == 1
    finally:
        controller.stop()

    assert f"Message-ID: {letter.message_id}" in keeper.received[0]
    assert "Reply-To: groupe@example.org" in keeper.received[0]
    assert "bon.csv" in keeper.received[0]


def test_resending_makes_a_row_of_its_own_once_per_form():
    letter, user, key = a_letter(), UserFactory(), uuid4()

    copies = [mail.resend(letter_id=letter.pk, key=key, by=user, now=NOW) for _ in range(2)]

    assert copies[0].pk == copies[1].pk != letter.pk
    assert Letter.objects.count() == 2
    assert copies[0].message_id != letter.message_id


def test_djangos_own_mail_becomes_a_hidden_letter(settings):
    settings.EMAIL_BACKEND = "cagette.core.mail.LetterBackend"
    send_mail("Code", "123456", None, ["a@example.org"])

    letter = Letter.objects.get()
    assert (letter.kind, letter.hidden, letter.text) == ("account", True, "123456")


def test_a_link_expires_is_bound_to_its_purpose_and_is_masked(settings):
    token = links.sign("list", 7)
    assert links.read("list", token) == 7
    with pytest.raises(links.LinkForged):
        links.read("other", token)
    settings.LETTER_LINK_DAYS = -1
    with pytest.raises(links.LinkExpired):
        links.read("list", token)

    assert links.read_expired("list", token) == 7
    assert links.masked(f"https://x.example/s/bon/{token} et la suite") == "https://x.example/s/bon/… et la suite"


def test_a_series_has_no_gap():
    assert [numbering.next_number("a") for _ in range(3)] == [1, 2, 3]
    assert numbering.next_number("b") == 1


def test_readyz_names_what_is_stuck(client):
    assert client.get("/livez").json() == {"alive": True}
    found = client.get("/readyz")
    assert found.status_code == 503
    assert found.json()["stuck"] == ["worker is silent", "relay is silent"]

    from cagette.core import clock

    now = clock.now()
    for name in ("worker", "relay"):
        health.beat(name, now=now)
    assert client.get("/readyz").status_code == 200
    a_letter()
    Letter.objects.update(due_at=now - timedelta(minutes=4))
    assert client.get("/readyz").json()["stuck"] == ["letters are stuck"]
    assert Heartbeat.objects.count() == 2


def test_verify_integrity_ends_with_one_when_something_is_wrong(monkeypatch, capsys):
    call_command("verify_integrity")
    assert "wrong=0" in capsys.readouterr().out
    monkeypatch.setitem(integrity._checks, "test", lambda now: [integrity.Finding("wrong", "row 7 is wrong")])

    with pytest.raises(SystemExit) as ended:
        call_command("verify_integrity")

    assert ended.value.code == 1
    assert "row 7 is wrong" in capsys.readouterr().out


def test_the_cache_fails_soft_when_valkey_is_away():
    from cagette.core.cache import SoftRedisCache

    away = SoftRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})

    assert away.get("a", "missing") == "missing"
    away.set("a", 1)
    assert away.add("a", 1) is True
    SoftRedisCache._down_until = 0.0
