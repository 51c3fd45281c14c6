"""What the tests of planning pages share: addresses, what a browser sends, what a page says."""

import html
from datetime import datetime
from uuid import uuid4

from django.urls import reverse

from orders.cycles.enums import FeeKind
from orders.cycles.models import GroupFee
from tests.factories import PARIS

TODAY = datetime(2026, 11, 25, 9, 0, tzinfo=PARIS)  # a Wednesday


def at(name, group, *arguments):
    return reverse(f"cycles:{name}", args=[group.slug, *arguments])


def shown(client, address, **sought):
    return told(client.get(address, sought))


def told(answer):
    """A page's text with spaces that break."""
    assert answer.status_code == 200
    return html.unescape(answer.content.decode()).replace("\u00a0", " ").replace("\u202f", " ")


def typed(farm, point, **changed):
    """A plan as a browser sends it: delivered on Saturday 5 December."""
    fields = {
        "key": str(uuid4()), "name": "", "delivery_on": "2026-12-05", "opens_on": "2026-11-28", "opens_time": "08:00",
        "closes_on": "2026-12-03", "closes_time": "20:00",
        f"farm_{farm.pk}": "on", f"farm_{farm.pk}_minimum": "", f"farm_{farm.pk}_on": "", f"farm_{farm.pk}_time": "",
        f"point_{point.pk}": "on", f"point_{point.pk}_from": "10:00", f"point_{point.pk}_to": "12:00",
        f"point_{point.pk}_capacity": "", f"point_{point.pk}_slot": "", f"point_{point.pk}_each": "",
        "order_minimum": "", "minimum_rule": "come", "case_rule": "cut", "shows_names": "on",
    }  # fmt: skip
    return {**fields, **{name.format(f=farm.pk, p=point.pk): value for name, value in changed.items()}}


def a_fee(group, name="Participation", **terms):
    wanted = {"kind": FeeKind.PERCENT_ORDER, "permyriad": 500, **terms}
    return GroupFee.objects.create(organisation=group, name=name, **wanted)
