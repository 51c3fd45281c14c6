"""What is due to be told without anybody asking: openings, closes of the next day, collections of the day."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from cagette.people.models import User
from cagette.places.models import DeliveryPoint
from orders.baskets.enums import Collection, OrderState
from orders.baskets.models import Order, Reminders
from orders.cycles.models import Cycle, Participation, Pickup

KINDS = ("opening", "closing", "collection", "news")  # the columns of Reminders
GATHER = timedelta(minutes=5)  # sales of a group that open together are announced in one letter
EARLIEST, LATEST, NIGHT = time(8), time(20), time(21)
MORNING = time(7)
OF_USE = timedelta(hours=1)  # a reminder later than this before the close helps nobody


@dataclass(frozen=True, slots=True)
class ShopDoor:
    """A pickup, and the address of its shop."""

    pickup: Pickup
    link: str

    @property
    def point(self) -> DeliveryPoint:
        return self.pickup.point

    @property
    def starts_at(self) -> datetime:
        return self.pickup.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.pickup.ends_at


@dataclass(frozen=True, slots=True)
class Sale:
    """A cycle and its pickups, as a letter shows them."""

    cycle: Cycle
    pickups: list[ShopDoor]


def _open_at(now: datetime) -> Exists:
    return Exists(Participation.objects.open_at(now).filter(cycle=OuterRef("pk")))


def to_announce(now: datetime) -> "QuerySet[Cycle]":
    """Cycles that have opened and that nobody was told of; what has closed again is not announced."""
    cycles = Cycle.objects.filter(announced_at=None, cancelled_at=None, opens_at__lte=now - GATHER, closes_at__gt=now)
    return cycles.filter(_open_at(now))


def to_recall(now: datetime) -> list[Cycle]:
    """Cycles whose members are reminded now that they close: one query."""
    soon = Cycle.objects.filter(closes_at__gt=now + OF_USE, closes_at__lte=now + timedelta(days=2), cancelled_at=None)
    found = soon.filter(_open_at(now)).select_related("organisation").order_by("pk")
    return [cycle for cycle in found if is_recall_due(cycle, now)]


def recall_at(closes_at: datetime, zone: ZoneInfo) -> datetime:
    """The day before a close, at the hour of the close by local clocks, but between 8 h and 20 h."""
    local = closes_at.astimezone(zone)
    hour = min(max(local.time(), EARLIEST), LATEST)
    return datetime.combine(local.date() - timedelta(days=1), hour, zone).astimezone(UTC)


def is_recall_due(cycle: Cycle, now: datetime) -> bool:
    """Its time has come, it is no night, and the sale had opened before: else its opening is the reminder."""
    zone = cycle.organisation.zone
    due_at = recall_at(cycle.closes_at, zone)
    return cycle.opens_at < due_at <= now and EARLIEST <= now.astimezone(zone).time() < NIGHT


def to_collect(now: datetime) -> list[Order]:
    """Orders that wait for their household today, from 7 h on, until the window ends: one query."""
    orders = Order.objects.filter(
        state=OrderState.PLACED, collection=Collection.EXPECTED, pickup__ends_at__gt=now,
        pickup__starts_at__lte=now + timedelta(days=1), pickup__cycle__cancelled_at=None,
    )  # fmt: skip
    orders = orders.select_related("pickup__cycle__organisation", "pickup__point__commune", "slot").order_by("pk")
    return [order for order in orders if is_collection_due(order, now)]


def is_collection_due(order: Order, now: datetime) -> bool:
    """By local clocks it is the day, from the morning on, and the household's own slot is not over."""
    group, pickup = order.pickup.cycle.organisation, order.pickup
    local = group.local(now)
    ends_at = order.slot.ends_at if order.slot else pickup.ends_at
    return local.date() == group.local(pickup.starts_at).date() and local.time() >= MORNING and now < ends_at


def wishes_of(user: User) -> dict[str, bool]:
    """What a person wants to be told, by kind: one query."""
    mine = Reminders.objects.filter(user=user).first() or Reminders()
    return {kind: getattr(mine, kind) for kind in KINDS}


def wanting(reminder: str) -> "QuerySet[User]":
    """Active people who want a kind of reminder: those who said nothing want all."""
    return User.objects.filter(is_active=True).exclude(**{f"reminders__{reminder}": False}).order_by("pk")


def members_wanting(reminder: str, group_id: int) -> "QuerySet[User]":
    """Those of them whose household belongs to a group."""
    return wanting(reminder).filter(
        household__memberships__organisation=group_id, household__memberships__ended_on=None
    )


def without_order(people: "QuerySet[User]", cycle: Cycle) -> "QuerySet[User]":
    """Those whose household has not ordered in a cycle; one that cancelled has made up its mind."""
    orders = Order.objects.filter(household=OuterRef("household_id"), pickup__cycle=cycle)
    return people.filter(~Exists(orders))
