"""What all tests stand on: real PostgreSQL and Valkey, and for tests that commit a database of their own.

`db` (or `pytest.mark.django_db`) rolls back. A test that commits (threads, processes, a live server) takes the fixture
`committed_db`: a clone of the migrated database, dropped afterwards. Flushing tables instead (`transaction=True`) would
empty Wagtail's root page and the VAT table for the next run.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.db import connections
from django.test.utils import setup_databases

from cagette.core import clock, integrity


@pytest.fixture(autouse=True)
def _quiet_ground(settings: Any, tmp_path: Any) -> None:
    """Fast hashes, files in a folder of the test's own, an empty cache."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_keepdb: bool, django_db_createdb: bool
) -> None:
    """The migrated test database, also when only tests that commit are run: pytest-django looks at its own marks."""
    with django_db_blocker.unblock():
        keep = django_db_keepdb and not django_db_createdb
        setup_databases(verbosity=0, interactive=False, keepdb=keep, aliases={"default": None})


@contextmanager
def _admin() -> "Iterator[psycopg.Connection[Any]]":
    """A connection to the server that stands in no database of ours."""
    parameters = {**connections["default"].get_connection_params(), "dbname": "postgres"}
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if parameters.get(key)}
    with psycopg.connect(**wanted, autocommit=True) as admin:
        yield admin


@pytest.fixture
def committed_db(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of the test's own, a clone of the migrated one, in which commits are real. Yields its name.

    Whatever the test did, verify_integrity must be clean after it, but for tests marked `leaves_wrong`, which take a
    guard away.
    """
    connection = connections["default"]
    template = connection.settings_dict["NAME"]
    assert template.startswith("test_"), "never a clone of a database that somebody uses"
    name = f"{template}_{os.getpid()}_clone"
    connection.close()
    with _admin() as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    connection.settings_dict["NAME"] = name
    with django_db_blocker.unblock():
        try:
            yield name
            if not request.node.get_closest_marker("leaves_wrong"):
                assert _what_is_wrong() == []
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = template
            with _admin() as admin:
                admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _what_is_wrong() -> list[str]:
    found = integrity.check_all(now=clock.now()).values()
    return [finding.text for findings in found for finding in findings if finding.kind == "wrong"]


@pytest.fixture
def process_environ(committed_db: str) -> dict[str, str]:
    """The environment for real processes (workers, servers) on the test's own database."""
    url = os.environ["DATABASE_URL"]
    head, _slash, _name = url.rpartition("/") if "?" not in url else url.partition("?")[0].rpartition("/")
    query = "?" + url.partition("?")[2] if "?" in url else ""
    return {**os.environ, "DATABASE_URL": f"{head}/{committed_db}{query}", "PYTHONWARNINGS": "ignore"}


def in_own_connection(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Run something in a thread and close the connection that it opened."""
    try:
        return function(*args, **kwargs)
    finally:
        connections.close_all()
