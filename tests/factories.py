"""Rows for tests, as life would have them: each with what it needs, nothing more."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import factory

from cagette.core.money import Money
from cagette.people.enums import OrganisationKind, RoleKind
from cagette.people.models import Household, Membership, Organisation, Role, User
from cagette.places.models import Commune, DeliveryPoint, Territory
from orders.baskets.changing import Wanted
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Offer, Participation, Pickup, PickupCounter
from producers.enums import Category, ListingState
from producers.models import Listing, Producer, Product, Stock

PARIS = ZoneInfo("Europe/Paris")
# Tuesday noon; the sale opened on Monday, closes on Thursday at 20 h, is delivered on Saturday
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=PARIS)
CLOSES = datetime(2026, 11, 26, 20, 0, tzinfo=PARIS)


class CommuneFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Commune
        django_get_or_create = ("code",)

    code = "2B346"
    name = "Venzolasca"
    sort_name = factory.LazyAttribute(lambda o: o.name.lower())
    department = factory.LazyAttribute(lambda o: o.code[:2])
    postcodes = "20215"
    population = 1900
    latitude = "42.48500"
    longitude = "9.45500"


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation

    kind = OrganisationKind.ASSOCIATION
    name = factory.Sequence(lambda n: f"A Sporta {n}")
    slug = factory.Sequence(lambda n: f"a-sporta-{n}")
    email = factory.LazyAttribute(lambda o: f"bonjour@{o.slug}.example")


class TerritoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Territory

    name = "Casinca"
    slug = factory.Sequence(lambda n: f"casinca-{n}")


class DeliveryPointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeliveryPoint

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Salle des fêtes {n}")
    slug = factory.Sequence(lambda n: f"salle-{n}")
    address = "1 place de l’Église"
    commune = factory.SubFactory(CommuneFactory)
    latitude = "42.48500"
    longitude = "9.45500"


class HouseholdFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Household

    name = factory.Sequence(lambda n: f"Foyer {n}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"personne{n}@example.org")
    first_name = "Jeanne"
    last_name = "Luciani"
    household = factory.SubFactory(HouseholdFactory)


class ProducerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Producer

    organisation = factory.SubFactory(
        OrganisationFactory,
        kind=OrganisationKind.PRODUCER,
        name=factory.Sequence(lambda n: f"Ortu {n}"),
        slug=factory.Sequence(lambda n: f"ortu-{n}"),
    )


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    producer = factory.SubFactory(ProducerFactory)
    reference = factory.Sequence(lambda n: f"R{n}")
    name = factory.Sequence(lambda n: f"Produit {n}")
    category = Category.VEGETABLES
    unit_price = Money(280)


class CycleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Cycle

    organisation = factory.SubFactory(OrganisationFactory)
    name = "Vente du 28 novembre"
    slug = factory.Sequence(lambda n: f"vente-{n}")
    delivery_on = date(2026, 11, 28)
    opens_at = NOW - timedelta(days=1)
    closes_at = CLOSES
    created_at = NOW - timedelta(days=7)


class ParticipationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Participation

    cycle = factory.SubFactory(CycleFactory)
    producer = factory.SubFactory(ProducerFactory)
    state = SaleState.OPEN
    closes_at = factory.LazyAttribute(lambda o: o.cycle.closes_at)


class PickupFactory(factory.django.DjangoModelFactory):
    """A pickup with its counter."""

    class Meta:
        model = Pickup
        skip_postgeneration_save = True

    cycle = factory.SubFactory(CycleFactory)
    point = factory.SubFactory(DeliveryPointFactory, organisation=factory.SelfAttribute("..cycle.organisation"))
    starts_at = datetime(2026, 11, 28, 10, 0, tzinfo=PARIS)
    ends_at = datetime(2026, 11, 28, 12, 0, tzinfo=PARIS)
    capacity = None

    @factory.post_generation
    def counter(self, create, extracted, **kwargs):
        PickupCounter.objects.create(pickup=self, capacity=self.capacity)


class OfferFactory(factory.django.DjangoModelFactory):
    """An offer of a product of the participation's producer; left=1000 gives it a stock that falls."""

    class Meta:
        model = Offer

    class Params:
        left = None

    participation = factory.SubFactory(ParticipationFactory)
    product = factory.SubFactory(ProductFactory, producer=factory.SelfAttribute("..participation.producer"))
    unit_price = factory.LazyAttribute(lambda o: o.product.unit_price)
    producer_price = factory.LazyAttribute(lambda o: o.product.unit_price)

    @factory.lazy_attribute
    def stock(self):
        if self.left is None:
            return None
        return Stock.objects.create(product=self.product, announced=self.left, remaining=self.left)


def a_role(user: User, organisation: Organisation, kind: RoleKind = RoleKind.COORDINATOR) -> User:
    """The same person, now with a role."""
    Role.objects.create(user=user, organisation=organisation, kind=kind)
    return user


def a_member(organisation: Organisation, **fields: Any) -> User:
    """A person whose household belongs to the group."""
    user: Any = UserFactory(**fields)
    Membership.objects.create(household=user.household, organisation=organisation, joined_on=date(2026, 1, 1))
    return user


def a_listing(organisation: Organisation, producer: Producer) -> Listing:
    """The group lists the producer."""
    return Listing.objects.create(organisation=organisation, producer=producer, state=ListingState.ACCEPTED)


def a_wish(*pairs: tuple[Offer, int]) -> dict[int, Wanted]:
    """What a form asks for, at today's prices."""
    return {offer.pk: Wanted(count=count, price_seen=offer.unit_price) for offer, count in pairs}


def an_order(pickup: Pickup, user: User, *pairs: tuple[Offer, int], version: int = 0, **changed: Any) -> dict[str, Any]:
    """The arguments of placing.place_order."""
    return {
        "pickup_id": pickup.pk,
        "household_id": user.household_id,
        "by": user,
        "version": version,
        "wanted": a_wish(*pairs),
        "key": uuid4(),
        "now": NOW,
        **changed,
    }


def fresh(row: Any) -> Any:
    """The row as the database has it now."""
    return type(row)._default_manager.get(pk=row.pk)
