"""Without Valkey, or with one that accepts and never answers, nothing breaks and nobody waits."""

import socket
import threading
import time

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from cagette.core import cache as cache_module
from cagette.core.cache import SoftRedisCache
from tests.factories import UserFactory

PASSWORD = "corbeille-de-figues"


@pytest.fixture
def nobody():
    """The address of a server that is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def silent():
    """The address of a server that accepts and never answers."""
    accepted = []
    server = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept():
        while True:
            try:
                accepted.append(server.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for connection in accepted:
        connection.close()


@pytest.fixture(params=["nobody", "silent"])
def broken(request, settings, monkeypatch):
    """The default cache as the settings make it, on a server that does not serve."""
    location = request.getfixturevalue(request.param)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": location}}
    monkeypatch.setattr(SoftRedisCache, "_down_until", 0.0)
    yield caches["default"]
    SoftRedisCache._down_until = 0.0


def test_every_word_of_the_cache_fails_soft(broken, monkeypatch):
    monkeypatch.setattr(cache_module, "PAUSE_SECONDS", 0.0)  # each word meets the server itself
    monkeypatch.setattr(broken._cache, "_pool_options", {**broken._cache._pool_options, "socket_timeout": 0.05})

    assert broken.get("a") is None
    assert broken.get("a", 7) == 7
    assert broken.add("a", 1) is True
    assert broken.set("a", 1) is None
    assert broken.get_or_set("a", 3) == 3
    assert broken.touch("a") is False
    assert broken.delete("a") is False
    assert broken.get_many(["a"]) == {}
    assert broken.set_many({"a": 1}) == []
    assert broken.delete_many(["a"]) is None
    assert broken.has_key("a") is False
    assert "a" not in broken
    assert broken.incr("a") == 1
    assert broken.decr("a") == -1
    broken.clear()


def test_the_server_is_asked_once_and_then_left_alone_for_a_while(broken):
    started = time.monotonic()
    broken.get("a")
    first = time.monotonic() - started

    started = time.monotonic()
    for _ in range(1000):
        broken.get("a")
    others = time.monotonic() - started

    assert first < 1.5
    assert others < 0.2


def test_a_server_that_comes_back_is_used_again(settings, monkeypatch):
    monkeypatch.setattr(SoftRedisCache, "_down_until", time.monotonic() + 60)
    cache = caches["default"]
    cache.set("a", 1)
    assert cache.get("a") is None

    SoftRedisCache._down_until = 0.0
    cache.set("a", 1)

    assert cache.get("a") == 1


@pytest.mark.django_db
def test_people_log_in_quickly_all_the_same(broken):
    person = UserFactory(email="jeanne@example.org")
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    started = time.monotonic()

    for password in ("autre-chose", PASSWORD):
        client.post(reverse("account_login"), {"login": "jeanne@example.org", "password": password})
    client.post(reverse("account_reset_password"), {"email": "jeanne@example.org"})

    assert "_auth_user_id" in client.session
    assert time.monotonic() - started < 2.5
