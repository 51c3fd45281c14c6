"""What Celery does for baskets."""

from celery import shared_task

from cagette.core import clock
from orders.baskets import reminding, waiting


@shared_task
def remind_due() -> int:
    """Every minute. A late or doubled run tells each thing once all the same."""
    return reminding.remind_due(now=clock.now())


@shared_task
def tell_waiting() -> int:
    """Every 20 s. A late or doubled run tells each household that waits once all the same."""
    return waiting.tell_waiting(now=clock.now())
