"""Fill an empty installation with the demo."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from cagette.core import clock
from cagette.demo import living, settling, window
from cagette.people.models import Organisation


class Command(BaseCommand):
    help = "Load the small demo into an empty installation; run again it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=["small"], default="small")
        parser.add_argument("--migrate", action="store_true", help="migrate first: one start of Django instead of two")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["migrate"] and _is_behind():
            call_command("migrate", verbosity=0)
        if Organisation.objects.filter(slug="a-sporta").exists():
            self.stdout.write("The demo is there already.")
            return
        if Organisation.objects.exists():
            raise CommandError("This installation is in use: the demo goes into an empty one only.")
        now = clock.now()
        with transaction.atomic():
            settling.settle(now=now)
            window.dress(now=now)
        living.live(now=now)
        self.stdout.write("The demo is loaded.")


def _is_behind() -> bool:
    """Whether a migration waits; finding none is quicker than a migrate that does nothing."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
