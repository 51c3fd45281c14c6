"""A cycle for its coordinator: what is open, who comes, what to decide by when, and whether the sums agree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Q, Sum

from cagette.core import words
from cagette.core.models import AuditEntry, Letter
from cagette.core.money import Money, total
from cagette.people.models import Organisation
from distribution.models import PickingList
from distribution.queries import lists
from distribution.queries.decisions import (
    CaseFill,
    Decision,
    about_cases,
    about_farms,
    about_pickups,
    about_shortages,
    cases_of,
    shortages_of,
    versions_of,
)
from orders.baskets.enums import OrderState
from orders.baskets.queries.fees import fees_of_cycle
from orders.baskets.queries.household import Waiting, waits_of_cycle
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Fee, Participation, Pickup


@dataclass(frozen=True, slots=True)
class FarmRow:
    """A farm in the cycle: its orders so far, its list, its letter."""

    participation: Participation
    farm: Organisation
    orders: int
    amount: Money
    written: PickingList | None
    letter: Letter | None
    due_at: datetime | None = None

    @property
    def agrees(self) -> bool:
        """The list says what is ordered; one whose next version is on its way is not asked yet."""
        return self.written is None or self.due_at is not None or self.written.amount == self.amount

    @property
    def missing(self) -> Money | None:
        """What it lacks to its minimum; None where it has none or has met it."""
        minimum = self.participation.minimum
        return minimum - self.amount if self.amount < minimum else None

    @property
    def comes(self) -> bool:
        return self.participation.state not in (SaleState.DECLINED, SaleState.CANCELLED)

    @property
    def closes_early(self) -> bool:
        return self.participation.closes_at < self.participation.cycle.closes_at

    @property
    def key(self) -> UUID:
        """A form key for the resend button."""
        return uuid4()


@dataclass(frozen=True, slots=True)
class PointRow:
    """A pickup of the cycle: baskets of how many, handed over."""

    pickup: Pickup
    baskets: int
    collected: int


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of a sale on its track: when, and what happens then."""

    at: datetime
    text: str
    is_past: bool
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpPage:
    """All that the page shows."""

    cycle: Cycle
    group: Organisation
    farms: list[FarmRow]
    points: list[PointRow]
    track: list[Step]
    history: list[AuditEntry]
    cases: list[CaseFill]
    waits: list[Waiting]
    decisions: list[Decision]
    fees: list[Fee]
    now: datetime

    @property
    def state(self) -> str:
        """planned, open, closed or cancelled: what the cycle as a whole is."""
        states = {row.participation.state for row in self.farms if row.comes}
        if self.cycle.cancelled_at is not None:
            return "cancelled"
        if SaleState.OPEN in states:
            return "open"
        return "planned" if not states or SaleState.PLANNED in states else "closed"

    @property
    def coming(self) -> list[FarmRow]:
        return [row for row in self.farms if row.comes]

    @property
    def not_coming(self) -> list[FarmRow]:
        return [row for row in self.farms if not row.comes]

    @property
    def order_count(self) -> int:
        return sum(row.baskets for row in self.points)

    @property
    def amount(self) -> Money:
        return total([row.amount for row in self.farms])

    @property
    def listed(self) -> Money:
        return total([row.written.amount for row in self.farms if row.written])

    @property
    def is_closed(self) -> bool:
        return bool(self.coming) and all(row.written is not None for row in self.coming)

    @property
    def agrees(self) -> bool:
        return all(row.agrees for row in self.farms)

    @property
    def unseen(self) -> int:
        return sum(row.written is not None and not hasattr(row.written, "acknowledgement") for row in self.farms)


def follow_up_page(*, cycle: Cycle, now: datetime) -> FollowUpPage:
    """Ten queries, however many farms, points and orders."""
    farms, points = _farms(cycle), _points(cycle)
    cases = cases_of(cycle)
    decided = [
        *about_shortages(shortages_of(cycle)),
        *about_farms(cycle, [(row.participation, row.amount) for row in farms], now=now),
        *about_cases(cycle, cases, now=now),
        *about_pickups([(row.pickup, row.baskets) for row in points]),
    ]
    return FollowUpPage(
        cycle=cycle,
        group=cycle.organisation,
        farms=farms,
        points=points,
        track=_track(cycle, farms, points, now=now),
        history=list(
            AuditEntry.objects.filter(subject=f"cycle:{cycle.pk}").select_related("by").order_by("-at", "-pk")
        ),
        cases=cases,
        waits=waits_of_cycle(cycle.pk),
        decisions=sorted(decided, key=lambda decision: not decision.urgent),
        fees=fees_of_cycle(cycle.pk),
        now=now,
    )


def _farms(cycle: Cycle) -> list[FarmRow]:
    active = Q(offers__lines__cancelled_at=None)
    parts: Any = (
        cycle.participations.select_related("cycle", "producer__organisation")
        .annotate(
            orders=Count("offers__lines__order", filter=active, distinct=True),
            amount=Sum("offers__lines__listed_amount", filter=active),
        )
        .order_by("producer__organisation__name", "pk")
    )
    written = {item.participation_id: item for item in lists.of_cycle(cycle)}
    letters = _letters(list(written.values()))
    due = versions_of(cycle)
    return [
        FarmRow(
            p, p.producer.organisation, p.orders, p.amount or Money(), written.get(p.pk), letters.get(p.pk),
            due[p.pk].due_at if p.pk in due else None,
        )
        for p in parts
    ]  # fmt: skip


def _points(cycle: Cycle) -> list[PointRow]:
    placed = Q(orders__state=OrderState.PLACED)
    pickups: Any = cycle.pickups.select_related("point").annotate(
        placed=Count("orders", filter=placed),
        collected=Count("orders", filter=placed & Q(orders__collection="collected")),
    )
    return [PointRow(p, p.placed, p.collected) for p in pickups.order_by("starts_at", "pk")]


def _letters(written: list[PickingList]) -> dict[int, Letter]:
    """The letter of each list, by participation: one query."""
    keys = Q(pk=None)
    for item in written:
        keys |= Q(key__startswith=f"picking_list:{item.participation_id}:{item.version}:")
    found = Letter.objects.filter(keys).defer("text", "html").order_by("-pk")
    return {int(letter.key.split(":")[1]): letter for letter in found}


def _track(cycle: Cycle, farms: list[FarmRow], points: list[PointRow], *, now: datetime) -> list[Step]:
    """Opening, early closes, close, hand-overs: each moment once, in order, the next one marked."""
    moments = {cycle.opens_at: ["ouvre"]}
    for row in farms:
        if row.comes and row.closes_early:
            moments.setdefault(row.participation.closes_at, []).append(f"{row.farm.name} clôt")
    moments.setdefault(cycle.closes_at, []).append("clôture, les bons partent")
    for start in sorted({point.pickup.starts_at for point in points}):
        places = [p.pickup.point.name.split(",")[0] for p in points if p.pickup.starts_at == start]
        moments.setdefault(start, []).append(f"retrait à {words.listed(places)}")
    coming = min((at for at in moments if at > now), default=None)
    return [Step(at, words.listed(texts), at <= now, at == coming) for at, texts in sorted(moments.items())]
