"""Letters to farms with made-up figures, for a group that words them; nobody saves these rows."""

from datetime import datetime, timedelta

from django.conf import settings

from cagette.core import letters, words
from cagette.core.letters import Composed, Words
from cagette.people.models import Organisation
from orders.cycles.models import Cycle, Participation
from orders.cycles.notices import invites


def invitation(group: Organisation, now: datetime, own: Words) -> Composed:
    opens_at = group.local(now).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=3)
    on = (opens_at + timedelta(days=5)).date()
    cycle = Cycle(organisation=group, name="Vente d’exemple", delivery_on=on, opens_at=opens_at)
    part = Participation(cycle=cycle, closes_at=opens_at + timedelta(days=3, hours=12))
    return letters.compose(
        author=group, words=own, template="cycles/letters/invitation", subject=invites(group, cycle),
        context={"part": part, "group": group, "pickups": [], "link": settings.BASE_URL},
        values={"jour": words.day(on)},
    )  # fmt: skip


def withdrawn(group: Organisation, now: datetime, own: Words) -> Composed:
    sale = "Vente d’exemple"
    return letters.compose(
        author=group, words=own, template="cycles/letters/withdrawn", context={"group": group, "sale": sale},
        subject=f"{group.name} : la vente « {sale} » n’a pas lieu",
    )  # fmt: skip
