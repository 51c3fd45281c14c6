"""The main job before your eyes: orders come in, the real worker closes, every producer's list is printed and
reconciled."""

import random
import sys
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Q

from cagette.core import clock, integrity
from cagette.core.models import Letter
from cagette.core.money import total
from cagette.demo import living
from cagette.people.models import Organisation, User
from distribution.models import PickingList
from orders.baskets.models import OrderLine
from orders.cycles import opening
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle

OPEN_SECONDS = 12
PATIENCE_SECONDS = 60
ORDERS = 20


class Command(BaseCommand):
    help = (
        "Plan a sale that closes in seconds, order through the domain, let the worker close it, print lists and sums."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        cycle = self._sell()
        if not self._closed(cycle):
            self.stdout.write(f"Nothing has closed within {PATIENCE_SECONDS} s.")
            sys.exit(1)
        lists = list(PickingList.objects.filter(participation__cycle=cycle).order_by("pk"))
        for picking_list in lists:
            self._print(picking_list)
        sys.exit(0 if self._reconcile(cycle, lists) else 1)

    def _sell(self) -> Cycle:
        group = Organisation.objects.get(slug="a-sporta")
        by = User.objects.get(email="jeanne.luciani@demo.example")
        now = clock.now()
        closes_at = now + timedelta(seconds=OPEN_SECONDS)
        day = group.local(now).date() + timedelta(days=3)
        cycle = living.plan(group, by, day, now, closes_at, now)
        opening.open_due(now=clock.now())
        placed = living.order_by_households(cycle, ORDERS, random.Random(cycle.pk), clock.now())  # noqa: S311
        self.stdout.write(f"{cycle.name} : {placed} commandes, clôture à {group.local(closes_at):%H:%M:%S}.")
        return cycle

    def _closed(self, cycle: Cycle) -> bool:
        """Wait until the worker has closed every participation and the relay has written the letters."""
        give_up_at = time.monotonic() + OPEN_SECONDS + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            waiting = cycle.participations.exclude(state=SaleState.CLOSED).exists()
            if not waiting and self._letters(cycle) >= cycle.participations.count():
                return True
            time.sleep(0.5)
        return False

    def _letters(self, cycle: Cycle) -> int:
        written = PickingList.objects.filter(participation__cycle=cycle).values_list("participation_id", "version")
        keys = Q(pk=None)
        for participation_id, version in written:
            keys |= Q(key__startswith=f"picking_list:{participation_id}:{version}:")
        return Letter.objects.filter(keys).count()

    def _print(self, picking_list: PickingList) -> None:
        farm = picking_list.participation.producer.organisation
        at = farm.local(picking_list.written_at)
        head = f"{farm.name}, bon n° {picking_list.number}, version {picking_list.version}, {at:%H:%M:%S}"
        self.stdout.write(f"\n{head} : {picking_list.order_count} paniers, {picking_list.amount}")
        for row in picking_list.rows.order_by("name"):
            self.stdout.write(f"  {row.in_words(row.count):>14}  {row.name:<40} {row.amount!s:>12}")
        page = f"{settings.BASE_URL}/fermes/{farm.slug}/bons/{picking_list.pk}"
        self.stdout.write(f"  {page}.pdf  {page}.csv  courrier : {settings.BASE_URL}/courriers/")

    def _reconcile(self, cycle: Cycle, lists: list[PickingList]) -> bool:
        lines = list(OrderLine.objects.active().filter(offer__participation__cycle=cycle))
        rows = [row for picking_list in lists for row in picking_list.rows.all()]
        ordered, listed = total([line.listed_amount for line in lines]), total([row.amount for row in rows])
        counts = {unit: (_sum(lines, unit), _sum(rows, unit)) for unit in ("gram", "millilitre", "piece")}
        self.stdout.write(f"\nCommandes {ordered}, bons {listed}.")
        for unit, (of_orders, of_lists) in counts.items():
            self.stdout.write(f"  {unit}: commandes {of_orders}, bons {of_lists}")
        wrong = [f for findings in integrity.check_all(now=clock.now()).values() for f in findings if f.kind == "wrong"]
        for finding in wrong:
            self.stdout.write(f"  faux : {finding.text}")
        equal = bool(lines) and ordered == listed and all(a == b for a, b in counts.values()) and not wrong
        self.stdout.write(
            "Les bons égalent les commandes, au gramme et au centime." if equal else "LES SOMMES DIFFÈRENT."
        )
        return equal


def _sum(rows: "list[Any]", unit: str) -> int:
    return sum(row.count for row in rows if row.unit == unit)
