"""Check every sum that the software promises."""

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from cagette.core import clock, integrity


class Command(BaseCommand):
    help = (
        "Check the sums; name each row that is wrong. Exits 1 when something is wrong, 0 with what is pending counted."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[str] = Counter()
        for name, findings in integrity.check_all(now=clock.now()).items():
            counts.update(finding.kind for finding in findings)
            wrong = [finding for finding in findings if finding.kind == "wrong"]
            self.stdout.write(f"{name}: {'wrong' if wrong else 'ok'}")
            for finding in wrong:
                self.stdout.write(f"  wrong: {finding.text}")
        self.stdout.write(" ".join(f"{kind}={counts[kind]}" for kind in ("wrong", "pending", "shortage")))
        if counts["wrong"]:
            sys.exit(1)
