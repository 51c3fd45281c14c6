"""What a group's or a farm's people are told once a day, and what a group is told when a sale has closed."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from cagette.core.models import Letter
from cagette.core.money import Money, total
from cagette.people.enums import RoleKind
from cagette.people.models import Membership, Organisation, User
from distribution.models import PickingList
from orders.baskets.models import Shortage
from orders.baskets.queries.reminders import MORNING, wanting
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Cycle, Participation

NOON = time(12)  # the news of the morning is not sent in the afternoon: tomorrow's says it


@dataclass(frozen=True, slots=True)
class FarmLine:
    """A farm's part in a sale: its orders so far, or as they were listed."""

    part: Participation
    orders: int
    amount: Money

    @property
    def name(self) -> str:
        return self.part.producer.organisation.name

    @property
    def is_below(self) -> bool:
        return self.amount < self.part.minimum


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A cycle with its farms' parts."""

    cycle: Cycle
    farms: list[FarmLine]
    orders: int

    @property
    def amount(self) -> Money:
        return total([farm.amount for farm in self.farms])

    @property
    def below(self) -> list[FarmLine]:
        """Farms that somebody ordered from, for less than their minimum."""
        return [farm for farm in self.farms if farm.orders and farm.is_below]


@dataclass(frozen=True, slots=True)
class GroupDigest:
    """What a group's coordinators are told in the morning: what happened the day before, what waits."""

    group: Organisation
    sales: list[SaleLine] = field(default_factory=list)
    answers: list[Participation] = field(default_factory=list)
    waiting: list[Participation] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    unseen: list[PickingList] = field(default_factory=list)
    shortages: list[Shortage] = field(default_factory=list)
    failed: list[Letter] = field(default_factory=list)

    def __bool__(self) -> bool:
        parts = (self.sales, self.answers, self.waiting, self.members, self.unseen, self.shortages, self.failed)
        return any(parts)


@dataclass(frozen=True, slots=True)
class FarmDigest:
    """What a farm's people are told in the morning when sales opened the day before, in any of its groups."""

    farm: Organisation
    opened: list[FarmLine]
    others: list[FarmLine]

    def __bool__(self) -> bool:
        return bool(self.opened)


def morning_of(organisation: Organisation, day: date) -> datetime:
    """7 h of a day by an organisation's clocks."""
    return datetime.combine(day, MORNING, organisation.zone).astimezone(UTC)


def is_morning(organisation: Organisation, now: datetime) -> bool:
    return MORNING <= organisation.local(now).time() < NOON


def coordinators_wanting(group: Organisation) -> "QuerySet[User]":
    """Those who run a group and want its news."""
    return _with_role(group, RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR)


def farmers_wanting(farm: Organisation) -> "QuerySet[User]":
    """A farm's people who want its news."""
    return _with_role(farm, RoleKind.STAFF, RoleKind.ADMINISTRATOR)


def _with_role(organisation: Organisation, *kinds: RoleKind) -> "QuerySet[User]":
    return wanting("news").filter(roles__organisation=organisation, roles__kind__in=kinds).distinct()


def _farm_lines(parts: "QuerySet[Participation]") -> list[FarmLine]:
    active = Q(offers__lines__cancelled_at=None)
    counted: Any = parts.select_related("producer__organisation", "cycle__organisation").annotate(
        orders=Count("offers__lines__order", filter=active, distinct=True),
        amount=Sum("offers__lines__listed_amount", filter=active),
    )
    ordered = counted.order_by("cycle__closes_at", "cycle_id", "producer__organisation__name", "pk")
    return [FarmLine(part, part.orders, part.amount or Money()) for part in ordered]


def _sales(lines: list[FarmLine]) -> list[SaleLine]:
    cycles: dict[int, list[FarmLine]] = {}
    for line in lines:
        cycles.setdefault(line.part.cycle_id, []).append(line)
    placed = Q(pickups__orders__state="placed")
    counted: Any = Cycle.objects.filter(pk__in=cycles).annotate(placed=Count("pickups__orders", filter=placed))
    orders = {cycle.pk: cycle.placed for cycle in counted}
    return [SaleLine(farms[0].part.cycle, farms, orders[pk]) for pk, farms in cycles.items()]


def group_digest(*, group: Organisation, now: datetime) -> GroupDigest:
    """Read what happened in a group from yesterday's morning to today's, and what waits: eight queries."""
    today = group.local(now).date()
    yesterday = today - timedelta(days=1)
    since, until = morning_of(group, yesterday), morning_of(group, today)
    parts = Participation.objects.filter(cycle__organisation=group, cycle__cancelled_at=None)
    parts = parts.select_related("producer__organisation", "cycle")
    invited = parts.filter(
        state=SaleState.PLANNED, answer=Answer.WAITING, invited_at__isnull=False,
        cycle__opens_at__gt=now, cycle__opens_at__lte=now + timedelta(days=3),
    )  # fmt: skip
    joined = Membership.objects.filter(organisation=group, joined_on=yesterday, ended_on=None)
    shortages = Shortage.objects.filter(settled_at=None, participation__cycle__organisation=group)
    failed = Letter.objects.filter(scope_id=group.pk, state=Letter.State.FAILED, due_at__gte=since)
    return GroupDigest(
        group=group,
        sales=_sales(_farm_lines(parts.open_at(now))),
        answers=list(parts.filter(answered_at__gte=since, answered_at__lt=until).order_by("answered_at", "pk")),
        waiting=list(invited.order_by("cycle__opens_at", "pk")),
        members=list(joined.order_by("household__name", "pk").values_list("household__name", flat=True)),
        unseen=_unseen(group, today),
        shortages=list(shortages.select_related("stock__product", "participation__cycle").order_by("pk")),
        failed=list(failed.defer("text", "html").order_by("pk")[:20]),
    )


def _unseen(group: Organisation, today: date) -> list[PickingList]:
    """The newest lists, of deliveries to come, that nobody at the farm has seen."""
    newer = PickingList.objects.filter(participation=OuterRef("participation"), version__gt=OuterRef("version"))
    lists = PickingList.objects.filter(
        ~Exists(newer), acknowledgement=None, order_count__gt=0, participation__cycle__organisation=group,
        participation__cycle__delivery_on__gte=today,
    )  # fmt: skip
    lists = lists.select_related("participation__producer__organisation", "participation__cycle")
    return list(lists.order_by("participation__cycle__delivery_on", "pk"))


def farm_digest(*, farm: Organisation, now: datetime) -> FarmDigest:
    """Read a farm's open sales in all its groups, those that opened since yesterday's morning first: one query."""
    today = farm.local(now).date()
    since, until = morning_of(farm, today - timedelta(days=1)), morning_of(farm, today)
    parts = Participation.objects.open_at(now).filter(producer__organisation=farm, cycle__cancelled_at=None)
    lines = _farm_lines(parts)
    opened = [line for line in lines if line.part.opened_at and since <= line.part.opened_at < until]
    return FarmDigest(farm, opened, [line for line in lines if line not in opened])


@dataclass(frozen=True, slots=True)
class ClosedSale:
    """A sale that has closed, for those who run it: each farm with its list."""

    sale: SaleLine
    lists: dict[int, PickingList]
    closed_at: datetime

    @property
    def rows(self) -> "list[tuple[FarmLine, PickingList | None]]":
        return [(farm, self.lists.get(farm.part.pk)) for farm in self.sale.farms]

    @property
    def unseen(self) -> list[str]:
        """Farms that have something to prepare and have not said that they know."""
        written = [(farm, found) for farm, found in self.rows if found is not None and not found.is_notice]
        return [farm.name for farm, found in written if not hasattr(found, "acknowledgement")]


def closed_sale(cycle_id: int) -> ClosedSale | None:
    """Read a sale whose farms have all closed; None where none did: three queries."""
    parts = Participation.objects.filter(cycle=cycle_id, state=SaleState.CLOSED)
    lines = _farm_lines(parts)
    if not lines:
        return None
    newest = PickingList.objects.filter(participation__cycle=cycle_id).select_related("acknowledgement")
    lists = {written.participation_id: written for written in newest.order_by("version")}
    closed_at = max(line.part.closed_at for line in lines if line.part.closed_at)
    return ClosedSale(_sales(lines)[0], lists, closed_at)
