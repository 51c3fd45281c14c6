"""Load the communes of the country."""

import csv
import gzip
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cagette.places import loading


class Command(BaseCommand):
    help = "Load communes from a CSV file, gzipped or not, with the columns " + ", ".join(loading.COLUMNS) + "."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        opened = gzip.open if file.suffix == ".gz" else open
        try:
            with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
                done = loading.load_communes(csv.DictReader(lines))
        except (OSError, EOFError, UnicodeDecodeError, csv.Error, loading.CommunesUnreadable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done} communes")
