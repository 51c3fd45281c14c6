"""What a participation offers: its catalogue of the moment, chosen and priced by the group's listing."""

from datetime import date

from orders.cycles.enums import SaleState
from orders.cycles.models import Offer, Participation
from producers import harvesting
from producers.enums import ListingState
from producers.listed import group_price, is_picked
from producers.models import Listing, Product


def make_offers(participation: Participation) -> None:
    """Make the offers of a participation that has none; give those that it was given (cloned) the stock of its day.

    A step of opening, in its transaction. Nothing is offered while the group does not list the farm.
    """
    kept = list(participation.offers.select_related("product"))
    if kept:
        _give_stocks(participation, kept)
    else:
        _make(participation)


def _give_stocks(participation: Participation, offers: list[Offer]) -> None:
    stocks = harvesting.stocks_on(
        [offer.product for offer in offers],
        day=participation.cycle.delivery_on,
        delivery_days=earlier_deliveries(participation),
    )
    for offer in offers:
        offer.stock = stocks.get(offer.product_id)
        gone = offer.product_id not in stocks or not offer.product.is_active or offer.product.retired_at is not None
        offer.is_available = offer.is_available and not gone
    Offer.objects.bulk_update(offers, ["stock", "is_available"], batch_size=1000)


def _make(participation: Participation) -> None:
    listing = Listing.objects.filter(
        organisation_id=participation.cycle.organisation_id,
        producer_id=participation.producer_id,
        state=ListingState.ACCEPTED,
    ).first()
    if listing is None:
        return
    listed = {row.product_id: row for row in listing.products.all()}
    products = list(Product.objects.on_sale().filter(producer_id=participation.producer_id).order_by("pk"))
    stocks = harvesting.stocks_on(
        [product for product in products if is_picked(listing, listed.get(product.pk))],
        day=participation.cycle.delivery_on,
        delivery_days=earlier_deliveries(participation),
    )
    Offer.objects.bulk_create(
        [
            Offer(
                participation=participation,
                product=product,
                stock=stocks[product.pk],
                unit_price=group_price(product, listing, listed.get(product.pk)),
                producer_price=product.unit_price,
            )
            for product in products
            if product.pk in stocks
        ]
    )


def earlier_deliveries(participation: Participation) -> set[date]:
    """The days before this one on which the producer delivers, to any group."""
    others = Participation.objects.filter(
        producer_id=participation.producer_id, cycle__delivery_on__lt=participation.cycle.delivery_on
    ).exclude(state__in=(SaleState.DECLINED, SaleState.CANCELLED))
    return set(others.values_list("cycle__delivery_on", flat=True).distinct())
