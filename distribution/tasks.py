"""What Celery does for distribution."""

from celery import shared_task

from cagette.core import clock
from distribution import closing, digesting, versioning


@shared_task
def close_due() -> int:
    """Every 10 s. A late or doubled run closes each participation once all the same."""
    return closing.close_due(now=clock.now())


@shared_task
def write_due_versions() -> int:
    """Every 20 s. A late or doubled run writes each version once all the same."""
    return versioning.write_due(now=clock.now())


@shared_task
def digest_due() -> int:
    """Every 10 min. A late or doubled run writes the news of each morning once all the same."""
    return digesting.digest_due(now=clock.now())
