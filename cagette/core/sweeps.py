"""What `manage.py sweep` does without Celery: all that is due, app by app, in order."""

import logging
from collections.abc import Callable
from datetime import datetime

log = logging.getLogger(__name__)

Sweep = Callable[..., int]
_sweeps: dict[str, tuple[int, Sweep]] = {}


def register(name: str, function: Sweep, *, order: int) -> None:
    """Add a sweep; it is called with now= and returns how many things it did. Lower orders come first."""
    _sweeps[name] = (order, function)


def sweep_all(*, clock: Callable[[], datetime]) -> dict[str, int]:
    """Run every sweep once, in order, each with the clock read anew; a second run at once finds nothing to do."""
    done = {}
    for name, (_order, function) in sorted(_sweeps.items(), key=lambda item: item[1][0]):
        done[name] = function(now=clock())
    return done
