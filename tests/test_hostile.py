"""What is typed wrong, on purpose or not: whatever is sent to whatever route, nothing falls over."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.test_rights import MATRIX, world

__all__ = ["world"]  # the fixture
pytestmark = pytest.mark.django_db

HOSTILE = ["", "\x00", "-1", "1e9", "99999999999999999999", "é\u202e" * 3000, "2026-13-45", "=1+1"]
SOUGHT = ("q", "page", "mois", "regle", "point", "ferme", "groupe", "annee", "day", "rayon", "etat", "retire", "par")
ROUTES = {(row.route, row.arguments): row for row in MATRIX if row.route != "readyz"}


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_no_route_answers_with_a_fault_of_ours(world, hostile):
    people, names = world
    client = Client(raise_request_exception=False)
    client.force_login(people["keeper"])

    faults = []
    for row in ROUTES.values():
        address = reverse(row.route, args=[names[name] for name in row.arguments])
        page = client.get(address, dict.fromkeys(SOUGHT, hostile))
        fields = {*row.data, *re.findall(r' name="([^"]+)"', page.content.decode(errors="ignore"))}
        with transaction.atomic():
            transaction.get_connection().atomic_blocks[-1]._from_testcase = True  # durable deeds run inside it
            posted = client.post(address, dict.fromkeys(fields, hostile))
            transaction.set_rollback(True)
        faults += [(row.route, answer.status_code) for answer in (page, posted) if answer.status_code >= 500]

    assert faults == []
