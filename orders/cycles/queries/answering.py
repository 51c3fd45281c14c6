"""Reading sales as a farm is asked to come to them: invitations, pauses."""

from dataclasses import dataclass
from datetime import date, datetime

from cagette.people.models import Organisation
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Cycle, Participation, Pickup
from producers.models import Pause, Producer

ANSWERABLE = (SaleState.PLANNED, SaleState.DECLINED)


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """A sale that a farm is asked to come to: its points and windows, and what the farm answered."""

    group: Organisation
    farm: Organisation
    cycle: Cycle
    part: Participation
    pickups: list[Pickup]
    now: datetime

    @property
    def is_answerable(self) -> bool:
        return is_answerable(self.part, self.now)

    @property
    def comes(self) -> bool:
        return self.part.answer == Answer.COMES and self.part.state != SaleState.DECLINED

    @property
    def is_declined(self) -> bool:
        return self.part.state == SaleState.DECLINED

    @property
    def is_cancelled(self) -> bool:
        return self.part.state == SaleState.CANCELLED


def is_answerable(part: Participation, now: datetime) -> bool:
    """Whether the farm may still say if it comes: until the opening."""
    return part.state in ANSWERABLE and now < part.cycle.opens_at


def invitation_page(*, part: Participation, now: datetime) -> InvitationPage:
    """One query: the points of the sale."""
    return InvitationPage(
        group=part.cycle.organisation,
        farm=part.producer.organisation,
        cycle=part.cycle,
        part=part,
        pickups=list(part.cycle.pickups.select_related("point").order_by("starts_at", "pk")),
        now=now,
    )


@dataclass(frozen=True, slots=True)
class InvitationsPage:
    """The sales that a farm is asked to come to and that have not opened."""

    farm: Organisation
    waiting: list[Participation]
    coming: list[Participation]
    declined: list[Participation]
    now: datetime


def invitations_page(*, farm: Organisation, now: datetime) -> InvitationsPage:
    """One query."""
    parts = Participation.objects.filter(
        producer__organisation=farm, state__in=ANSWERABLE, cycle__opens_at__gt=now
    ).select_related("cycle__organisation")
    found = list(parts.order_by("cycle__opens_at", "pk"))
    planned = [part for part in found if part.state == SaleState.PLANNED]
    return InvitationsPage(
        farm=farm,
        waiting=[part for part in planned if part.answer != Answer.COMES],
        coming=[part for part in planned if part.answer == Answer.COMES],
        declined=[part for part in found if part.state == SaleState.DECLINED],
        now=now,
    )


@dataclass(frozen=True, slots=True)
class PauseRow:
    """A pause, the sales that it declines, and those that go on all the same."""

    pause: Pause
    declined: list[Participation]
    going_on: list[Participation]


@dataclass(frozen=True, slots=True)
class PausesPage:
    """When a farm is closed: now or soon, and before."""

    farm: Organisation
    coming: list[PauseRow]
    past: list[Pause]
    today: date


def pauses_page(*, producer: Producer, now: datetime) -> PausesPage:
    """Two queries, however many pauses and sales."""
    today = producer.organisation.local(now).date()
    pauses = list(Pause.objects.filter(producer=producer, ended_at=None).order_by("from_on", "pk"))
    coming = [pause for pause in pauses if pause.until_on >= today]
    parts = (
        Participation.objects.filter(
            producer=producer,
            cycle__delivery_on__gte=today,
            cycle__delivery_on__lte=max((pause.until_on for pause in coming), default=today),
        )
        .exclude(state=SaleState.CANCELLED)
        .select_related("cycle__organisation")
    )
    sales = list(parts.order_by("cycle__delivery_on", "pk"))
    return PausesPage(
        farm=producer.organisation,
        coming=[_row(pause, sales) for pause in coming],
        past=[pause for pause in pauses if pause.until_on < today],
        today=today,
    )


def _row(pause: Pause, sales: list[Participation]) -> PauseRow:
    within = [part for part in sales if pause.from_on <= part.cycle.delivery_on <= pause.until_on]
    return PauseRow(
        pause=pause,
        declined=[part for part in within if part.state == SaleState.DECLINED],
        going_on=[part for part in within if part.state in (SaleState.OPEN, SaleState.CLOSED)],
    )
