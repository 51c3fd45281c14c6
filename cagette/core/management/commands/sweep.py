"""Do, without Celery, all that is due: open, close, deliver news, send letters."""

from typing import Any

from django.core.management.base import BaseCommand

from cagette.core import clock, sweeps


class Command(BaseCommand):
    help = "Do all that is due, once, without Celery or a broker: open and close, deliver news, send letters."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in sweeps.sweep_all(clock=clock.now).items():
            self.stdout.write(f"{name}: {count}")
