"""Opening: at its time, by itself, a cycle makes its offers from the catalogues and takes orders."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from cagette.core import outbox
from orders.cycles import moving
from orders.cycles.models import Offer, Participation
from producers.enums import ListingState, StockMode
from producers.models import Product, Stock

log = logging.getLogger(__name__)


def open_due(*, now: datetime) -> int:
    """Open every participation whose time has come, however late; one failure does not stop the others.
    Returns how many."""
    opened = 0
    for participation_id in Participation.objects.due_to_open(now).order_by("pk").values_list("pk", flat=True):
        try:
            opened += open_one(participation_id=participation_id, now=now)
        except Exception:
            log.exception("participation %s did not open", participation_id)
    return opened


@transaction.atomic
def open_one(*, participation_id: int, now: datetime) -> bool:
    """Open one participation and make its offers, unless it has some already; False when it had opened before."""
    participation = (
        Participation.objects.due_to_open(now)
        .select_related("cycle")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=participation_id)
        .first()
    )
    if participation is None or not moving.open_participation(participation_id, now=now):
        return False
    if not participation.offers.exists():
        _make_offers(participation)
    cycle = participation.cycle
    outbox.record("cycles.participation_opened", key=str(participation_id), now=now, participation_id=participation_id)
    outbox.record("cycles.cycle_opened", key=str(cycle.pk), now=now, cycle_id=cycle.pk)
    return True


def _make_offers(participation: Participation) -> None:
    """One offer per product on sale, at the catalogue's price of this moment; nothing while the group does not
    list the farm."""
    group_id = participation.cycle.organisation_id
    listed = participation.producer.listings.filter(organisation_id=group_id, state=ListingState.ACCEPTED)
    if not listed.exists():
        return
    total = Stock.objects.filter(product=OuterRef("pk"), delivery_on=None).values("pk")[:1]
    products = (
        Product.objects.on_sale().filter(producer_id=participation.producer_id).annotate(total_id=Subquery(total))
    )
    rows: list[Any] = list(products.order_by("pk"))  # with total_id, the annotation
    Offer.objects.bulk_create(
        [
            Offer(
                participation=participation,
                product=product,
                unit_price=product.unit_price,
                stock_id=product.total_id if product.stock_mode == StockMode.TOTAL else None,
            )
            for product in rows
        ]
    )
