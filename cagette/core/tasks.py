"""What Celery does for the core. Every task is harmless when doubled: each looks for all that is due."""

import logging

from celery import shared_task

from cagette.core import clock, health, integrity, mail, outbox

log = logging.getLogger(__name__)


@shared_task
def beat() -> None:
    """Every 5 s: the scheduler, the broker and a worker together show that they live."""
    health.beat("worker", now=clock.now())


@shared_task
def relay() -> int:
    """Every 5 s, beside `manage.py relay`: deliver news, send letters. Rows that another holds are passed over."""
    return outbox.deliver_due(now=clock.now()) + mail.send_due(now=clock.now())


@shared_task
def verify_integrity() -> int:
    """Nightly: alarm in the log for each row that is wrong; returns how many."""
    wrong = [f for findings in integrity.check_all(now=clock.now()).values() for f in findings if f.kind == "wrong"]
    for finding in wrong:
        log.error("integrity: %s", finding.text)
    return len(wrong)
