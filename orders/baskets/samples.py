"""Letters with made-up figures, for a group that words them: composed as the real ones, from rows that nobody saves."""

from datetime import datetime, timedelta

from django.conf import settings

from cagette.core import letters, words
from cagette.core.letters import Composed, Words
from cagette.core.money import Money
from cagette.people.models import Organisation
from cagette.places.models import Commune, DeliveryPoint
from orders.baskets import bulletins, notices
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.dues import CutsFor, Due, Part
from orders.baskets.queries.orders import FarmPart, OrderPage
from orders.baskets.queries.reminders import Sale, ShopDoor
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Offer, Participation, Pickup
from producers.models import Producer, Product

CUT = [["Miel de printemps", "2 pots", ""], ["Œufs", "12", "6"]]


def _point(group: Organisation) -> DeliveryPoint:
    real = DeliveryPoint.objects.filter(organisation=group, is_active=True).select_related("commune").first()
    commune = Commune(code="00000", name="notre commune")
    return real or DeliveryPoint(organisation=group, name="Salle des fêtes", address="1, place", commune=commune)


def _pickup(group: Organisation, now: datetime) -> Pickup:
    closes_at = group.local(now).replace(hour=20, minute=0, second=0, microsecond=0) + timedelta(days=1)
    collects_at = closes_at.replace(hour=18) + timedelta(days=2)
    cycle = Cycle(
        organisation=group, name="Vente d’exemple", delivery_on=collects_at.date(),
        opens_at=closes_at - timedelta(days=5), closes_at=closes_at,
    )  # fmt: skip
    ends_at = collects_at + timedelta(minutes=90)
    return Pickup(cycle=cycle, point=_point(group), starts_at=collects_at, ends_at=ends_at)


def _sale(group: Organisation, now: datetime) -> Sale:
    pickup = _pickup(group, now)
    return Sale(pickup.cycle, [ShopDoor(pickup, settings.BASE_URL)])


def _lines(cycle: Cycle) -> list[OrderLine]:
    farm = Organisation(name="La ferme d’à côté")
    part = Participation(
        cycle=cycle, producer=Producer(organisation=farm), state=SaleState.OPEN, closes_at=cycle.closes_at
    )
    found = []
    for name, count, cents in (("Carottes en botte", 2, 280), ("Blettes", 1, 240)):
        product = Product(producer=part.producer, name=name, piece_name="botte", pieces_name="bottes")
        offer = Offer(participation=part, product=product, unit_price=Money(cents), producer_price=Money(cents))
        line = OrderLine(offer=offer, unit=product.unit, priced_in=product.priced_in, unit_price=Money(cents))
        line.set_count(count)
        found.append(line)
    return found


def _order(group: Organisation, now: datetime, *, state: OrderState = OrderState.PLACED) -> OrderPage:
    order = Order(pickup=_pickup(group, now), number=12, code="K7M3QX", state=state, version=1)
    lines = _lines(order.pickup.cycle)
    part = lines[0].offer.participation
    parts = [FarmPart(part.producer.organisation, part, True, lines)]
    parts = parts if state == OrderState.PLACED else []
    return OrderPage(order=order, group=group, now=now, parts=parts, charges=[], likely=None, gone=[], deeds=[])


def _due(group: Organisation, now: datetime) -> Due:
    page = _order(group, now)
    return Due(page.order, [Part(part.farm, part.lines) for part in page.parts], [])


def opening(group: Organisation, now: datetime, own: Words) -> Composed:
    return bulletins.compose_opening(group, [_sale(group, now)], own)


def closing(group: Organisation, now: datetime, own: Words) -> Composed:
    return bulletins.compose_closing(_sale(group, now), own, now)


def collection(group: Organisation, now: datetime, own: Words) -> Composed:
    return bulletins.compose_collection(_due(group, now), own, link=settings.BASE_URL)


def close(group: Organisation, now: datetime, own: Words) -> Composed:
    cuts = [CutsFor(CancelReason.MINIMUM, CUT[:1])]
    return notices.compose_close(_due(group, now), cuts, own, link=settings.BASE_URL)


def order(group: Organisation, now: datetime, own: Words) -> Composed:
    page = _order(group, now)
    return _about(page, "order", own, notices.subject_of(page))


def cancelled(group: Organisation, now: datetime, own: Words) -> Composed:
    page = _order(group, now, state=OrderState.CANCELLED)
    return _about(page, "cancelled", own, notices.subject_of(page))


def cut(group: Organisation, now: datetime, own: Words) -> Composed:
    page = _order(group, now)
    subject = f"Commande n° {page.order.number} : {words.count_of(len(CUT), 'produit change', 'produits changent')}"
    return _about(page, "cut", own, subject, lines=CUT, cause=notices.REASONS[CancelReason.SHORTAGE], why="")


def moved(group: Organisation, now: datetime, own: Words) -> Composed:
    page = _order(group, now)
    subject, said = notices.MOVES["place"]
    before, after = "samedi, de 9 h à 11 h, place du marché", "samedi, de 10 h à 12 h, salle des fêtes"
    told = {"said": said, "before": before, "after": after, "why": "la place est prise"}
    return _about(page, "moved", own, f"Commande n° {page.order.number} : {subject}", **told)


def wait(group: Organisation, now: datetime, own: Words) -> Composed:
    cycle = _pickup(group, now).cycle
    product = _lines(cycle)[0].offer.product
    context = {
        "product": product, "farm": product.producer.organisation, "group": group, "closes_at": cycle.closes_at,
        "link": settings.BASE_URL,
    }  # fmt: skip
    return letters.compose(
        author=group, words=own, template="baskets/letters/back", context=context,
        subject=f"{product.name} : il y en a de nouveau",
        values={"jour": words.day(cycle.delivery_on), "produit": product.name},
    )  # fmt: skip


def _about(page: OrderPage, template: str, own: Words, subject: str, **more: object) -> Composed:
    return letters.compose(
        author=page.group, words=own, template=f"baskets/letters/{template}", subject=subject,
        context={"page": page, "link": settings.BASE_URL, **more}, values=notices.values_of(page.order),
    )  # fmt: skip
