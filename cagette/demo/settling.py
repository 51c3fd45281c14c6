"""Settling the demo's people, places and catalogues: rows as their owners would have entered them."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password

from cagette.core.money import Money
from cagette.demo.catalogue import FARMS, Farm, Item
from cagette.demo.people import HOUSEHOLDS, PASSWORD, address
from cagette.demo.places import GROUPS
from cagette.people.enums import OrganisationKind, RoleKind
from cagette.people.models import Household, Membership, Organisation, Role, User
from cagette.places import loading
from cagette.places.models import Commune, DeliveryPoint, Territory
from producers.enums import ListingState, StockMode
from producers.facts import StockWish, write_wish
from producers.models import Listing, Producer, Product, Stock

CERTIFIERS = {"ab": "FR-BIO-01", "aop": "Certipaq", "igp": "Qualisud"}
COMMUNES = Path(__file__).parent / "data" / "communes.csv"


def settle(*, now: datetime) -> None:
    """Write people, places, farms and groups of the small demo into an empty database."""
    password = make_password(PASSWORD)
    codes = _communes()
    farms = {farm.slug: _farm(farm, password, now) for farm in FARMS}
    groups = [_group(index, farms, now) for index in range(len(GROUPS))]
    _households(groups, password, now)
    _people_of_groups(groups[0], password, now)
    territory = Territory.objects.create(name="Casinca et plaine de Bastia", slug="casinca", organisation=groups[0])
    territory.communes.set(Commune.objects.filter(pk__in=codes))


def _communes() -> list[str]:
    """Load the communes of the demo; their codes."""
    with COMMUNES.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    loading.load_communes(rows)
    return [row["code"] for row in rows]


def _farm(farm: Farm, password: str, now: datetime) -> Producer:
    email = address(farm.first_name, farm.last_name)
    organisation = Organisation.objects.create(
        kind=OrganisationKind.PRODUCER, name=farm.name, slug=farm.slug, email=email, phone="04 95 00 00 00",
        commune_code=farm.commune, created_at=now,
    )  # fmt: skip
    grower = User.objects.create(
        email=email, first_name=farm.first_name, last_name=farm.last_name, password=password, date_joined=now
    )
    Role.objects.create(user=grower, organisation=organisation, kind=RoleKind.ADMINISTRATOR)
    producer = Producer.objects.create(
        organisation=organisation, story=farm.story, vat_regime=farm.vat_regime, drawing=farm.drawing, tint=farm.tint
    )
    today = organisation.local(now).date()
    products = Product.objects.bulk_create([_product(producer, item, today) for item in farm.items])
    stocks = [_stock(product, item, today) for product, item in zip(products, farm.items, strict=True)]
    Stock.objects.bulk_create([stock for stock in stocks if stock is not None])
    return producer


def _stock(product: Product, item: Item, today: date) -> Stock | None:
    """A total, or what there is from last month to the one after the next; days get their rows as sales open."""
    if item.stock is not None:
        return Stock(product=product, announced=item.stock, remaining=item.stock)
    if item.period is None:
        return None
    from_on, until_on = today - timedelta(days=30), today + timedelta(days=60)
    return Stock(
        product=product, period_from_on=from_on, period_until_on=until_on, announced=item.period, remaining=item.period
    )


def _product(producer: Producer, item: Item, today: date) -> Product:
    by_weight = item.step > 0
    counted = "gram" if by_weight else "piece"
    least, most = item.weighed or (None, None)
    product = Product(
        producer=producer,
        reference=item.reference,
        name=item.name,
        description=item.description,
        category=item.category,
        drawing=item.drawing,
        tint=item.tint,
        unit=counted,
        priced_in=item.content_unit if item.weighed else counted,
        piece_name=item.piece,
        pieces_name=item.pieces,
        content=item.content or None,
        content_unit=item.content_unit if item.content else "",
        weight_least=least,
        weight_most=most,
        unit_price=Money(item.cents),
        vat_class=item.vat,
        step=item.step or 1,
        minimum=item.minimum or 1,
        case_size=item.case or None,
        maximum=item.most or None,
        season=list(item.season),
        is_perishable=item.category not in ("grocery", "drinks"),
        labels=list(item.labels),
        allergens=list(item.allergens),
        storage=item.storage,
        origin="Corse",
    )
    write_wish(product, _wish(item, today))
    return product


def _wish(item: Item, today: date) -> StockWish:
    if item.every:  # the next sale of the first group has some
        return StockWish(StockMode.EVERY_NTH.value, None, item.each, item.every, today + timedelta(days=4))
    if item.each is not None:
        return StockWish(StockMode.PER_DELIVERY.value, each=item.each)
    if item.period is not None:
        return StockWish(StockMode.BY_PERIOD.value)
    return StockWish() if item.stock is None else StockWish(StockMode.TOTAL.value, item.stock)


def _group(index: int, farms: dict[str, Producer], now: datetime) -> Organisation:
    group = GROUPS[index]
    organisation = Organisation.objects.create(
        kind=OrganisationKind.ASSOCIATION, name=group.name, slug=group.slug, email=f"bonjour@{group.slug}.example",
        phone="04 95 00 00 00", commune_code=group.commune, created_at=now,
    )  # fmt: skip
    for point in group.points:
        DeliveryPoint.objects.create(
            organisation=organisation, name=point.name, slug=point.slug, address=point.address,
            commune_id=point.commune, latitude=point.latitude, longitude=point.longitude, hints=point.hints,
        )  # fmt: skip
    Listing.objects.bulk_create(
        [
            Listing(organisation=organisation, producer=farms[slug], state=ListingState.ACCEPTED, accepted_at=now)
            for slug in group.farms
        ]
    )
    return organisation


def _households(groups: list[Organisation], password: str, now: datetime) -> None:
    """Two thirds belong to the first group, one third to the second, a few to both."""
    today = now.date()
    for place, (first_name, last_name) in enumerate(HOUSEHOLDS):
        household = Household.objects.create(name=f"{last_name}, {first_name}", created_at=now)
        User.objects.create(
            email=address(first_name, last_name), first_name=first_name, last_name=last_name, household=household,
            password=password, date_joined=now,
        )  # fmt: skip
        mine = {0 if place % 3 else 1, 0 if place % 10 == 0 else 1 if place % 3 == 0 else 0}
        for index in sorted(mine):
            Membership.objects.create(household=household, organisation=groups[index], joined_on=today)


def _people_of_groups(group: Organisation, password: str, now: datetime) -> None:
    jeanne = User.objects.create(
        email="jeanne.luciani@demo.example",
        first_name="Jeanne",
        last_name="Luciani",
        password=password,
        date_joined=now,
    )
    for organisation in Organisation.objects.filter(kind=OrganisationKind.ASSOCIATION):
        Role.objects.create(user=jeanne, organisation=organisation, kind=RoleKind.COORDINATOR)
    volunteer = User.objects.get(email="dominique.agostini@demo.example")
    Role.objects.create(user=volunteer, organisation=group, kind=RoleKind.VOLUNTEER)
    User.objects.create(
        email="gestion@demo.example", first_name="Filippu", last_name="Gestion", password=password, date_joined=now,
        is_staff=True, is_superuser=True,
    )  # fmt: skip
