"""Telling people what they asked to be told: openings, closes of the next day, collections of the day; and what each
person wants. One sweep looks for all that is due: late, doubled or killed, it tells each thing once."""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction

from cagette.core import audit
from cagette.people.models import Organisation, User
from orders.baskets import bulletins
from orders.baskets.models import Order, Reminders
from orders.baskets.queries import reminders
from orders.cycles.models import Cycle

log = logging.getLogger(__name__)


def remind_due(*, now: datetime) -> int:
    """Tell all that is due and was not told; returns how many groups' sales and days it told of.

    Each group's letters are one transaction: what fails for one is logged, waits for the next run and holds up nobody.
    What is no more of use (after the close, after the window) is never told.
    """
    told = 0
    groups = Organisation.objects.filter(pk__in=reminders.to_announce(now).values("organisation_id"))
    for group in groups.order_by("pk"):
        told += _guarded(f"openings of {group.pk}", partial(announce, group=group, now=now))
    for cycle in reminders.to_recall(now):
        told += _guarded(f"close of {cycle.pk}", partial(recall_closing, cycle=cycle, now=now))
    by_group: dict[Organisation, list[Order]] = defaultdict(list)
    for order in reminders.to_collect(now):
        by_group[order.pickup.cycle.organisation].append(order)
    for group, orders in by_group.items():
        told += _guarded(f"collections of {group.pk}", partial(recall_collections, group=group, orders=orders, now=now))
    return told


def _guarded(name: str, tell: Callable[[], int]) -> int:
    try:
        return bool(tell())
    except Exception:
        log.exception("not told: %s", name)
        return 0


@transaction.atomic
def announce(*, group: Organisation, now: datetime) -> int:
    """Announce the sales of a group that have opened, in one letter to each member; returns how many sales.

    The cycles are marked in the same transaction; a second run at the same time passes over them.
    """
    waiting = reminders.to_announce(now).filter(organisation=group).select_for_update(no_key=True, skip_locked=True)
    cycles = list(waiting.select_related(None).order_by("delivery_on", "pk"))
    if cycles:
        for cycle in cycles:
            cycle.organisation = group
        bulletins.announce_opening(group=group, cycles=cycles, now=now)
        Cycle.objects.filter(pk__in=[cycle.pk for cycle in cycles]).update(announced_at=now)
    return len(cycles)


@transaction.atomic
def recall_closing(*, cycle: Cycle, now: datetime) -> int:
    """Remind the members who have not ordered; twice writes each letter once."""
    return bulletins.recall_closing(cycle=cycle, now=now)


@transaction.atomic
def recall_collections(*, group: Organisation, orders: list[Order], now: datetime) -> int:
    """Remind the households of today; twice writes each letter once."""
    return bulletins.recall_collections(group=group, orders=orders, now=now)


@transaction.atomic
def choose(*, user: User, wanted: dict[str, bool], now: datetime) -> bool:
    """Keep what a person wants to be told, by kind; kinds that are not named stay. False when nothing changed."""
    mine, _made = Reminders.objects.get_or_create(user=user)
    changed = {kind: wish for kind, wish in wanted.items() if getattr(mine, kind) != wish}
    if not changed:
        return False
    Reminders.objects.filter(pk=mine.pk).update(**changed)
    audit.note("reminders.chosen", subject=f"user:{user.pk}", by=user, now=now, **changed)
    return True
