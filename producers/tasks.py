"""What Celery does for producers."""

from celery import shared_task

from cagette.core import clock
from producers.price_lists import confirming


@shared_task
def apply_due_price_lists() -> int:
    """Every 5 s. A late, doubled or killed run applies each confirmed list once all the same."""
    return confirming.apply_due(now=clock.now())
