"""./bench [placing|closing|shop]: run on a database of its own, print the figures, fail where a promise breaks."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psycopg


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; 1 when a number of queries is above what is promised."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cagette.config.settings"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    with own_database():
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from benchmarks import closing, placing, shop

        benchmarks = {"placing": placing.run, "shop": shop.run, "closing": closing.run}
        unkept = [promise for name in names or benchmarks for promise in benchmarks[name]()]
        from django.db import connections

        connections.close_all()
    for promise in unkept:
        print(f"NOT KEPT: {promise}")
    return 1 if unkept else 0


@contextmanager
def own_database() -> Iterator[None]:
    """A database for this run alone, on the server of DATABASE_URL, dropped afterwards."""
    url = os.environ["DATABASE_URL"]
    address, _mark, query = url.partition("?")
    server = f"{address.rpartition('/')[0]}/postgres" + (f"?{query}" if query else "")
    name = f"cagette_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        os.environ["DATABASE_URL"] = f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
        try:
            yield
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
