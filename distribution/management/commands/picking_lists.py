"""Write the picking lists of a cycle into a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cagette.core import clock
from distribution import documents
from distribution.queries import lists
from orders.cycles.models import Cycle


class Command(BaseCommand):
    help = "Write the newest version of each producer's picking list of a cycle (id or slug) into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cycle", help="the cycle's id or slug")
        parser.add_argument("--format", choices=sorted(documents.WRITERS), default="json")
        parser.add_argument("--out", type=Path, required=True, help="the folder to write into")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["cycle"]
        found = Cycle.objects.filter(slug=name).first()
        if found is None and name.isdecimal():
            found = Cycle.objects.filter(pk=int(name)).first()
        if found is None:
            raise CommandError(f"No cycle has the id or slug {name}.")
        folder: Path = options["out"]
        folder.mkdir(parents=True, exist_ok=True)
        ending = options["format"]
        write, _mime = documents.WRITERS[ending]
        written = list(lists.of_cycle(found))
        if not written:
            raise CommandError(f"{found.slug} has no picking list yet: it has not closed.")
        for item in written:
            page = lists.list_page(written=item, now=clock.now())
            path = folder / documents.file_name(page, ending)
            path.write_bytes(write(page))
            self.stdout.write(str(path))
