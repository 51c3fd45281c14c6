"""Moving a delivery to another day, or a pickup to another point or hour: stock follows, everybody is told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.people.models import User
from cagette.places.models import DeliveryPoint
from orders.baskets.locks import some_handed_over
from orders.baskets.models import OrderLine, Shortage
from orders.cycles import offering, rescheduling
from orders.cycles.models import Cycle, Offer, Pickup
from orders.cycles.rescheduling import Held, MoveRefused
from producers import harvesting
from producers import locks as stock_locks
from producers.models import Stock


@transaction.atomic
def move_delivery(
    *, cycle_id: int, delivery_on: date, by: User, now: datetime, why: str = "", following: bool = False
) -> int:
    """Move a sale's delivery to another day, with its pickups; hours stay what clocks show. Returns how many sales
    moved: 0 when it was on that day already.

    A sale that has not opened moves whole, opening and close too. following: so do those that its template has planned
    after it, by as many days, and the template's rule. What is ordered takes the stock of its new day and gives the old
    one's back; prices and VAT rates stay as they are on the lines (ruling 5), and lists say the same, so they get no
    version (ruling 2). Households and farms are told once. Raises MoveRefused, and then changes nothing.
    """
    held = rescheduling.hold_alive(rescheduling.following_ids(cycle_id) if following else [cycle_id])
    first = held[cycle_id]
    days = (delivery_on - first.cycle.delivery_on).days
    if not days:
        return 0
    # those that opened since they were looked up stay where they are
    moved = [one for one in held.values() if one is first or not one.begun]
    said = {one.cycle.pk: _move(one, days=days, by=by, why=why, now=now) for one in moved}
    if following:
        rescheduling.move_rule(first.cycle, days=days)
    before, after = said.pop(cycle_id)
    _tell(
        first.cycle, "day", before=before, after=after, why=why, now=now,
        participations=[part.pk for one in moved for part in one.coming],
        more=[[pk, *both] for pk, both in said.items()],
    )  # fmt: skip
    return len(moved)


def _move(held: Held, *, days: int, by: User, why: str, now: datetime) -> tuple[str, str]:
    """The day before and after, in words."""
    cycle, before = held.cycle, held.cycle.delivery_on
    if some_handed_over(cycle.pk):
        raise MoveRefused(_("Des paniers sont déjà remis : cette livraison ne se déplace plus."))
    rescheduling.shift(held, days=days, now=now)
    _move_stocks(held)
    said = words.day(before), words.day(cycle.delivery_on)
    _note(cycle, "day", before=said[0], after=said[1], why=why, by=by, now=now)
    return said


def _move_stocks(held: Held) -> None:
    """Key the stock of offers on the new day: lines take there what they hold, and give it back where it was."""
    offers = list(Offer.objects.filter(participation__in=held.begun).select_related("product", "stock").order_by("pk"))
    sold = _sold(offers)
    stocks = _stocks_of_new_day(held, offers)
    gone = [offer for offer in offers if offer.pk not in stocks]
    if refused := [offer.product.name for offer in gone if sold.get(offer.pk)]:
        shown = {"names": words.listed(sorted(refused)), "day": words.day(held.cycle.delivery_on)}
        raise MoveRefused(_("Pas livré le %(day)s, et déjà commandé : %(names)s.") % shown)
    changed = [offer for offer in offers if offer.pk in stocks and stocks[offer.pk] != offer.stock]
    _exchange(held, {offer: stocks[offer.pk] for offer in changed}, sold)
    # what the new day does not have is no more sold; it keeps its row, so that it is never sold without limit
    Offer.objects.filter(pk__in=[offer.pk for offer in gone]).update(is_available=False)


def _sold(offers: list[Offer]) -> dict[int, int]:
    lines = OrderLine.objects.active().filter(offer__in=offers)
    return dict(lines.values_list("offer").annotate(count=Sum("count")).order_by())


def _stocks_of_new_day(held: Held, offers: list[Offer]) -> dict[int, Stock | None]:
    """By offer the stock that it draws from on the new day; one that is missing is not delivered then. Offers without
    limit and totals keep what they have: a change of mode holds from the next opening on."""
    day = held.cycle.delivery_on
    kept = [o for o in offers if o.stock is None or not (o.stock.delivery_on or o.stock.period_from_on)]
    found = {offer.pk: offer.stock for offer in kept if harvesting.is_in_season(offer.product, day)}
    keyed = [offer for offer in offers if offer not in kept]
    for part in held.begun:
        mine = {offer.product_id: offer for offer in keyed if offer.participation_id == part.pk}
        if mine:
            stocks = harvesting.stocks_on(
                [offer.product for offer in mine.values()], day=day, delivery_days=offering.earlier_deliveries(part)
            )
            found |= {mine[product_id].pk: stock for product_id, stock in stocks.items()}
    return found


def _exchange(held: Held, wanted: Mapping[Offer, Stock | None], sold: Mapping[int, int]) -> None:
    amounts: dict[int, int] = {}
    for offer, stock in wanted.items():
        for row, sign in ((offer.stock, -1), (stock, 1)):
            if row is not None:
                amounts[row.pk] = amounts.get(row.pk, 0) + sign * sold.get(offer.pk, 0)
    left = stock_locks.lock_stocks(list(amounts))
    enough = stock_locks.take(amounts)
    if short := [offer for offer, stock in wanted.items() if stock is not None and stock.pk not in enough]:
        raise MoveRefused(_not_enough(held.cycle, short, wanted, sold, left))
    Shortage.objects.filter(
        stock__in=[offer.stock_id for offer in wanted], participation__in=held.begun, settled_at=None
    ).delete()
    for offer, stock in wanted.items():
        offer.stock = stock
    Offer.objects.bulk_update(wanted, ["stock"], batch_size=1000)


def _not_enough(
    cycle: Cycle,
    short: list[Offer],
    wanted: Mapping[Offer, Stock | None],
    sold: Mapping[int, int],
    left: Mapping[int, int],
) -> str:
    told = []
    for offer in short:
        stock, product = wanted[offer], offer.product
        there = product.in_words(left.get(stock.pk, 0) if stock else 0)
        told.append(_("%(name)s, %(there)s pour %(sold)s commandés") % {
            "name": product.name, "there": there, "sold": product.in_words(sold[offer.pk]),
        })  # fmt: skip
    shown = {"day": words.day(cycle.delivery_on), "told": " ; ".join(told)}
    return _("Il n’y en a pas assez le %(day)s : %(told)s. La ferme peut annoncer plus pour ce jour.") % shown


@transaction.atomic
def move_pickup(
    *, pickup_id: int, point_id: int, starts_at: datetime, ends_at: datetime, by: User, now: datetime, why: str = ""
) -> bool:
    """Move a pickup to another point of the group, or other hours; orders keep their numbers, codes and slots.

    Households that ordered there and farms that come are told once; lists say what to prepare as before (ruling 2).
    Where it is already: False. Raises MoveRefused, and then changes nothing.
    """
    cycle_id = Pickup.objects.values_list("cycle_id", flat=True).get(pk=pickup_id)
    held = rescheduling.hold_alive([cycle_id])[cycle_id]
    pickup = Pickup.objects.select_related("point").get(pk=pickup_id)
    if (pickup.point_id, pickup.starts_at, pickup.ends_at) == (point_id, starts_at, ends_at):
        return False
    if some_handed_over(cycle_id):
        raise MoveRefused(_("Des paniers sont déjà remis : cette distribution ne se déplace plus."))
    point = DeliveryPoint.objects.get(pk=point_id)
    rescheduling.check_pickup(held, pickup, point=point, starts_at=starts_at, ends_at=ends_at, now=now)
    before = place_in_words(pickup, held.cycle)
    rescheduling.write_pickup(held, pickup, point=point, starts_at=starts_at, ends_at=ends_at)
    after = place_in_words(pickup, held.cycle)
    _note(held.cycle, "place", before=before, after=after, why=why, by=by, now=now)
    _tell(
        held.cycle, "place", before=before, after=after, why=why, now=now, pickup_id=pickup_id,
        participations=[part.pk for part in held.coming],
    )  # fmt: skip
    return True


def place_in_words(pickup: Pickup, cycle: Cycle) -> str:
    """Salle des fêtes, samedi 28 novembre, 10 h – 12 h."""
    start, end = cycle.organisation.local(pickup.starts_at), cycle.organisation.local(pickup.ends_at)
    return f"{pickup.point.name}, {words.day(start)}, {words.window(start, end)}"


def _note(cycle: Cycle, what: str, *, before: str, after: str, why: str, by: User, now: datetime) -> None:
    audit.note(
        f"cycles.{what}_moved", subject=f"cycle:{cycle.pk}", by=by, now=now, scope_id=cycle.organisation_id,
        before=before, after=after, why=why,
    )  # fmt: skip


def _tell(
    cycle: Cycle, what: str, *, before: str, after: str, why: str, now: datetime, participations: list[int],
    pickup_id: int | None = None, more: Sequence[list[object]] = (),
) -> None:  # fmt: skip
    """Record the news, once for households and farms. more: the other sales that moved with it, with both days."""
    outbox.record(
        "cycles.sale_moved", key=f"{cycle.pk}:{what}:{pickup_id or 0}:{now.isoformat()}", now=now, cycle_id=cycle.pk,
        what=what, before=before, after=after, why=why, stamp=now.isoformat(), participations=participations,
        pickup_id=pickup_id, more=list(more),
    )  # fmt: skip
