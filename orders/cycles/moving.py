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


def reopen_participation(participation_id: int) -> bool:
    """Open again one that has closed: its minimum is settled anew at the next close. closed_at stays, as the last
    close: a farm that has it has a list. False when it was not closed."""
    closed = Participation.objects.filter(pk=participation_id, state=SaleState.CLOSED)
    return closed.update(state=SaleState.OPEN, outcome=Outcome.NONE) == 1


def cancel_participation(participation_id: int) -> bool:
    """Call it off, whatever it was; False when it was already."""
    return _move(participation_id, to=SaleState.CANCELLED)


def _move(participation_id: int, *, to: SaleState, **stamps: object) -> bool:
    movable = Participation.objects.filter(pk=participation_id, state__in=SaleState.SOURCES[to])
    return movable.update(state=to, **stamps) == 1
