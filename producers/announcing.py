"""Announcing a harvest: how much there is of a product for a day (or its period, or in all), before or after orders."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.people.models import User
from producers import harvesting
from producers.enums import StockMode
from producers.facts import STOCK_MAX, ProductRefused
from producers.locks import lock_product, lock_stock, move
from producers.models import Product, Stock


class HarvestChangedMeanwhile(ProductRefused):
    """Somebody else announced another figure since the form was shown."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What came of it: what is left to sell, and what is sold beyond the harvest, in base units."""

    changed: bool
    left: int
    short: int


@transaction.atomic
def announce_harvest(*, product_id: int, day: date, amount: int, seen: int | None, by: User, now: datetime) -> Harvest:
    """Say how much of a product there is for a delivery day, in base units: all of it, what is ordered included.

    seen: the figure that the form showed (None: none yet). Less than is ordered leaves nothing to sell and a shortage,
    which the groups' coordinators settle. The same form twice changes nothing the second time.
    Raises ProductRefused, HarvestChangedMeanwhile.
    """
    if not 0 <= amount <= STOCK_MAX:
        raise ProductRefused(_("Dites combien il y en a : zéro ou plus."), field="amount")
    product = lock_product(product_id)
    if product.stock_mode == StockMode.UNLIMITED:
        raise ProductRefused(
            _("« %(name)s » est vendu sans limite : changez d’abord son stock.") % {"name": product.name}
        )
    stock = _row(product, day)
    if stock.announced == amount:
        return Harvest(False, stock.remaining, stock.short)
    if seen is not None and stock.announced != seen:
        shown = {"there": product.in_words(stock.announced)}
        raise HarvestChangedMeanwhile(
            _("Ce chiffre a été changé entre-temps : %(there)s. Vérifiez, puis recommencez.") % shown, field="amount"
        )
    move({stock.pk: amount - stock.announced})
    after = Stock.objects.get(pk=stock.pk)
    if after.short != stock.short:
        key = f"{stock.pk}:{stock.announced}:{amount}:{now.isoformat()}"
        outbox.record("producers.harvest_corrected", key=key, now=now, stock_id=stock.pk)
    audit.note(
        "producers.harvest_announced", subject=f"stock:{stock.pk}", by=by, now=now,
        scope_id=product.producer.organisation_id, amount=[stock.announced, amount], day=day.isoformat(),
    )  # fmt: skip
    return Harvest(True, after.remaining, after.short)


def _row(product: Product, day: date) -> Stock:
    """The product's stock row of that day, locked; made empty where the day has none yet."""
    known = harvesting.row_on(product, day)
    if known is None and product.stock_mode in (StockMode.PER_DELIVERY, StockMode.EVERY_NTH):
        Stock.objects.bulk_create(
            [Stock(product=product, delivery_on=day, announced=0, remaining=0)], ignore_conflicts=True
        )
        known = harvesting.row_on(product, day)
    if known is None:
        raise ProductRefused(_("« %(name)s » n’a pas de stock pour ce jour.") % {"name": product.name})
    return lock_stock(known.pk)
