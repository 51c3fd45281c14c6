"""Letters and a real mail server: bad addresses, "not now", a server that is down, dies or is slow."""

from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from cagette.core import mail
from cagette.core.models import Letter
from cagette.local.servers import free_port
from tests.factories import NOW

pytestmark = pytest.mark.django_db


class PostOffice:
    """A mail server that keeps what it takes; "bad" is unknown, "later" is not now, "poison" makes it hang up."""

    def __init__(self):
        self.taken, self.headers, self.sessions, self.is_full = [], [], set(), False

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.sessions.add(session.peer)
        if address.startswith("bad"):
            return "550 unknown"
        if address.startswith("later"):
            return "450 try again later"
        if address.startswith("poison"):
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        if self.is_full:
            return "452 no room"
        text = envelope.content.decode()
        self.headers.append(text.replace("\r\n ", " ").partition("\r\n\r\n")[0].splitlines())
        number = next(line for line in text.splitlines() if line.lower().startswith("message-id:"))
        self.taken.append((envelope.rcpt_tos[0], number.split(": ", 1)[1].strip()))
        return "250 kept"

    @property
    def addresses(self):
        return [address for address, _number in self.taken]


@pytest.fixture
def port(settings):
    settings.MAIL_TRANSPORT = "smtp"
    found = free_port()
    settings.MAIL = {**settings.MAIL, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": found}
    return found


@pytest.fixture
def office():
    return PostOffice()


@pytest.fixture
def opened(office, port):
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def letters_to(*addresses):
    return [
        mail.write_letter(key=address, kind="test", to=address, subject="Bonjour", text="Texte", now=NOW)
        for address in addresses
    ]


def states():
    return dict(Letter.objects.values_list("to", "state"))


def test_a_bad_address_fails_for_good_and_the_others_leave_by_the_same_connection(office, opened):
    letters_to("a@example.org", "bad@example.org", "b@example.org", "c@example.org")

    assert mail.send_due(now=NOW) == 3

    assert office.addresses == ["a@example.org", "b@example.org", "c@example.org"]
    assert states()["bad@example.org"] == "failed"
    assert len(office.sessions) == 2  # a new one after the refusal, then the same


def test_not_now_is_not_never(office, opened):
    (letter,) = letters_to("later@example.org")

    assert mail.send_due(now=NOW) == 0

    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.due_at) == ("waiting", 1, NOW + timedelta(minutes=2))
    assert "450" in letter.error


def test_a_letter_that_was_not_taken_is_handed_over_later_with_the_same_number(office, opened):
    (letter,) = letters_to("a@example.org")
    office.is_full = True
    assert mail.send_due(now=NOW) == 0
    office.is_full = False

    assert mail.send_due(now=NOW + timedelta(minutes=2)) == 1

    assert office.taken == [("a@example.org", letter.message_id)]


def test_an_address_that_is_none_fails_and_holds_up_nobody(office, opened):
    letters_to("a@example.org\nBcc: b@example.org", "c@example.org")

    assert mail.send_due(now=NOW) == 1

    assert office.addresses == ["c@example.org"]
    assert sorted(states().values()) == ["failed", "sent"]


def test_a_server_that_hangs_up_ends_the_round_and_the_next_round_goes_on(office, opened):
    letters_to("poison@example.org", "b@example.org")

    assert mail.send_due(now=NOW) == 0
    assert states() == {"poison@example.org": "waiting", "b@example.org": "waiting"}
    assert mail.send_due(now=NOW) == 1

    assert office.addresses == ["b@example.org"]


def test_while_the_server_is_down_one_letter_a_round_is_tried_and_none_is_given_up(office, port):
    letters_to("a@example.org", "b@example.org")
    now = NOW
    for _ in range(40):
        assert mail.send_due(now=now) == 0
        now += timedelta(hours=2)

    assert set(states().values()) == {"waiting"}
    assert max(Letter.objects.values_list("attempts", flat=True)) > mail.ATTEMPTS_MAX
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert mail.send_due(now=now) == 2
    finally:
        controller.stop()
    assert sorted(office.addresses) == ["a@example.org", "b@example.org"]


def test_a_round_ends_in_time_for_the_relay_to_show_that_it_lives(office, opened, monkeypatch):
    letters_to("a@example.org", "b@example.org")
    monkeypatch.setattr(mail, "ROUND_SECONDS", 0.0)

    assert mail.send_due(now=NOW) == 0

    assert states() == {"a@example.org": "waiting", "b@example.org": "waiting"}


def test_a_bounce_among_300_openings_holds_up_nobody(office, opened):
    addresses = [f"p{n}@example.org" for n in range(298)]
    addresses[150:150] = ["bad@example.org", "later@example.org"]
    mail.write_letters(
        [mail.Draft(key=a, kind="opening", to=a, subject="Ouverte", text="Texte") for a in addresses], now=NOW
    )

    sent = sum(mail.send_due(now=NOW) for _ in range(3))  # a round may end before all have left

    assert sent == 298
    assert len(office.addresses) == len(set(office.addresses)) == 298
    found = states()
    assert (found.pop("bad@example.org"), found.pop("later@example.org")) == ("failed", "waiting")
    assert set(found.values()) == {"sent"}
    assert len(office.sessions) == 3  # a new one after each refusal, else the same


def test_only_a_letter_that_many_get_offers_to_stop_with_one_press(office, opened):
    (order,) = letters_to("a@example.org")
    link = "https://example.org/s/rappels/abc:1/"
    mail.write_letters(
        [mail.Draft(key="b", kind="opening", to="b@example.org", subject="S", text="T", unsubscribe=link)], now=NOW
    )

    assert mail.send_due(now=NOW) == 2

    to_order, to_many = office.headers
    assert not [line for line in to_order if line.lower().startswith("list-")]
    assert f"List-Unsubscribe: <{link}>" in to_many
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in to_many
    assert order.unsubscribe == ""
