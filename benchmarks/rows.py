"""Rows to measure on, inserted in bulk: a cycle with so many farms, offers, households."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from cagette.core import clock
from cagette.core.money import Money
from cagette.people.models import Household, Membership, Organisation, User
from cagette.places.models import Commune, DeliveryPoint
from orders.baskets import changing
from orders.baskets.models import Order, OrderLine
from orders.cycles.models import Cycle, Offer, Participation, Pickup, PickupCounter
from producers.models import Producer, Product, Stock

_made = {"scenes": 0}


@dataclass(frozen=True)
class Scene:
    """A group's open cycle."""

    group: Organisation
    cycle: Cycle
    pickup: Pickup
    parts: list[Participation]
    offers: list[Offer]
    people: list[User]


def a_scene(*, farms: int, offers_per_farm: int, households: int) -> Scene:
    """An open cycle; every offer has a stock that falls."""
    _made["scenes"] += 1
    tag, now = f"s{_made['scenes']}", clock.now()
    commune, _created = Commune.objects.get_or_create(
        code="2B346", defaults={"name": "Vescovato", "sort_name": "vescovato", "department": "2B", "postcodes": "20215"}
    )
    group = Organisation.objects.create(kind="association", name=tag, slug=f"{tag}-group")
    point = DeliveryPoint.objects.create(
        organisation=group, name=tag, slug=tag, address="x", commune=commune, latitude="42.5", longitude="9.4"
    )
    cycle = Cycle.objects.create(
        organisation=group, name=tag, slug=tag, delivery_on=date(2027, 1, 2), opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=1), created_at=now,
    )  # fmt: skip
    pickup = Pickup.objects.create(
        cycle=cycle, point=point, starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=2, hours=2)
    )
    PickupCounter.objects.create(pickup=pickup)
    organisations = Organisation.objects.bulk_create(
        [
            Organisation(kind="producer", name=f"Ferme {n}", slug=f"{tag}-farm-{n}", email=f"{n}@x.example")
            for n in range(farms)
        ]
    )
    producers = Producer.objects.bulk_create([Producer(organisation=o) for o in organisations])
    products = Product.objects.bulk_create(
        [
            Product(producer=p, reference=str(n), name=f"Produit {n}", category="vegetables", unit_price=Money(100 + n))
            for p in producers
            for n in range(offers_per_farm)
        ]
    )
    stocks = Stock.objects.bulk_create([Stock(product=p, announced=10**6, remaining=10**6) for p in products])
    parts = Participation.objects.bulk_create(
        [Participation(cycle=cycle, producer=p, state="open", closes_at=cycle.closes_at) for p in producers]
    )
    by_producer = {part.producer_id: part for part in parts}
    offers = Offer.objects.bulk_create(
        [
            Offer(
                participation=by_producer[p.producer_id],
                product=p,
                stock=s,
                unit_price=p.unit_price,
                producer_price=p.unit_price,
            )
            for p, s in zip(products, stocks, strict=True)
        ]
    )
    return Scene(group, cycle, pickup, parts, offers, _people(tag, group, households))


def _people(tag: str, group: Organisation, count: int) -> list[User]:
    households = Household.objects.bulk_create([Household(name=f"Foyer {n}") for n in range(count)])
    Membership.objects.bulk_create(
        [Membership(household=h, organisation=group, joined_on=date(2026, 1, 1)) for h in households]
    )
    return User.objects.bulk_create(
        [User(email=f"{tag}-{n}@x.example", household=h, password="!") for n, h in enumerate(households)]
    )


def orders_of(scene: Scene, *, lines: int) -> None:
    """An order of so many lines for each household, spread over the offers."""
    now = clock.now()
    orders = Order.objects.bulk_create(
        [
            Order(
                pickup=scene.pickup,
                household_id=p.household_id or 0,
                number=n,
                code=f"{n:06d}",
                placed_at=now,
                changed_at=now,
            )
            for n, p in enumerate(scene.people, 1)
        ]
    )
    written: list[OrderLine] = []
    for place, order in enumerate(orders):
        for step in range(lines):
            offer = scene.offers[(place * 7 + step * 61) % len(scene.offers)]
            line = changing.line_of(offer, 2, vat=210, now=now)
            line.order = order
            written.append(line)
    OrderLine.objects.bulk_create(written, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def bare() -> Any:
    """A psycopg connection of its own to the same database, over the same socket."""
    import psycopg

    wanted = ("host", "port", "user", "password", "dbname")
    found = connection.get_connection_params()
    return psycopg.connect(**{key: found[key] for key in wanted if found.get(key)}, autocommit=True)
