"""Print how to log in as each role of the demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cagette.demo.people import LOGINS, PASSWORD


class Command(BaseCommand):
    help = "Print the demo's log-ins, one per role."

    def handle(self, *args: Any, **options: Any) -> None:
        for login in LOGINS:
            self.stdout.write(f"  {login.role:<18} {login.email:<36} {PASSWORD:<16} {settings.BASE_URL}{login.start}")
        self.stdout.write(f"  letters, log-in codes included: {settings.BASE_URL}/courriers/")
