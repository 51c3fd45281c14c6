"""The season of a group: its sales week by week, the days of a month, what waits for a decision."""

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Max, Q, QuerySet

from cagette.core import words
from cagette.people.models import Organisation
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Cycle, Offer, PickupCounter

PAST_PER_PAGE = 20
COMING_MOST = 120


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale in the season: how it stands, and what waits for its coordinator."""

    cycle: Cycle
    state: str
    farms: int
    places: int
    closes_at: datetime
    waiting: list[str]


@dataclass(frozen=True, slots=True)
class Week:
    """The sales delivered in a week."""

    monday: date
    rows: list[SaleRow]

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month's leaf: what happens then. cycle: the sale that is delivered."""

    day: date
    in_month: bool
    cycle: Cycle | None
    opens: int
    closes: int

    @property
    def in_words(self) -> str:
        said = [words.day(self.day)]
        said += ["livraison"] if self.cycle else []
        said += [words.count_of(self.opens, "ouverture", "ouvertures")] if self.opens else []
        said += [words.count_of(self.closes, "clôture", "clôtures")] if self.closes else []
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a leaf of a calendar, Monday first; the months beside it."""

    first: date
    weeks: list[list[Day]]

    @property
    def name(self) -> str:
        return f"{words.MONTHS[self.first.month - 1]} {self.first.year}"

    @property
    def weekdays(self) -> tuple[str, ...]:
        return words.DAYS

    @property
    def before(self) -> str:
        return (self.first - timedelta(days=1)).strftime("%Y-%m")

    @property
    def after(self) -> str:
        return (self.first + timedelta(days=31)).strftime("%Y-%m")


@dataclass(frozen=True, slots=True)
class SeasonPage:
    """All that the season's page shows."""

    group: Organisation
    weeks: list[Week]
    past: "Page[Cycle]"
    past_rows: list[SaleRow]
    month: Month
    waiting: int
    now: datetime


def season_page(*, group: Organisation, month: date, page: int, now: datetime) -> SeasonPage:
    """Six queries, however many sales: those to come and past ones with their counts, what is short, what is full,
    the month's days."""
    today = group.local(now).date()
    cycles = _counted(Cycle.objects.filter(organisation=group))
    coming = list(cycles.filter(delivery_on__gte=today).order_by("delivery_on", "closes_at", "pk")[:COMING_MOST])
    past = Paginator(cycles.filter(delivery_on__lt=today).order_by("-delivery_on", "-pk"), PAST_PER_PAGE).get_page(page)
    ids = [cycle.pk for cycle in coming]
    short, full = _short(ids), _full(ids)
    rows = [_row(cycle, short[cycle.pk], full[cycle.pk]) for cycle in coming]
    weeks: dict[date, list[SaleRow]] = defaultdict(list)
    for row in rows:
        weeks[row.cycle.delivery_on - timedelta(days=row.cycle.delivery_on.weekday())].append(row)
    return SeasonPage(
        group=group,
        weeks=[Week(monday, found) for monday, found in weeks.items()],
        past=past,
        past_rows=[_row(cycle) for cycle in past],
        month=_month(group, month),
        waiting=sum(bool(row.waiting) for row in rows),
        now=now,
    )


def _counted(cycles: "QuerySet[Cycle]") -> Any:
    part = "participations"
    planned = Q(participations__state=SaleState.PLANNED)
    coming = ~Q(participations__state__in=(SaleState.DECLINED, SaleState.CANCELLED))
    asked = planned & Q(participations__invited_at__isnull=False, participations__answer=Answer.WAITING)
    return cycles.annotate(
        farms=Count(part, filter=coming, distinct=True),
        places=Count("pickups", distinct=True),
        planned=Count(part, filter=planned, distinct=True),
        open=Count(part, filter=Q(participations__state=SaleState.OPEN), distinct=True),
        uninvited=Count(part, filter=planned & Q(participations__invited_at=None), distinct=True),
        unanswered=Count(part, filter=asked, distinct=True),
        last_close=Max("participations__closes_at"),
    )


def _short(cycle_ids: list[int]) -> "Counter[int]":
    """How many products of each sale were harvested below what is sold: one query."""
    sold = Offer.objects.filter(participation__cycle__in=cycle_ids, stock__short__gt=0)
    sold = sold.filter(participation__state__in=(SaleState.OPEN, SaleState.CLOSED))
    return Counter(sold.values_list("participation__cycle_id", flat=True))


def _full(cycle_ids: list[int]) -> "Counter[int]":
    """How many points of each sale are full: one query."""
    counters = PickupCounter.objects.filter(pickup__cycle__in=cycle_ids, capacity__lte=F("taken"))
    return Counter(counters.values_list("pickup__cycle_id", flat=True))


def _row(cycle: Any, short: int = 0, full: int = 0) -> SaleRow:
    if cycle.cancelled_at:
        state = "cancelled"
    elif cycle.open:
        state = "open"
    elif cycle.planned:
        state = "planned"
    else:
        state = "closed" if cycle.farms else "cancelled"
    told = (
        (cycle.uninvited, "ferme à inviter", "fermes à inviter"),
        (cycle.unanswered, "ferme sans réponse", "fermes sans réponse"),
        (short, "produit à répartir", "produits à répartir"),
        (full, "point complet", "points complets"),
    )
    waiting = [words.count_of(number, one, many) for number, one, many in told if number]
    closes_at = cycle.last_close or cycle.closes_at
    return SaleRow(cycle, state, cycle.farms, cycle.places, closes_at, [] if state == "cancelled" else waiting)


def _month(group: Organisation, first: date) -> Month:
    """One query: what opens, closes and is delivered on the days of a month's leaf."""
    days = calendar.Calendar().monthdatescalendar(first.year, first.month)
    start, end = days[0][0], days[-1][-1]
    there = Q(delivery_on__range=(start, end))
    midnight = datetime.combine(start, time(), tzinfo=group.zone)
    within = (midnight, datetime.combine(end + timedelta(days=1), time(), tzinfo=group.zone))
    there |= Q(opens_at__range=within) | Q(closes_at__range=within)
    cycles = list(Cycle.objects.filter(there, organisation=group, cancelled_at=None).order_by("pk"))
    delivered = {cycle.delivery_on: cycle for cycle in reversed(cycles)}
    opens = _days(group, (cycle.opens_at for cycle in cycles))
    closes = _days(group, (cycle.closes_at for cycle in cycles))
    return Month(
        first.replace(day=1),
        [[Day(d, d.month == first.month, delivered.get(d), opens[d], closes[d]) for d in week] for week in days],
    )


def _days(group: Organisation, instants: Iterable[datetime]) -> "Counter[date]":
    return Counter(group.local(when).date() for when in instants)
