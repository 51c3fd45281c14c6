"""What Celery does for cycles."""

from celery import shared_task

from cagette.core import clock
from orders.cycles import opening, templating


@shared_task
def open_due() -> int:
    """Every 20 s. A late or doubled run opens each participation once all the same."""
    return opening.open_due(now=clock.now())


@shared_task
def plan_due() -> int:
    """Every 10 min. A late or doubled run plans each date of a template once all the same."""
    return templating.plan_due(now=clock.now())
