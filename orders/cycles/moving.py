"""The moves of a participation, each one conditional UPDATE along SaleState.SOURCES."""

from datetime import datetime

from orders.cycles.enums import Outcome, SaleState
from orders.cycles.models import Participation


def open_participation(participation_id: int, *, now: datetime) -> bool:
    """Open it; False when it had moved already."""
    return _move(participation_id, to=SaleState.OPEN, opened_at=now)


def close_participation(participation_id: int, *, now: datetime, outcome: Outcome = Outcome.NONE) -> bool:
    """Close it, noting how its minimum was settled; False when it had moved already."""
    return _move(participation_id, to=SaleState.CLOSED, closed_at=now, outcome=outcome)


def _move(participation_id: int, *, to: SaleState, **stamps: object) -> bool:
    movable = Participation.objects.filter(pk=participation_id, state__in=SaleState.SOURCES[to])
    return movable.update(state=to, **stamps) == 1
