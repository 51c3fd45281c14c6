"""A sale that was ordered from and closed, for the tests of its picking list."""

from cagette.core.money import Money
from cagette.people.enums import RoleKind
from distribution import closing
from distribution.models import PickingList
from distribution.queries import lists
from orders.baskets import placing
from tests.factories import (
    CLOSES,
    HouseholdFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    a_role,
    an_order,
)

BY_WEIGHT = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 500}


def a_closed_sale(households=2, name="Carottes", household_name="Mattei, Pauline"):
    """A participation whose households ordered 750 g of carrots and 2 bunches each, then closed."""
    part = ParticipationFactory()
    pickup = PickupFactory(cycle=part.cycle)
    producer = part.producer
    carrots = ProductFactory(producer=producer, name=name, reference="104", unit_price=Money(340), **BY_WEIGHT)
    chard = ProductFactory(
        producer=producer,
        name="Blettes",
        reference="101",
        piece_name="botte",
        pieces_name="bottes",
        unit_price=Money(280),
    )
    offers = [OfferFactory(participation=part, product=product) for product in (carrots, chard)]
    for _ in range(households):
        user = a_member(part.cycle.organisation, household=HouseholdFactory(name=household_name))
        placing.place_order(**an_order(pickup, user, (offers[0], 750), (offers[1], 2)))
    closing.close_due(now=CLOSES)
    return PickingList.objects.get(participation=part)


def page_of(written):
    return lists.list_page(written=lists.picking_lists().get(pk=written.pk), now=CLOSES)


def farm_person(written):
    return a_role(UserFactory(), written.participation.producer.organisation, RoleKind.STAFF)
