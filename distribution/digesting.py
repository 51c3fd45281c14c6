"""The news of the morning: one letter a day to each person who runs a group or works at a farm, instead of one per
event; none when there is nothing."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction

from cagette.core import mail
from cagette.core.letters import Reader
from cagette.people.enums import OrganisationKind, RoleKind
from cagette.people.models import Organisation
from distribution import notices
from distribution.queries import digests
from orders.baskets import bulletins
from orders.cycles.enums import SaleState

log = logging.getLogger(__name__)


def digest_due(*, now: datetime) -> int:
    """Write the news of every group and farm where it is morning and nobody was told yet; returns how many letters.

    Between 7 h and noon by local clocks; a late or doubled run tells each person once a day. One that fails is logged
    and holds up nobody.
    """
    runs = (RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR)
    groups = Organisation.objects.exclude(kind=OrganisationKind.PRODUCER).filter(roles__kind__in=runs)
    farms = Organisation.objects.filter(kind=OrganisationKind.PRODUCER, producer__participations__state=SaleState.OPEN)
    told = 0
    for tell, organisations in ((digest_group, groups), (digest_farm, farms)):
        for organisation in organisations.distinct().order_by("pk"):
            if digests.is_morning(organisation, now):
                told += _guarded(organisation, partial(tell, organisation, now=now))
    return told


def _guarded(organisation: Organisation, tell: Callable[[], int]) -> int:
    try:
        return tell()
    except Exception:
        log.exception("no news of organisation %s", organisation.pk)
        return 0


@transaction.atomic
def digest_group(group: Organisation, *, now: datetime) -> int:
    """Write a group's news of today to those who were not told; returns how many. Twice writes it once."""
    key = f"digest:{group.pk}:{group.local(now).date()}"
    to = _untold(bulletins.readers(digests.coordinators_wanting(group), "news"), key)
    if to and (digest := digests.group_digest(group=group, now=now)):
        notices.write_group_digest(digest=digest, to=to, key=key, now=now)
        return len(to)
    return 0


@transaction.atomic
def digest_farm(farm: Organisation, *, now: datetime) -> int:
    """Write a farm's people which sales opened, those who were not told today; returns how many. Twice: once."""
    key = f"digest:{farm.pk}:{farm.local(now).date()}"
    to = _untold(bulletins.readers(digests.farmers_wanting(farm), "news"), key)
    if to and (digest := digests.farm_digest(farm=farm, now=now)):
        notices.write_farm_digest(digest=digest, to=to, key=key, now=now)
        return len(to)
    return 0


def _untold(to: list[Reader], key: str) -> list[Reader]:
    known = mail.written(f"{key}:{reader.address}" for reader in to)
    return [reader for reader in to if f"{key}:{reader.address}" not in known]
