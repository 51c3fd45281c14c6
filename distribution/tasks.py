"""What Celery does for distribution."""

from celery import shared_task

from cagette.core import clock
from distribution import closing


@shared_task
def close_due() -> int:
    """Every 10 s. A late or doubled run closes each participation once all the same."""
    return closing.close_due(now=clock.now())
