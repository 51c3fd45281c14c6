"""What Celery does for baskets."""

from celery import shared_task

from cagette.core import clock
from orders.baskets import reminding


@shared_task
def remind_due() -> int:
    """Every minute. A late or doubled run tells each thing once all the same."""
    return reminding.remind_due(now=clock.now())
