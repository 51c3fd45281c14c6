"""The waiting list of a sold-out offer: households are told when there is some again; nothing is reserved."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from cagette.core import outbox
from orders.baskets import rules
from orders.baskets.models import OrderLine, Wait
from orders.cycles.models import Offer, Participation

# whom an amount may serve is told first, and has this long before the next ones are
HEAD_START = timedelta(hours=2)


class NothingToWaitFor(rules.PlacingRefused):
    """There is some to be had at once."""


@transaction.atomic
def set_wait(*, household_id: int, offer_id: int, wanted: bool, now: datetime) -> bool:
    """Let a household wait for a sold-out offer, or wait no more; whether anything changed.

    Twice is once. Who was told already and asks again waits anew, at the end of the list.
    Raises SaleClosed when its farm takes no orders, NothingToWaitFor when there is some left.
    """
    if not wanted:
        gone, _by_model = Wait.objects.filter(household_id=household_id, offer_id=offer_id).delete()
        return bool(gone)
    offer = Offer.objects.select_related("product", "stock", "participation__producer__organisation").get(pk=offer_id)
    part = offer.participation
    rules.check_open([part], names={part.pk: part.producer.organisation.name}, now=now)
    if serves(offer) != 0:
        shown = {"name": offer.product.name}
        raise NothingToWaitFor(_("%(name)s : il y en a de nouveau, vous pouvez commander.") % shown)
    wait, made = Wait.objects.get_or_create(household_id=household_id, offer_id=offer_id, defaults={"since_at": now})
    if made or wait.told_at is None:
        return made
    again = Wait.objects.filter(pk=wait.pk, told_at__isnull=False)
    return again.update(told_at=None, since_at=now) == 1


def serves(offer: Offer) -> int | None:
    """How many households an offer (with its product and stock) may still serve with its minimum; None: no limit."""
    if not offer.is_available:
        return 0
    return None if offer.stock is None else offer.stock.remaining // offer.product.minimum


def tell_waiting(*, now: datetime) -> int:
    """Tell who waits for an offer that is to be had again, whoever made it so; how many households were told.

    It looks at all waits, each time: late, doubled or killed runs tell each household once. See `tell_waiting_for`.
    """
    left = Q(offer__stock=None) | Q(offer__stock__remaining__gte=F("offer__product__minimum"))
    due = _untold().filter(
        left,
        offer__is_available=True,
        offer__participation__in=Participation.objects.open_at(now),
    )
    offer_ids = due.order_by("offer_id").values_list("offer_id", flat=True).distinct()
    return sum(tell_waiting_for(offer_id=offer_id, now=now) for offer_id in offer_ids)


@transaction.atomic
def tell_waiting_for(*, offer_id: int, now: datetime) -> int:
    """Tell those who wait for one offer, in the order of their waiting; how many were told.

    As many are told as what is left may serve with the product's minimum; who was told less than HEAD_START ago and has
    not ordered yet counts among them, so that the next ones are told after them; near the close all are told. Who has
    ordered it since waits no more. A second run waits for the first one's locks, and finds them told.
    """
    waits = list(_untold().filter(offer_id=offer_id).order_by("since_at", "pk").select_for_update(no_key=True))
    offer = Offer.objects.select_related("product", "stock", "participation").get(pk=offer_id)
    part = offer.participation
    if not part.is_open(now):
        return 0
    ordered = _who_ordered(offer_id, waits)
    Wait.objects.filter(pk__in=[wait.pk for wait in waits if wait.household_id in ordered]).delete()
    waits = [wait for wait in waits if wait.household_id not in ordered]
    served = serves(offer)
    if served == 0:
        return 0
    if served is not None and part.closes_at - now > HEAD_START:
        waits = waits[: max(0, served - _with_head_start(offer_id, now))]
    for wait in waits:
        _tell(wait, now)
    return len(waits)


def _untold() -> QuerySet[Wait]:
    return Wait.objects.filter(told_at=None)


def _who_ordered(offer_id: int, waits: list[Wait]) -> set[int]:
    """The households that have a line of the offer, or had one since they began to wait and dropped it themselves."""
    since = {wait.household_id: wait.since_at for wait in waits}
    lines = OrderLine.objects.filter(offer_id=offer_id, order__household__in=since)
    found = lines.values_list("order__household_id", "cancelled_at", "placed_at")
    return {home for home, cancelled_at, placed_at in found if cancelled_at is None or placed_at > since[home]}


def _with_head_start(offer_id: int, now: datetime) -> int:
    """How many were told a short while ago and have not ordered yet."""
    line = OrderLine.objects.active().filter(offer_id=offer_id, order__household=OuterRef("household_id"))
    told = Wait.objects.filter(offer_id=offer_id, told_at__gt=now - HEAD_START)
    return told.exclude(Exists(line)).count()


def _tell(wait: Wait, now: datetime) -> None:
    Wait.objects.filter(pk=wait.pk, told_at=None).update(told_at=now)
    outbox.record(
        "baskets.offer_is_back", key=f"{wait.pk}:{wait.since_at.isoformat()}", now=now, wait_id=wait.pk,
        since=wait.since_at.isoformat(),
    )  # fmt: skip
