"""The relay: news and letters leave as soon as they are committed, with or without a broker."""

import logging
import signal
import sys
import time
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connection

from cagette.core import clock, health, mail, outbox

log = logging.getLogger(__name__)

FALLBACK_SECONDS = 5.0
PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    help = "Deliver news and letters on LISTEN/NOTIFY, and at least every 5 s. Several may run."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            try:
                self._listen()
            except (DatabaseError, InterfaceError, psycopg.Error) as error:  # listening meets psycopg's own errors
                log.warning("the relay lost the database: %s", error)
                time.sleep(PAUSE_SECONDS)

    def _listen(self) -> None:
        connection.close()
        while True:
            with connection.cursor() as cursor:
                cursor.execute("LISTEN cagette_news")  # again each time: Django may have connected anew meanwhile
            health.beat("relay", now=clock.now())
            outbox.deliver_due(now=clock.now())
            mail.send_due(now=clock.now())
            # psycopg hands over what was notified meanwhile too
            for _notice in connection.connection.notifies(timeout=FALLBACK_SECONDS, stop_after=1):
                pass
